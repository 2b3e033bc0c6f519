/* SPDX-License-Identifier: MIT */
/*
 * filesystems: the filesystems inside the tree that are not the one of `.idemfs`:
 * mounted there, or subvolumes.
 *
 * A flush of everything flushes each of them that was written to.  So the first
 * change on one opens a descriptor there, which stays open.  The kernel tells
 * it of every writeback that fails from then on, also when its directory is
 * gone.  If it cannot be opened, every flush fails until it can.  A filesystem
 * that only the list (below) tells of is flushed once, or, if it cannot be,
 * makes one flush fail.  Then it is let go until something is changed there.
 *
 * `.idemfs/inner` lists where they are, for the mount that comes after a crash:
 * changes of the earlier mount that were not flushed are in no mark yet.
 * Nothing is ever taken off that list.  If an entry does not lead to another
 * filesystem any more, there is nothing to flush.
 *
 * The temps of a filesystem are in a home there (home.h), and the list leads
 * recovery to it.  If the filesystem is mounted only after recovery, the first
 * change there voids the promises in its homes, since no older version may come
 * over a newer one.
 *
 *	filesystem_of()	the one that a directory is on
 *	filesystem_begin()	before it gets a temp, which may wait for the disk
 *	filesystems_prepare()	before each change in a directory; may wait for the disk
 *	filesystems_note()	after it
 *	filesystems_moved()	after a directory was renamed, since one may be below it
 *	filesystems_tell()	when a mount begins, before anything is changed
 *	filesystems_flush()	of all of them
 *	filesystems_left()	the homes that an earlier mount may have left
 *
 * Thread-safe.
 */
#ifndef IDEMFS_CORE_TEMP_FILESYSTEMS_H
#define IDEMFS_CORE_TEMP_FILESYSTEMS_H

#include "base/events.h"
#include "core/backing/backing.h"
#include "core/disk/disk.h"
#include "core/temp/home.h"
#include "core/temp/journal.h"

#define FILESYSTEMS_NAME "inner" /* paths, each between two NULs */

struct filesystem;
struct filesystems;

/* All of it stays the caller's. */
struct filesystems_spec {
	const struct state *state;
	struct backing *backing;
	const struct disk *disk;
	const struct events *events;
	bool promises; /* level close: what is closed there is durable */
};
int filesystems_new(const struct filesystems_spec *spec,
		    struct filesystems **ret);
void filesystems_free(
	struct filesystems *s); /* NULL is fine; before the backing */

void filesystems_prepare(struct filesystems *s,
			 struct dir *dir); /* under no lock */
void filesystems_note(struct filesystems *s, struct dir *dir);
void filesystems_moved(struct filesystems *s);
void filesystems_tell(struct filesystems *s);
int filesystems_flush(struct filesystems *s); /* one thread at a time */

/* NULL when out of memory. */
struct filesystem *filesystem_of(struct filesystems *s, struct dir *dir);
/* Its home is at its top, or, if that is not allowed, in @dir. */
int filesystem_begin(struct filesystems *s, struct filesystem *in,
		     struct dir *dir);
/* After that: where its temps are, how it is flushed, and its journal. */
int filesystem_tmp(const struct filesystem *in);
enum way filesystem_way(const struct filesystem *in);
struct journal *filesystem_journal(const struct filesystem *in);

/*
 * The homes on filesystems inside the tree that are not in use.  Each is locked
 * until it is released.  *ret is malloc'ed.
 */
int filesystems_left(const struct state *s, int root,
		     const struct events *events, struct home **ret,
		     size_t *ret_count);

#endif
