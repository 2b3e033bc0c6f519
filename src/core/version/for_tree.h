/* SPDX-License-Identifier: MIT */
/*
 * for_tree: what the door to the tree (tree.h) asks of versions, so that no field
 * of one is read outside of this room.
 *
 * No lock of the table is held by the caller; directories may be.
 */
#ifndef IDEMFS_CORE_VERSION_FOR_TREE_H
#define IDEMFS_CORE_VERSION_FOR_TREE_H

#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/version/version.h"

/* Is there a version at @name that @by sees (@seen), or does not? */
bool versions_any_seen(struct versions *t, struct dir *dir, const char *name,
		       const struct ancestry *by, bool seen);
/* Does @by see one version at both names? */
bool versions_is_one(struct versions *t, struct dir *a, const char *a_name,
		     struct dir *b, const char *b_name,
		     const struct ancestry *by);
/* The newest at @name that is older than @than (NULL: any): a reference. */
struct version *versions_older_at(struct versions *t, struct dir *dir,
				  const char *name, const struct version *than);

/* Where its own bytes are, a whole file or a tail: stays its own; or -1. */
int version_own_fd(const struct version *v);

/*
 * The names of @v stand still: all its directories are held, and those of
 * @also.  None is added, taken away or moved, whatever state it is in.
 */
struct tree_hold version_hold_names(struct version *v, dir_set also);
#define VERSION_NAMES_SCOPE(v, also) \
	auto_hold UTIL_CAT(hold_, __LINE__) = version_hold_names(v, also)

/*
 * For a change of the file at @name, or of that name: its directory is held
 * when no append is going into the file (append.h).  Likewise of two names.
 * They may wait, so no lock is held by the caller.
 */
struct tree_hold versions_hold_name(struct versions *t, struct dir *dir,
				    const char *name);
struct tree_hold versions_hold_both(struct versions *t, struct dir *dir,
				    const char *name, struct dir *to,
				    const char *to_name);
/* The whole tree, and no append is going into a file. */
struct tree_hold versions_hold_all(struct versions *t);
#define NAME_SCOPE(t, dir, name) \
	auto_hold UTIL_CAT(hold_, __LINE__) = versions_hold_name(t, dir, name)

#endif
