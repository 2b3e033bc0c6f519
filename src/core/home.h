/* SPDX-License-Identifier: MIT */
/*
 * home: a directory for temps on a filesystem inside the tree (inner.h), where
 * `.idemfs/tmp` is of no use: nothing is renamed from there.
 *
 * It is a reserved name (state.h), at the top of that filesystem or wherever
 * the daemon may make it, and has a journal of its own (journal.h): so whatever
 * is renamed, cut off or mounted later, temps and records are together, and
 * recovery finds all by looking there.
 *
 * Who has it holds a flock on it.  Another idemfs, which has the filesystem in
 * its tree as well, takes the next name.
 */
#ifndef IDEMFS_CORE_HOME_H
#define IDEMFS_CORE_HOME_H

#include "core/state.h"

#define HOMES_MAX 64 /* names that are tried */

struct home {
	int at;	 /* the directory that it is in */
	int tmp; /* itself; locked */
	unsigned int n;
};

#define HOME_CLOSED                 \
	{                           \
		.at = -1, .tmp = -1 \
	}

/* The first that is nobody's, made if need be.  @at stays the caller's. */
int home_make(const struct state *s, int at, struct home *ret);
/* The @n-th, if it is there: -ENOENT; -EWOULDBLOCK when it is another's. */
int home_open(const struct state *s, int at, unsigned int n, struct home *ret);
/* Removes it, too, if it is empty. */
void home_release(struct home *h);

#endif
