/* SPDX-License-Identifier: MIT */
/*
 * hasher: digests of what was promoted, while the step goes on.
 *
 * The thread that adds a record without a digest to the list of changes (changes.h)
 * adds a job here, too.  Threads at low priority read the file, most likely
 * from the page cache, and add the digest.  A file that was replaced by then,
 * or has another size or time, is not read: there is a newer record of it.  The
 * queue is bounded; the mark itself reads the files that find no room.  At most
 * 64 GiB of holes are read between two marks.  A file with more, in itself or
 * with those before it, has no digest.
 *
 * A mark calls hasher_drain(), which also reads.  So it need not wait for
 * threads that are kept from running.  Then it calls hasher_finish() for the
 * rest.
 *
 * The latest digests are remembered, so that a file is not read again after a
 * rename, or after its times were set.
 *
 * Thread-safe.  Its lock is taken while directories are held, and is held over no
 * read.
 */
#ifndef IDEMFS_CORE_CHANGES_HASHER_H
#define IDEMFS_CORE_CHANGES_HASHER_H

#include <stdatomic.h>

#include "core/backing/backing.h"
#include "core/changes/changes.h"

struct hasher;

int hasher_new(struct changes *changes, int root, struct hasher **ret);
void hasher_free(struct hasher *h); /* NULL is fine */

/*
 * Starts the threads; without them, marks read all files.  NULL is fine: on a
 * read-only filesystem nothing is hashed.
 */
int hasher_start(struct hasher *h);
/* Files that are still in the queue are read by marks of the next mount. */
void hasher_stop(struct hasher *h);

/* @r: an UNREAD record, in the list of changes, of @name in @dir. */
void hasher_add(struct hasher *h, struct dir *dir, const char *name,
		const struct record *r);

/*
 * To be called before a file is changed in place, which needs it not to be
 * open: jobs for @ino on device @dev are given up, and when this returns no
 * thread of the hasher has it open.  A mark may.
 */
void hasher_leave(struct hasher *h, uint64_t dev, uint64_t ino);

/*
 * Waits until no job is left that was added before: 0, or -EINTR soon after
 * *@interrupted is set (it may be NULL).
 */
int hasher_drain(struct hasher *h, const atomic_bool *interrupted);

/* Reads the files without a digest in @map, as far as they can be read. */
int hasher_finish(struct hasher *h, struct pathmap *map,
		  const atomic_bool *interrupted);

/* Contents whose digest is known. */
struct content {
	uint64_t dev;
	struct record_stat st;
};
void hasher_remember(struct hasher *h, const struct content *c,
		     const struct digest *d);
bool hasher_recall(struct hasher *h, const struct content *c,
		   struct digest *ret);
/*
 * A new file looks like @c, as one that is gone may have looked: inode numbers
 * are used again, and tar and cp -p set times.
 */
void hasher_forget(struct hasher *h, const struct content *c);

#endif
