/* SPDX-License-Identifier: MIT */
/*
 * running: the commands of `idemfs step` that run now, and those that failed
 * lately, for `idemfs status` and the log.
 *
 *	running_begin()   a step's command starts
 *	running_end()     its mark was made, or it has failed
 *	running_drop()    the step is gone: it was killed if it had not ended
 *	running_each()    what runs, oldest first
 *	failed_each()     what failed and was not done since, oldest first
 *
 * A step is known by its open file of .checkpoints/.step, whose address is the
 * key; the kernel closes that however the step ends.  Nothing is kept on disk.
 * All may be called by any thread; the lock is held over no call but @each,
 * which must not wait.
 */
#ifndef IDEMFS_CORE_MARKS_RUNNING_H
#define IDEMFS_CORE_MARKS_RUNNING_H

#include "base/events.h"
#include "core/manifest/step.h"

struct running;

struct running_step {
	const char *name;    /* of the mark */
	const char *command; /* its beginning */
	uid_t user;
	pid_t pid; /* of idemfs step */
	struct timespec began;
	int64_t took_ms; /* so far, or until it failed */
	int status;	 /* if it failed; RUNNING_KILLED: not known */
};

#define RUNNING_KILLED (-1)
#define RUNNING_REFUSED (-2) /* its mark was not made */

/* NULL: out of memory.  @events: told of steps that fail. */
struct running *running_new(const struct events *events);
void running_free(struct running *r); /* NULL is fine */

/* It began at @s->ran.began.  -ENOMEM; -EBUSY when there are too many. */
int running_begin(struct running *r, const void *key, const struct step *s,
		  uid_t user, pid_t pid);
/* @status: of the command, or RUNNING_REFUSED.  It is told unless 0. */
void running_end(struct running *r, const void *key, int status);
void running_drop(struct running *r, const void *key);

/* "status 3", "status 137 (signal 9)", "killed", … */
#define RUNNING_HOW 48
void running_how(int status, char buf[RUNNING_HOW]);

typedef void (*running_fn)(void *arg, const struct running_step *s);
void running_each(struct running *r, running_fn each, void *arg);
void failed_each(struct running *r, running_fn each, void *arg);

#endif
