/* SPDX-License-Identifier: MIT */
/*
 * vouched: which names a mark vouches for, so that no power cut tears them.
 *
 * A power cut may tear a file that was closed since the last mark.  It may not
 * tear a file that a mark tells of, nor what has replaced that since: the mark
 * would be there, and its output would not.  So a file that comes to the name
 * of such a file has its bytes on disk before it takes the name (way.h), and
 * the change of the name is written down ahead (write_ahead.h).
 *
 * No manifest is read to find these files.  It is known which files are not
 * among them: files that came to a new name since the last mark, and files that
 * have replaced one of those, are fresh.  Once there is a mark, all others
 * count as vouched for, also those from before the mount, and those that the
 * table of fresh files has no room for.  A mistake costs a flush, and nothing
 * else.
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

/* All of these take NULL: then nothing is vouched for. */

/*
 * A mark will tell of all changes so far.  The whole tree is held: a file that
 * comes to a name later sees that.  The flush of the mark begins later, and covers
 * files that came before.
 */
void vouched_cut(struct vouched *w);

/* Is any file vouched for? */
bool vouched_any(const struct vouched *w);
/* Is the file of @st, which is at a name, vouched for? */
bool vouched_has(struct vouched *w, const struct statx *st);
/* Likewise the file at @name, if there is one. */
bool vouched_at(struct vouched *w, struct dir *dir, const char *name);

/* The name being held: */
/* File @st came to a name; @over: to one that is vouched for. */
void vouched_placed(struct vouched *w, const struct statx *st, bool over);
/* Many files came to names that may be vouched for. */
void vouched_forget_fresh(struct vouched *w);

#endif
