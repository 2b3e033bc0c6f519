/* SPDX-License-Identifier: MIT */
/*
 * state: the directory `.idemfs` at the root of the backing directory.
 *
 *	.idemfs/format    "idemfs 1"
 *	.idemfs/lock      flock held by the living mount; its pid, host and boot
 *	.idemfs/log       what happened, a line an event; log.1: before that
 *	.idemfs/tmp/      pending versions
 *	.idemfs/partial/  quarantine
 *	.idemfs/marks/    one file a mark
 *	.idemfs/former/   what steps have read until their next mark (former.h)
 *
 * state_open()           for a mount: creates what is missing, checks the
 *                        format, takes the lock
 * state_open_fixed()     for a mount on a read-only filesystem
 * state_open_readonly()  for commands that look without a mount
 *
 * Everything is reached by descriptor, never by a path from '/', and no
 * symbolic link is followed.
 *
 * The format file is written last, and durably: a directory without one is what
 * a crash left of its creation, and is completed by the next state_open().
 *
 * The directory must be private.  One that others can write to, or that belongs
 * to another user, is refused, also by root and by commands that only look: a
 * link, a FIFO or a file of another user in it may stand for anything.  Its
 * files are opened with sys_open_file() and sys_open_dir() all the same.
 */
#ifndef IDEMFS_CORE_BACKING_STATE_H
#define IDEMFS_CORE_BACKING_STATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define STATE_DIR ".idemfs"
#define STATE_FORMAT 1
/* Names with this prefix are reserved in every directory, and never listed. */
#define STATE_TEMP_PREFIX ".idemfs-tmp."

struct state {
	int dir;     /* .idemfs */
	int tmp;     /* .idemfs/tmp */
	int partial; /* .idemfs/partial */
	int marks;   /* .idemfs/marks */
	int log;     /* .idemfs/log, O_APPEND; -1 when read only */
	int lock;    /* .idemfs/lock, locked; -1 when read only */
	bool fresh;  /* this call created or completed the directory */
	bool fixed;  /* nothing can be written: there is no log and no lock */
};

/* The value before an open and after state_release(). */
#define STATE_CLOSED                                                         \
	{                                                                    \
		.dir = -1, .tmp = -1, .partial = -1, .marks = -1, .log = -1, \
		.lock = -1                                                   \
	}

/*
 * @root: the backing directory, the caller's.  @path: its name, for messages.
 * Errors, each with one line in @err: -EBUSY (a living mount holds it; the line
 * says which pid on which host), -EPROTO (a newer format), and those of the
 * calls.  With -EBUSY and -EPROTO nothing on disk has changed.
 */
int state_open(int root, const char *path, struct state *ret, struct err *err);

/*
 * For a backing directory on a read-only filesystem.  It opens what is there;
 * an empty directory without a name stands for what is missing.  Nothing is
 * written, and no lock is taken.
 */
int state_open_fixed(int root, const char *path, struct state *ret,
		     struct err *err);

/* -ENOENT when there is no state directory. */
int state_open_readonly(int root, const char *path, struct state *ret,
			struct err *err);

/*
 * Writes pid, host and boot of this process into the lock, for messages of
 * other processes.  state_open() calls it.  After a fork the process that stays
 * calls it again.
 */
int state_sign(const struct state *s);

/*
 * The log becomes log.1, in place of an older one, and s->log is a new file.
 * The descriptor keeps its number, so threads may be writing to it meanwhile.
 */
int state_rotate_log(const struct state *s);

void state_release(struct state *s); /* closes, and so unlocks */

#endif
