/* SPDX-License-Identifier: MIT */
/*
 * rooms: what lies below the table of versions, as core.c has made it.
 *
 * core.c makes the rooms bottom up and enters each here, so that the next one
 * finds it; it takes them down in the opposite order.  All of it is const from
 * the end of core_new() on, except for what says otherwise.  A room takes from
 * here what it is built from, and no more; nothing here names a room above.
 */
#ifndef IDEMFS_CORE_VERSION_ROOMS_H
#define IDEMFS_CORE_VERSION_ROOMS_H

#include <stdint.h>

#include "core/changes/note.h"
#include "core/disk/disk.h"
#include "core/process/wait.h"

struct ancestries;
struct backing;
struct lost_writes;
struct flush;
struct events;
struct write_ahead;
struct hasher;
struct changes;
struct filesystems;
struct intent;
struct journal;
struct lineages;
struct locks;
struct options;
struct state;
struct tree_lock;
struct temps;
struct failures;
struct vouched;

/*
 * What sessions answer, and are told.  Called with t->lock held.  A function may
 * be NULL: then there are no sessions.
 */
struct session_hooks {
	/* @id while it runs, else the session that it has passed all to. */
	uint64_t (*owner)(void *arg, uint64_t id);
	/* Both have to do with the file at @path, and one writes it. */
	void (*overlap)(void *arg, uint64_t a, uint64_t b, const char *path);
	void *arg;
};

struct rooms {
	const struct options *opt;
	const struct state *state;
	struct backing *backing;
	struct tree_lock *tree; /* which names stand still */
	struct disk disk;
	const struct events *events; /* what is for the log; may be NULL */
	struct wait_hooks wait;	     /* told of every wait */
	struct session_hooks sessions;
	struct ancestries *ancestries;
	struct lineages *lines;
	struct locks *locks; /* NULL: nothing can be locked */
	struct temps *temps;
	struct journal *journal; /* NULL when the mount is read-only, and so: */
	struct changes *changes; /*   what marks will tell */
	struct hasher *hasher;
	struct lost_writes *lost;
	struct intent *intent;
	struct vouched *vouched;
	struct write_ahead *write_ahead; /* NULL at level none, too */
	struct filesystems *filesystems;
	struct failures *failures;
	struct flush *flush;
	struct notes notes; /* where changes of the tree are noted */
};

#endif
