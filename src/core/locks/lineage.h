/* SPDX-License-Identifier: MIT */
/*
 * lineage: one file, as its users see it, through all its versions.
 *
 * Each version is a file of its own on disk.  But programs mean to lock the
 * file at a name, whichever version of it they have open.  So versions of one
 * name, pending or committed, old or new, share a lineage, and locks belong to
 * that:
 *
 *  - a version gets the lineage of its name when it gets the name;
 *  - the committed file that it will replace gets the same, if a process may
 *    have it open (struct version_hooks, file_line), or else as soon as a
 *    request finds it: later its name will lead to another file;
 *  - another name of a committed file (a hard link) has the same lineage;
 *  - a rename takes the lineage along, and ends that of the name it replaces;
 *    an unlink ends it: a file that is made there anew is another file.
 *
 * A lineage lives as long as a version or a node refers to it, and a name leads
 * to it only as long.  Without any of these there is no lock to exclude.
 *
 * ls->lock is taken under the locks of version.h and the node table's; only
 * the backing's is taken under it.
 */
#ifndef IDEMFS_CORE_LOCKS_LINEAGE_H
#define IDEMFS_CORE_LOCKS_LINEAGE_H

#include "core/backing/backing.h"
#include "core/locks/locks.h"

struct lineages;

struct lineage {
	struct lineages *table;	 /* const */
	struct lock_file locks;	 /* under the locks' own lock */
	unsigned int refs;	 /* under ls->lock */
	struct line_name *names; /* under ls->lock: names that lead here */
};

int lineages_new(struct lineages **ret);
void lineages_free(struct lineages *ls);

/* One without a name; NULL when there is no memory. */
struct lineage *lineage_new(struct lineages *ls);
struct lineage *lineage_get(struct lineage *l);
void lineage_put(struct lineage *l); /* NULL is fine */

/* The lineage of @name in @dir, a reference; NULL when it has none (yet). */
struct lineage *lineage_find(struct lineages *ls, struct dir *dir,
			     const char *name);
/* Likewise, or a new one; NULL when there is no memory. */
struct lineage *lineage_at(struct lineages *ls, struct dir *dir,
			   const char *name);

/* From now on @name leads to @l.  Without memory it leads nowhere. */
void lineage_name(struct lineage *l, struct dir *dir, const char *name);
void lineage_unname(struct lineages *ls, struct dir *dir, const char *name);
/* The file of @name is at @to_name now. */
void lineage_move(struct lineages *ls, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name);

#endif
