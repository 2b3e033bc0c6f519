/* SPDX-License-Identifier: MIT */
/*
 * sessions: which process trees were begun as one, and run now: by `idemfs
 * step`, `session` or `run`; and those that ended lately.
 *
 *	sessions_begin()    the process of the caller is a session from here on
 *	sessions_check()    may this caller speak for it?
 *	sessions_of()       the session that a thread belongs to: the innermost
 *	                    one among its process and the ancestors of that
 *	sessions_end()      it has said how it ended
 *	sessions_drop()     it is gone: it was killed if it had not ended
 *
 * A session is known by its open file of .checkpoints/.step, whose address is
 * the key; the kernel closes that however the process ends.  Its number is that
 * of the list of changes (changes_session_begin()), and is never used again.
 * Number 0 is that of callers in no session, and of a session whose process
 * cannot be seen, which is listed, but to which no change can belong.
 *
 * When a session ends, what it has left passes up to the session that it was
 * begun in, or to the nearest one above that still runs, or to none (0): files
 * that are still open (versions_pass_session()), and changes that no mark tells
 * (changes.h).
 *
 * All may be called by any thread.  sessions_of() reads /proc when the process
 * is new to it: no lock may be held.  begin, end and drop append to the list of
 * changes and take the lock of the versions.  The other calls take only a lock
 * of this room, which is held over no wait, and so may be called with any lock
 * of the versions.
 */
#ifndef IDEMFS_CORE_SESSIONS_SESSIONS_H
#define IDEMFS_CORE_SESSIONS_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/backing/access.h"
#include "core/manifest/step.h"

struct rooms;
struct sessions;
struct versions;

/*
 * @rooms: changes (NULL: nothing is written down), ancestries, events and wait
 * are used.  @t may be NULL.  Both must outlive it.
 */
int sessions_new(const struct rooms *rooms, struct versions *t,
		 struct sessions **ret);
void sessions_free(struct sessions *s); /* NULL is fine */

/*
 * Told of each session that has a number, with the lock of this room: before any
 * caller belongs to it, and when none does any more.
 */
struct session_watcher {
	void (*began)(void *arg, uint64_t id, uint64_t parent, bool learns,
		      uid_t user);
	void (*ended)(void *arg, uint64_t id);
	void *arg;
};
/* Before the first one begins. */
void sessions_watch(struct sessions *s, const struct session_watcher *w);

struct session_spec {
	enum session_kind kind;
	const char *name;
	const char *command;
	bool learn;
	pid_t pid;		 /* that the message names; 0: none */
	struct timespec began;	 /* 0: now */
	const struct caller *by; /* tid, uid */
};

/*
 * The process of @spec->by is a session until the end of @key.  -EPERM when the
 * message names another process; -EBUSY when @key has one, or there are too
 * many, of this user or of all; -ENOMEM.
 */
int sessions_begin(struct sessions *s, const void *key,
		   const struct session_spec *spec, uint64_t *ret_id);

/*
 * Is @by the process that has begun the session of @key?  -EPERM: another one;
 * -ENOENT: @key has none.  *ret_id, *ret_kind are those of the session.
 */
int sessions_check(struct sessions *s, const void *key, const struct caller *by,
		   uint64_t *ret_id, enum session_kind *ret_kind);

#define SESSION_KILLED (-1)  /* its status is not known */
#define SESSION_REFUSED (-2) /* its mark was not made */

/* @status: of the command, or one of these.  Fine when @key has none. */
void sessions_end(struct sessions *s, const void *key, int status);
void sessions_drop(struct sessions *s, const void *key);
/*
 * Drops those whose process is gone: another one may still have the file open.
 */
void sessions_drop_gone(struct sessions *s);

/* "status 3", "status 137 (signal 9)", "killed", … */
#define SESSION_HOW 48
void session_how(int status, char buf[SESSION_HOW]);

/*
 * The session of thread @tid; 0: none.  Without a session it is one atomic
 * load; for a process that was seen before, two cheap system calls besides.
 */
uint64_t sessions_of(struct sessions *s, pid_t tid);

/* Does any run that callers may belong to?  One atomic load. */
bool sessions_any(const struct sessions *s);
/* @id while it runs, else the nearest one above it that does, else 0. */
uint64_t sessions_owner(struct sessions *s, uint64_t id);
/* Malloc'ed; NULL when it is 0 or forgotten. */
char *sessions_name(struct sessions *s, uint64_t id);

/* Session @id has changed @path: counted, each path once. */
void sessions_changed(struct sessions *s, uint64_t id, const char *path);

/*
 * Sessions @a and @b are both at @path, and at least one of them writes it.
 * Told to both, and to the log, once a path.  One that was begun in the other
 * does not overlap with it.
 */
void sessions_overlap(struct sessions *s, uint64_t a, uint64_t b,
		      const char *path);
#define SESSION_OVERLAPS_MAX 64 /* that are named; more are counted */
struct session_overlap {
	uint64_t other;
	const char *name; /* of the other */
	const char *path;
};
/* Those of @id, the first one first.  How many there are in all. */
uint64_t sessions_each_overlap(struct sessions *s, uint64_t id,
			       void (*each)(void *arg,
					    const struct session_overlap *o),
			       void *arg);

struct session_info {
	uint64_t id, parent; /* as it was begun */
	enum session_kind kind;
	const char *name;
	const char *command; /* its beginning */
	uid_t user;
	pid_t pid; /* 0: it cannot be seen */
	struct timespec began, ended;
	int64_t took_ms; /* so far, or until it ended */
	bool running;
	bool failed; /* a step that failed, and was not done since */
	bool learn;
	int status;			     /* if it has ended */
	uint64_t files;			     /* paths that it has changed */
	uint64_t overlaps;		     /* in all */
	const struct session_overlap *named; /* the first of them, */
	size_t named_count;		     /*   so many */
};
/*
 * What ended lately, the one that ended first first, and then what runs, the
 * oldest first; those whose process is gone are dropped before.  @each must not
 * wait, nor call this room.
 */
void sessions_each(struct sessions *s,
		   void (*each)(void *arg, const struct session_info *info),
		   void *arg);

#endif
