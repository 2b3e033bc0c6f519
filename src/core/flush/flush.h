/* SPDX-License-Identifier: MIT */
/*
 * flush: what survives a power cut, and from when on.  docs/durability.md
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
 * Order of calls: flush_new(); flush_start() once threads may be
 * made; flush_stop() flushes what is left, and ends the threads.
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

struct flush;
struct tree_lock;

/* What a flush of everything is made of; all of it stays the caller's. */
struct flush_spec {
	const struct options *opt;
	const struct state *state;
	const struct disk *disk;
	struct journal *journal; /* NULL where nothing can be written */
	struct filesystems *filesystems;
	struct changes *changes;  /* NULL where nothing can be written; */
	struct lost_writes *lost; /*   likewise */
	struct write_ahead *write_ahead; /* likewise, and at level none */
	struct failures *failures;
	const struct events *events; /* of what quarantine drops */
	struct wait_hooks wait;
	struct tree_lock *tree;
};
int flush_new(const struct flush_spec *spec, struct flush **ret);
void flush_free(struct flush *d); /* NULL is fine */

/*
 * Starts two threads.  One sleeps for as long as nothing changes, and also
 * keeps the bounds of quarantine, which no caller should wait for either.  The
 * other flushes for callers that may be interrupted: nothing can end a
 * syncfs(2).
 */
int flush_start(struct flush *d);
void flush_stop(struct flush *d);

/* Something has changed on disk, and needs a flush later; cheap. */
void flush_touch(struct flush *d);
/* Something was put into quarantine; before flush_touch(). */
void flush_kept(struct flush *d);

/* @dir has got a name whose bytes were not flushed. */
void flush_taint(struct flush *d, struct dir *dir);

/* Makes all earlier changes durable, on every filesystem of the tree. */
int flush_sync(struct flush *d);
/*
 * Likewise, for marks: at level none it does nothing.  -EINTR soon after
 * *@interrupted is set, and the flush itself goes on.  NULL: never.
 */
int flush_barrier(struct flush *d, const atomic_bool *interrupted);
/*
 * Makes durable what was promoted in @dir before.  The caller has waited for
 * versions that were closed there.
 */
int flush_sync_dir(struct flush *d, struct dir *dir);

#endif
