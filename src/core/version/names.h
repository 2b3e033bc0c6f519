/* SPDX-License-Identifier: MIT */
/*
 * vname: the names of pending versions, as a table.
 *
 * Only these functions change t->by_name, dir->vnames, dir->pending and t->all.
 * A version is in t->all from its first name on, oldest first, until it has
 * none.  All are called with t->lock held.
 */
#ifndef IDEMFS_CORE_VERSION_NAMES_H
#define IDEMFS_CORE_VERSION_NAMES_H

#include <limits.h>

#include "core/backing/tree_lock.h"
#include "core/version/for_tree.h"
#include "core/version/types.h"

/* The newest version at @name, or NULL; the others are ->older. */
struct vname *vname_newest_locked(struct versions *t, struct dir *dir,
				  const char *name);
/* Likewise, once none of them is SEALED (versions_wait_locked()). */
struct vname *vname_settled_locked(struct versions *t, struct dir *dir,
				   const char *name);

/* The newest of them that @by sees, or NULL. */
struct vname *vname_seen_locked(struct versions *t, struct dir *dir,
				const char *name, const struct ancestry *by);

/* Gives @v the name.  Takes @temp over, which may be NULL. */
int vname_add_locked(struct version *v, struct dir *dir, const char *name,
		     char *temp);

/* Removes it; the temp is forgotten, not removed. */
void vname_remove_locked(struct vname *vn);

/* Moves it; the version keeps its place among those of the new name by age. */
int vname_move_locked(struct vname *vn, struct dir *dir, const char *name);

/*
 * Those of @v, which is SEALED from now on, come first in their directories:
 * a thread that waits for them need not look at all that is pending there.
 */
void vnames_to_front_locked(struct version *v);

/* A writer has closed its version, which may be promoted any time now. */
void vname_closed_locked(struct vname *vn);

/* It is promoted: the times of its directory have moved. */
void vname_promoted_locked(struct vname *vn);

/* Is @vn SEALED, or one older at its name?  NULL is fine. */
bool vname_any_sealed_locked(const struct vname *vn);
/* Likewise in @dir: any, or one that will move its times. */
bool dir_has_sealed_locked(const struct dir *dir, bool times);

/* The name alone. */
const char *vname_name(const struct vname *vn);

#endif
