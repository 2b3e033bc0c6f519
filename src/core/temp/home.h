/* SPDX-License-Identifier: MIT */
/*
 * home: a directory for temps on a filesystem inside the tree (filesystems.h).
 * Temps of `.idemfs/tmp` are of no use there: rename(2) does not cross
 * filesystems.
 *
 * It has a reserved name (state.h), at the top of that filesystem or in the
 * first directory where the daemon may make it, and a journal of its own
 * (journal.h).  So temps and their records are together, whatever is renamed,
 * detached or mounted later, and recovery finds all of them there.
 *
 * Its name is random, so it cannot be guessed, nor can all possible names be
 * taken.  Else the users of a filesystem could keep each other from writing
 * there.  It is found again by listing the directory that it is in, and
 * believed by its owner.
 *
 * The idemfs that uses it holds a flock on it.  Another idemfs that has the
 * same filesystem in its tree has a home of its own.
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
 * Makes a new one in @at, which stays the caller's.  -EPERM when the user who
 * owns @at has replaced each one at once.
 */
int home_make(const struct state *s, int at, struct home *ret);
/*
 * Opens the home @name.  -EWOULDBLOCK when another idemfs uses it, -EPERM when
 * it belongs to another user.
 */
int home_open(const struct state *s, int at, const char *name,
	      struct home *ret);
/* Appends those in @at that are not in use to the malloc'ed *list, *count. */
int home_left(const struct state *s, int at, struct home **list, size_t *count);
/* Also removes it if it is empty. */
void home_release(struct home *h);

#endif
