/* SPDX-License-Identifier: MIT */
/*
 * inner: the filesystems inside the tree that are not the one of `.idemfs`:
 * mounted there, or subvolumes.
 *
 * A flush of everything is one of each that was ever written to.  So the first
 * change on one opens a descriptor there, which stays open: it is told of every
 * write-back that fails from then on, and is there when its directory is not.
 * If it cannot be opened, every flush fails until it can.  What only the list
 * tells of (below) is flushed once, or, if it cannot be, fails one flush; then
 * it is let go until something is changed there.
 *
 * `.idemfs/inner` lists where they are, for the mount that comes after a crash:
 * what the one before had changed there, and nobody has flushed, is in no mark
 * yet.  Nothing is ever taken off that list; where it does not lead to another
 * filesystem any more there is nothing to flush.
 *
 * Temps of it are there as well, in a home of its own (home.h), which that list
 * leads recovery to.  It may be mounted later than that: then the first change
 * there takes back what homes say of having been closed, since nothing older
 * may come over it.
 *
 *	inner_of()	the one that a directory is on
 *	inner_begin()	before it gets a temp, which may wait for the disk
 *	inner_note()	after each change in a directory
 *	inner_moved()	after a directory was renamed, since one may be below it
 *	inner_tell()	when a mount begins, before anything is changed
 *	inner_flush()	of all of them
 *	inner_left()	the homes that an earlier mount may have left
 *
 * Thread-safe.
 */
#ifndef IDEMFS_CORE_TEMP_FILESYSTEMS_H
#define IDEMFS_CORE_TEMP_FILESYSTEMS_H

#include "core/backing/backing.h"
#include "core/disk/disk.h"
#include "core/temp/home.h"
#include "core/temp/journal.h"

#define INNER_NAME "inner" /* paths, each between two NULs */

struct inner;
struct inners;

/* All of it stays the caller's. */
struct inners_spec {
	const struct state *state;
	struct backing *backing;
	const struct disk *disk;
	bool promises; /* level close: what is closed there is durable */
};
int inners_new(const struct inners_spec *spec, struct inners **ret);
void inners_free(struct inners *s); /* NULL is fine; before the backing */

void inner_note(struct inners *s, struct dir *dir);
void inner_moved(struct inners *s);
void inner_tell(struct inners *s);
int inner_flush(struct inners *s); /* one thread at a time */

/* NULL when out of memory. */
struct inner *inner_of(struct inners *s, struct dir *dir);
/* Its home is at its top, or else, if that may not be, in @dir. */
int inner_begin(struct inners *s, struct inner *in, struct dir *dir);
/* Since that: where temps are, how they are flushed, and whose they are. */
int inner_tmp(const struct inner *in);
enum flush_way inner_way(const struct inner *in);
struct journal *inner_journal(const struct inner *in);

/*
 * Those that nobody has, on filesystems inside the tree; each is locked until
 * it is released.  *ret is malloc'ed.
 */
int inner_left(const struct state *s, int root, struct home **ret,
	       size_t *ret_count);

#endif
