/* SPDX-License-Identifier: MIT */
/*
 * home: a directory for temps on a filesystem inside the tree (filesystems.h), where
 * `.idemfs/tmp` is of no use: nothing is renamed from there.
 *
 * It is a reserved name (state.h), at the top of that filesystem or wherever
 * the daemon may make it, and has a journal of its own (journal.h): so whatever
 * is renamed, cut off or mounted later, temps and records are together, and
 * recovery finds all by looking there.
 *
 * Nobody can guess its name, or take all that it could have: else the users of a
 * filesystem could keep each other from writing there.  It is found again by
 * listing the directory that it is in, and believed by its owner.
 *
 * The idemfs that has it holds a flock on it; another, which has the filesystem
 * in its tree as well, has one of its own.
 */
#ifndef IDEMFS_CORE_TEMP_HOME_H
#define IDEMFS_CORE_TEMP_HOME_H

#include "core/backing/state.h"

#define HOME_NAME_MAX 40 /* with its NUL */

struct home {
	int at;	 /* the directory that it is in */
	int tmp; /* itself; locked */
	char name[HOME_NAME_MAX];
};

#define HOME_CLOSED                 \
	{                           \
		.at = -1, .tmp = -1 \
	}

/*
 * A new one in @at, which stays the caller's.  -EPERM when another user, whose
 * @at must be, has exchanged each for something else at once.
 */
int home_make(const struct state *s, int at, struct home *ret);
/*
 * The one that is @name: -EWOULDBLOCK when it is another idemfs's, -EPERM when
 * it is another user's.
 */
int home_open(const struct state *s, int at, const char *name,
	      struct home *ret);
/* Appends those in @at that nobody has to the malloc'ed *list of *count. */
int home_left(const struct state *s, int at, struct home **list, size_t *count);
/* Removes it, too, if it is empty. */
void home_release(struct home *h);

#endif
