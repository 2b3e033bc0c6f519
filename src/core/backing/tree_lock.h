/* SPDX-License-Identifier: MIT */
/*
 * tree_lock: which names of the tree stand still.
 *
 * A change of the tree is a call of the backing filesystem, a change of the
 * table of versions, and a record for the next mark.  No other change of the
 * same names may come in between.  So a thread that makes one holds the
 * directories that it concerns:
 *
 *	TREE_SCOPE()	  one: a promotion into it, a name that is made or
 *			  removed there, attributes of what is in it
 *	TREE_SET_SCOPE()  several: a rename of a file from one to another, a
 *			  version with names in more than one, the removal of
 *			  a directory (that which it is in, and itself)
 *	TREE_ALL_SCOPE()  the whole tree: a rename of a directory, since the
 *			  path of all that is below it changes; and a thread
 *			  that must know that no change is going on
 *
 * Threads that hold directories share the tree.  So a path that is read
 * meanwhile (dir_path()) does not change until the hold is over.
 *
 * A directory has one of TREE_LOCKS mutexes, for as long as it is known.  They
 * are given out in turn, so that directories that are found one after the other
 * have different ones.  If two have the same, that costs time, and nothing
 * else.  There are so few because each has a slot in `.idemfs/intent`
 * (intent.h).
 *
 * Order: the tree first, then the mutexes by number.  A set is taken at once,
 * and a thread holds one set at a time, so no thread takes a second mutex while
 * holding a first.  A thread that waits for the whole tree comes before those
 * that come later, so that many changes do not keep a rename of a directory
 * waiting for ever.
 *
 * Under a hold only the change of the name itself waits for the disk.  Bytes
 * that have to be copied or flushed are so before, and then the names are
 * looked at again.  What must not see bytes that are copied into a file at its
 * name waits for them and holds nothing (versions_hold_name()).
 */
#ifndef IDEMFS_CORE_BACKING_TREE_LOCK_H
#define IDEMFS_CORE_BACKING_TREE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "core/backing/backing.h"

#define TREE_LOCKS DIR_NUMBERS

struct tree_lock;

int tree_lock_new(struct tree_lock **ret);
void tree_lock_free(struct tree_lock *l); /* NULL is fine */

/* A set of directories; their union is that of the bits. */
typedef uint32_t dir_set;
static inline dir_set dir_set_of(const struct dir *d)
{
	return (dir_set)1 << d->number;
}

/* What one thread holds; all zero: nothing. */
struct tree_hold {
	struct tree_lock *lock;
	dir_set dirs; /* 0 with lock: the tree alone, or all of it */
	bool all;
};

struct tree_hold tree_hold_set(struct tree_lock *l, dir_set dirs);
struct tree_hold tree_hold_all(struct tree_lock *l);
void tree_release(struct tree_hold *h); /* once, or of nothing */

/* Does this thread hold @d, or the whole tree?  For assert(). */
bool tree_is_held(const struct dir *d);
/* The whole tree? */
bool tree_is_held_alone(void);
/* For those that cannot keep a hold: what this thread holds. */
struct tree_hold tree_held(void);

#define auto_hold \
	__attribute__((cleanup(tree_release), unused)) struct tree_hold
/* Until the end of the enclosing block. */
#define TREE_SET_SCOPE(l, dirs) \
	auto_hold UTIL_CAT(hold_, __LINE__) = tree_hold_set(l, dirs)
#define TREE_SCOPE(l, dir) TREE_SET_SCOPE(l, dir_set_of(dir))
#define TREE_ALL_SCOPE(l) auto_hold UTIL_CAT(hold_, __LINE__) = tree_hold_all(l)

#endif
