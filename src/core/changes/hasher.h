/* SPDX-License-Identifier: MIT */
/*
 * hasher: digests of what was promoted, while the step goes on.
 *
 * Who adds a record without a digest to the history (changes.h) gives it here,
 * too.  Threads at low priority read the file, from the page cache most likely,
 * and add the digest.  A file that is another one by then, or has another size
 * or time, is not read: there is a newer record of it.  The queue is bounded:
 * what finds no room is read by the mark itself.  Nor is a file read that has too
 * much of nothing in it, or too many that have some: holes of 64 GiB between two
 * marks.  It has no digest then.
 *
 * A mark calls hasher_drain(), which helps, so that it need not wait for
 * threads that others keep from running; and then hasher_finish() for the rest.
 *
 * Digests that are known lately are remembered, so that a file which is renamed
 * or whose times are set is not read again.
 *
 * Thread-safe; its lock is taken under t->names, and is held over no read.
 */
#ifndef IDEMFS_CORE_CHANGES_HASHER_H
#define IDEMFS_CORE_CHANGES_HASHER_H

#include <stdatomic.h>

#include "core/backing/backing.h"
#include "core/changes/changes.h"

struct hasher;

int hasher_new(struct history *history, int root, struct hasher **ret);
void hasher_free(struct hasher *h); /* NULL is fine */

/*
 * The threads; without them, marks do it all.  NULL is fine: where nothing can
 * be written, nothing is hashed.
 */
int hasher_start(struct hasher *h);
/* What is still to be read is left to the marks of the next mount. */
void hasher_stop(struct hasher *h);

/* @r: an UNREAD record, in the history, of @name in @dir. */
void hasher_add(struct hasher *h, struct dir *dir, const char *name,
		const struct record *r);

/*
 * Who is about to change a file in place wants to be alone with it: what was
 * to be read of @ino on device @dev is given up, and nobody here has it open
 * when this returns; but a mark may.
 */
void hasher_leave(struct hasher *h, uint64_t dev, uint64_t ino);

/*
 * Waits until nothing that was added before is left: 0, or -EINTR soon after
 * *@interrupted is set (it may be NULL).
 */
int hasher_drain(struct hasher *h, const atomic_bool *interrupted);

/* Reads what has no digest in @map; what cannot be read has none after it. */
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
 * What has come now looks like @c, and so may something that is gone: inode
 * numbers come again, and tar and cp -p set times.
 */
void hasher_forget(struct hasher *h, const struct content *c);

#endif
