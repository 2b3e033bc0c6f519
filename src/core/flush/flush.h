/* SPDX-License-Identifier: MIT */
/*
 * durability: what survives a power cut, and from when on.  docs/durability.md
 * numbers the promises (D1, D2, ...).
 *
 *	none		idemfs flushes nothing by itself
 *	checkpoint	a mark flushes all there is; what was promoted since is
 *			flushed by a thread, within --sync-interval
 *	close		likewise, and close(2) waits for a flush
 *
 * At every level a program gets what it asks for.  fsync(2) of a file makes its
 * bytes durable.  fsync(2) of a directory makes the names in it durable, and
 * the bytes of files that were promoted there without an fsync of their own.
 *
 * Each flush of everything has a number.  A thread that needs one waits for the
 * first that begins after it came.  All threads that wait share it.  If it
 * fails, it fails for all of them, since the kernel tells an error only once.
 *
 * Order of calls: durability_new(); durability_start() once threads may be
 * made; durability_stop() flushes what is left, and ends the threads.
 * Functions that wait say so (wait.h).  No lock of the core may be held.
 */
#ifndef IDEMFS_CORE_FLUSH_FLUSH_H
#define IDEMFS_CORE_FLUSH_FLUSH_H

#include "base/events.h"
#include "core/changes/lost_writes.h"
#include "core/disk/disk.h"
#include "core/flush/failures.h"
#include "core/flush/write_ahead.h"
#include "core/options/options.h"
#include "core/process/wait.h"
#include "core/temp/filesystems.h"
#include "core/temp/journal.h"

struct durability;

/* What a flush of everything is made of; all of it stays the caller's. */
struct flush_spec {
	const struct options *opt;
	const struct state *state;
	const struct disk *disk;
	struct journal *journal; /* NULL where nothing can be written */
	struct inners *inners;
	struct history *history;   /* NULL where nothing can be written; */
	struct doubt *doubt;	   /*   likewise */
	struct foretold *foretold; /* likewise, and at level none */
	struct untold *untold;
	const struct events *events; /* of what quarantine drops */
	struct wait_hooks wait;
	/* No change of names is under way between these two. */
	void (*hold_names)(void *arg);
	void (*release_names)(void *arg);
	void *arg;
};
int durability_new(const struct flush_spec *spec, struct durability **ret);
void durability_free(struct durability *d); /* NULL is fine */

/*
 * Starts two threads.  One sleeps for as long as nothing changes, and also
 * keeps the bounds of quarantine, which no caller should wait for either.  The
 * other flushes for callers that may be interrupted: nothing can end a
 * syncfs(2).
 */
int durability_start(struct durability *d);
void durability_stop(struct durability *d);

/* Something has changed on disk, and needs a flush later; cheap. */
void durability_touch(struct durability *d);
/* How often that was called. */
unsigned long durability_changes(const struct durability *d);
/* Something was put into quarantine; before durability_touch(). */
void durability_kept(struct durability *d);

/* @dir has got a name whose bytes were not flushed. */
void durability_taint(struct durability *d, struct dir *dir);

/* Makes all earlier changes durable, on every filesystem of the tree. */
int durability_sync(struct durability *d);
/*
 * Likewise, for marks: at level none it does nothing.  -EINTR soon after
 * *@interrupted is set, and the flush itself goes on.  NULL: never.
 */
int durability_barrier(struct durability *d, const atomic_bool *interrupted);
/*
 * Makes durable what was promoted in @dir before.  The caller has waited for
 * versions that were closed there.
 */
int durability_sync_dir(struct durability *d, struct dir *dir);

#endif
