/* SPDX-License-Identifier: MIT */
/*
 * core: the rooms of one mount, and the one place that wires them.
 *
 * core_new() makes all rooms, bottom up, in the order of tools/check-floors;
 * no room builds another.  Each gets what it works with when it is made.  News
 * goes up by callbacks that name no room above (struct version_hooks, struct
 * lock_hooks).
 *
 *	recovery_run()	  before: nothing of a crash is left
 *	core_new()	  nothing is changed on the disk but for the hidden files
 *	recovery_tell()   what recovery has found is in the list of changes
 *	core_start()	  its threads, once the process will not fork any more
 *	...		  the mount serves
 *	core_stop()	  flushes what is left, and ends them
 *	core_free()
 */
#ifndef IDEMFS_CORE_CORE_H
#define IDEMFS_CORE_CORE_H

#include "core/locks/locks.h"
#include "core/version/rooms.h"
#include "core/version/version.h"

struct stale;
struct sessions;
struct learn;
struct exit_locks;

/* All of it stays the caller's, until core_free(). */
struct core_spec {
	const struct options *opt;
	const struct state *state; /* open and locked */
	int root;		   /* the backing directory */
	unsigned int dir_fds;	   /* descriptors of directories, at most */
	struct version_hooks hooks;
	const struct events *events;	     /* NULL: told to no one */
	const struct lock_hooks *lock_hooks; /* NULL: nothing can be locked */
};

/* Const once core_new() has returned. */
struct core {
	struct rooms rooms;
	struct versions *versions;
	struct exit_locks *exit_locks; /* NULL without locks */
	struct sessions *sessions;
	struct learn *learn;
	struct stale *stale;
};

/* -errno: nothing is left of it, and *ret is as it was. */
int core_new(const struct core_spec *spec, struct core **ret);
void core_free(struct core *c); /* NULL is fine */

/* The threads that flush, take promises back and compute digests. */
int core_start(struct core *c);
void core_stop(struct core *c); /* fine if they were never started */

#endif
