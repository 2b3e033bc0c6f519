/* SPDX-License-Identifier: MIT */
/*
 * pathmap: the latest state of each path, from records in the order of time.
 *
 * Records are applied in the order of their seq.  A path keeps its newest
 * record.  A directory that is renamed takes along the records below it, at no
 * cost.  pathmap_each() then gives one record for each path, again in the order
 * of seq, so that they can be applied to an older map: `gone` ends all below
 * the path, `moved` takes it along.
 *
 * A tree of names in a few arrays: some 100 bytes a path, and no allocation for
 * each.  Not thread-safe.
 */
#ifndef IDEMFS_CORE_CHANGES_PATHMAP_H
#define IDEMFS_CORE_CHANGES_PATHMAP_H

#include <stdbool.h>

#include "core/record/record.h"

struct pathmap;

struct pathmap *pathmap_new(void);    /* NULL: out of memory */
void pathmap_free(struct pathmap *m); /* NULL is fine */

/*
 * Before the first record: records of others come in between, which the map is
 * not told of, or only their renames of directories (pathmap_carry()).  So
 * pathmap_each() must give records that are right also in between: each with
 * its own seq and the path that it had then, and every `moved`.  That costs the
 * rename of a directory a visit of all that is below it.
 */
void pathmap_mix(struct pathmap *m);
/*
 * Likewise, where nothing is told of those renames, either.  Then what is
 * removed ends nothing below it, which may have been renamed before.
 */
void pathmap_mix_unseen(struct pathmap *m);
/*
 * Others have renamed a directory.  pathmap_each() gives that only if @keep,
 * and it has moved something that the map has.  -ENOMEM.
 */
int pathmap_carry(struct pathmap *m, const struct record *r, bool keep);

/*
 * Applies @r.  What is no change (record_is_change()) is passed over, and so is
 * a `moved` that was applied before.  @owner: a number that pathmap_owner() will tell; 0: none.
 * -ENOMEM.
 */
int pathmap_apply(struct pathmap *m, const struct record *r, uint32_t owner);

/*
 * The digest of the UNREAD record @seq, of file @ino, has become known; it then
 * is a FILE.  -ENOMEM.
 */
int pathmap_hashed(struct pathmap *m, uint64_t seq, uint64_t ino,
		   const struct digest *d);
/* Likewise of the record that @node had in pathmap_each(). */
void pathmap_set_digest(struct pathmap *m, uint32_t node,
			const struct digest *d);

/*
 * Calls @each with every record until it returns non-zero, which is returned;
 * strings are good during the call.  @node is for pathmap_owner().  -ENOMEM.
 */
int pathmap_each(struct pathmap *m,
		 int (*each)(void *arg, const struct record *r, uint32_t node),
		 void *arg);

/* Was nothing applied? */
bool pathmap_is_empty(const struct pathmap *m);

/*
 * The record of @node, with its path written into @buf; false when it has none.
 * Any number of threads may call it while nothing changes.
 */
#define PATHMAP_PATH (IDEMFS_PATH_MAX + 2)
bool pathmap_get(const struct pathmap *m, uint32_t node, char buf[PATHMAP_PATH],
		 struct record *ret);
/* Where @r, which pathmap_each() gave for @node, is by now; maybe in @buf. */
const char *pathmap_now(const struct pathmap *m, uint32_t node,
			const struct record *r, char buf[PATHMAP_PATH]);
/* The node of @path; 0: nothing is known of it. */
uint32_t pathmap_find(const struct pathmap *m, const char *path);
/* Likewise the record of @path. */
bool pathmap_look(const struct pathmap *m, const char *path,
		  char buf[PATHMAP_PATH], struct record *ret);

/*
 * The owners of all records that @node's path has had, each once.  Begin with
 * *@at 0; 0 after the last.
 */
uint32_t pathmap_owner(const struct pathmap *m, uint32_t node, uint32_t *at);
/* Has @path, or anything below it, an owner? */
bool pathmap_is_owned(const struct pathmap *m, const char *path);

#endif
