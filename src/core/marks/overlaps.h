/* SPDX-License-Identifier: MIT */
/*
 * overlaps: paths that a mark of a session tells of, and that another session
 * has written, too, since the session of the mark began (S4); and those that
 * the two were seen at meanwhile (sessions.h).
 *
 *	overlaps_keep()	     those that the mark told of before
 *	overlaps_collect()   the present ones
 *	overlaps_put()       into its manifest
 *	overlaps_release()
 *
 * A session inside another one is a part of it.  So the two do not overlap.
 */
#ifndef IDEMFS_CORE_MARKS_OVERLAPS_H
#define IDEMFS_CORE_MARKS_OVERLAPS_H

#include "core/changes/changes.h"
#include "core/manifest/manifest.h"
#include "core/sessions/sessions.h"

#define OVERLAPS_MAX 64 /* are named, and the rest is counted */

struct overlap;

struct overlaps {
	struct overlap *all; /* in the order in which they were found */
	unsigned int count;  /* how many these are */
	unsigned int more;   /* and how many the mark counted before */
};

/*
 * Of the mark as it was, which @m has been opened on, those of paths that were
 * not written since, as @map has it; and not those with the session that makes
 * it now, @name (NULL: none does).  -ENOMEM; what manifest_next() says.
 */
int overlaps_keep(struct overlaps *o, struct manifest_reader *m,
		  const char *name, const struct pathmap *map);
/*
 * @map: what the mark will tell.  A mark by time has none.  Reads the list of
 * changes, and tells @s what it finds: -ENOMEM, or an error of the list.
 */
int overlaps_collect(struct overlaps *o, struct sessions *s,
		     const struct changes_span *span,
		     const struct pathmap *map);
int overlaps_put(const struct overlaps *o, struct manifest_writer *w);
void overlaps_release(struct overlaps *o);

#endif
