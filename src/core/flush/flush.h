/* SPDX-License-Identifier: MIT */
/*
 * durability: what survives a power cut, and from when on.  docs/durability.md
 * numbers the promises (D1, D2, ...).
 *
 *	none		idemfs flushes nothing by itself
 *	checkpoint	a mark flushes all there is; what was promoted since is
 *			flushed by a thread, within --sync-interval
 *	close		besides, close(2) waits for it
 *
 * Whatever the level, what a program asks for it gets: fsync(2) of a file makes
 * its bytes durable, of a directory the names in it, and the bytes of what was
 * promoted there without an fsync of its own.
 *
 * A flush of everything is numbered.  Who needs one waits for the first that
 * begins after he came; all who wait share it.  If it fails, it fails for all
 * of them, since the kernel tells an error once.
 *
 * Order of calls: durability_new(); durability_start() once threads may be made;
 * durability_stop() flushes what is left, and ends the threads.  What waits says
 * so (wait.h).  No lock of the core may be held.
 */
#ifndef IDEMFS_CORE_FLUSH_FLUSH_H
#define IDEMFS_CORE_FLUSH_FLUSH_H

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
	struct wait_hooks wait;
	/* No change of names is under way between these two. */
	void (*hold_names)(void *arg);
	void (*release_names)(void *arg);
	void *arg;
};
int durability_new(const struct flush_spec *spec, struct durability **ret);
void durability_free(struct durability *d); /* NULL is fine */

/*
 * Two threads.  One sleeps for as long as nothing changes, and also sees to the
 * bounds of quarantine, for which nobody should wait either.  The other flushes
 * for those who may be interrupted: nothing can end a syncfs(2).
 */
int durability_start(struct durability *d);
void durability_stop(struct durability *d);

/* Something has changed on disk that is to be durable one day; cheap. */
void durability_touch(struct durability *d);
/* How often that was said. */
unsigned long durability_changes(const struct durability *d);
/* Something was put into quarantine; before durability_touch(). */
void durability_kept(struct durability *d);

/* @dir has got a name whose bytes nobody has flushed. */
void durability_taint(struct durability *d, struct dir *dir);

/* All that was changed before is durable, on every filesystem of the tree. */
int durability_sync(struct durability *d);
/*
 * Likewise, but at level none nothing is done: for marks.  -EINTR soon after
 * *@interrupted is set; the flush itself goes on.  NULL: never.
 */
int durability_barrier(struct durability *d, const atomic_bool *interrupted);
/*
 * What was promoted in @dir before is there after a power cut: the caller has
 * waited for what was closed there.
 */
int durability_sync_dir(struct durability *d, struct dir *dir);

#endif
