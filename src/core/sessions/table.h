/* SPDX-License-Identifier: MIT */
/*
 * table: the sessions of one mount, as the files of this room see them.
 *
 * All of it is under s->lock, but for what says otherwise.  A session is in one
 * of two lists: of those that run, or of those that ended.
 */
#ifndef IDEMFS_CORE_SESSIONS_TABLE_H
#define IDEMFS_CORE_SESSIONS_TABLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/events.h"
#include "base/lock.h"
#include "core/process/ancestry.h"
#include "core/sessions/sessions.h"
#include "core/version/rooms.h"

#define SESSIONS_MAX 1024   /* that run, of all users but root; and of root */
#define SESSIONS_USER 256   /* of one of them */
#define SESSIONS_ENDED 64   /* that are remembered; besides */
#define SESSIONS_FAILED 16  /*   steps that failed, and were not done since */
#define SESSION_COMMAND 200 /* bytes of a command */
#define SESSION_PATHS 16384 /* that it has changed and are told apart */

/* Hashes of the paths that a session has changed, to count each once. */
struct path_set {
	uint64_t *slots; /* 0: free */
	size_t size, used;
};

struct session {
	uint64_t id; /* 0: cannot be seen, or not begun yet */
	uint64_t parent;
	uint64_t up; /* what passes up goes to this one, which runs; or 0 */
	enum session_kind kind;
	bool learn;
	const void *key; /* NULL: it has ended */
	bool begun;	 /* else it has only a place */
	char *name, *command;
	uid_t user;
	struct process process; /* pid 0: it cannot be seen */
	int watch;		/* a pidfd of it, or -1 */
	struct timespec began, ended;
	int64_t since_ms, took_ms; /* by now_ms(), which no clock moves */
	int status;
	bool failed;
	struct path_set paths;
	uint64_t changed;
	struct session_overlap *overlaps; /* strings are its own */
	size_t named;
	uint64_t overlapped;
	struct session *next; /* of its list, oldest first */
};

struct session_list {
	struct session *first;
	struct session **last;
	size_t count;
};

/* A process whose session was looked for. */
struct known_process {
	struct process process;
	uint64_t session;
	unsigned long turn;
};

/* A thread whose process was looked for. */
struct known_thread {
	pid_t tid, pid;
	int watch; /* a pidfd of @pid; -1: the slot is free */
	uint64_t session;
	unsigned long turn;
};

#define KNOWN_PROCESSES 1024
#define STRIPES 32
#define STRIPE_THREADS 16

struct stripe {
	pthread_mutex_t lock;
	struct known_thread threads[STRIPE_THREADS]; /* under lock */
};

struct sessions {
	/* const */
	const struct rooms *rooms;
	struct versions *versions;	/* or NULL */
	struct session_watcher watcher; /* its functions may be NULL */

	atomic_uint seen; /* atomic: that run and have a number */
	/*
	 * atomic: grows when one begins or ends.  What was found out in an
	 * earlier turn is not believed any more.
	 */
	atomic_ulong turn;

	pthread_mutex_t lock;
	struct session_list now, ended;
	uint64_t last_id; /* where there is no list of changes */
	struct known_process known[KNOWN_PROCESSES]; /* by number */

	struct stripe stripes[STRIPES];
};

void session_free(struct session *e); /* NULL is fine */
void session_list_init(struct session_list *l);
void session_list_append(struct session_list *l, struct session *e);
/* Takes the one at @at out. */
struct session *session_list_take(struct session_list *l, struct session **at);

/* That has @key and runs; or NULL. */
struct session *sessions_find_locked(struct sessions *s, const void *key);
/* Number @id, whether it runs or not; NULL for 0. */
struct session *sessions_by_id_locked(struct sessions *s, uint64_t id);
/* The session that @p was begun as, the last one of several; or NULL. */
struct session *sessions_by_process_locked(struct sessions *s,
					   const struct process *p);
uint64_t sessions_owner_locked(struct sessions *s, uint64_t id);

#endif
