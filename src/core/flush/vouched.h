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

#include "core/backing/backing.h"
#include "core/backing/state.h"
#include "core/options/options.h"

#define VOUCHED_FRESH_MAX ((size_t)1 << 19) /* files that are known as fresh */

struct vouched;

int vouched_new(const struct state *state, enum durability_level level,
		struct vouched **ret);
void vouched_free(struct vouched *w); /* NULL is fine */

/* All of them take NULL: nothing is vouched for. */

/*
 * A mark will tell of all that was changed so far.  Under t->names: what comes
 * to a name after that has seen it, and the flush of the mark, which begins
 * after that, covers what came before.
 */
void vouched_cut(struct vouched *w);

/* Is anything? */
bool vouched_any(const struct vouched *w);
/* Is the file of @st, which stands at a name, vouched for? */
bool vouched_has(struct vouched *w, const struct statx *st);
/* Likewise what stands at @name, if anything does. */
bool vouched_at(struct vouched *w, struct dir *dir, const char *name);

/* Under t->names: */
/* File @st came to a name; @over: to one that is vouched for. */
void vouched_placed(struct vouched *w, const struct statx *st, bool over);
/* Many came to names that may be vouched for. */
void vouched_forget_fresh(struct vouched *w);

#endif
