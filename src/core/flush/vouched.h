/* SPDX-License-Identifier: MIT */
/*
 * vouched: which names a mark vouches for, so that no power cut tears them.
 *
 * What was closed since the last mark may be torn by a power cut, but a file
 * that a mark tells of may not, nor what has replaced it since: the mark would
 * be there, and its output would not.  So what comes to the name of such a file
 * has its bytes on disk before it takes the name (way.h), and the change
 * of the name is foretold (write_ahead.h).
 *
 * Manifests are not asked which files these are.  Known is which they are not:
 * the files that came to a new name since the last mark, and what has replaced
 * one of those, are fresh.  All else counts as vouched for, once there is a mark:
 * what was there before the mount, and what the table of fresh files has no room
 * for.  That costs a flush, and nothing else.
 *
 * Until the first mark, and at level none, nothing is vouched for.
 *
 * Thread-safe; its lock is a leaf.
 */
#ifndef IDEMFS_CORE_FLUSH_VOUCHED_H
#define IDEMFS_CORE_FLUSH_VOUCHED_H

#include "core/version/version.h"

#define VOUCHED_FRESH_MAX ((size_t)1 << 19) /* files that are known as fresh */

struct vouched;

int vouched_new(const struct versions *t, struct vouched **ret);
void vouched_free(struct vouched *w); /* NULL is fine */

/*
 * A mark will tell of all that was changed so far.  Takes t->names: what comes
 * to a name after that has seen it, and the flush of the mark, which begins
 * after that, covers what came before.
 */
void vouched_cut(struct versions *t);

/* Is anything? */
bool vouched_any(const struct versions *t);
/* Is the file of @st, which stands at a name, vouched for? */
bool vouched_has(const struct versions *t, const struct statx *st);
/* Likewise what stands at @name, if anything does. */
bool vouched_at(const struct versions *t, struct dir *dir, const char *name);

/* Under t->names: */
/* File @st came to a name; @over: to one that is vouched for. */
void vouched_placed(const struct versions *t, const struct statx *st,
		    bool over);
/* Many came to names that may be vouched for. */
void vouched_forget_fresh(const struct versions *t);

#endif
