/* SPDX-License-Identifier: MIT */
/*
 * rename_side: one of the two names of a rename, for tree.c, and what is needed
 * if marks vouch for them (vouched.h).
 */
#ifndef IDEMFS_CORE_TREE_RENAME_SIDE_H
#define IDEMFS_CORE_TREE_RENAME_SIDE_H

#include "core/version/version.h"

struct rename_side {
	struct dir *dir;
	const char *name;
	struct dir_pin pin;
	struct statx st;
	bool exists;		 /* committed */
	bool own;		 /* the caller sees a version of it */
	struct dir *sub;	 /* it is this directory, and known */
	struct file_key on_disk; /* its bytes are on disk, if it is this file */
};

static inline bool rename_side_is_dir(const struct rename_side *s)
{
	return s->exists && S_ISDIR(s->st.stx_mode);
}

/*
 * Must bytes be on disk before @from is renamed to @to?  Both are held.  Then
 * rename_sides_flush() is called without a lock, and both are looked at again.
 */
bool rename_sides_must_flush(const struct versions *t,
			     const struct rename_side *from,
			     const struct rename_side *to, unsigned int flags);
int rename_sides_flush(struct versions *t, struct rename_side *from,
		       struct rename_side *to, unsigned int flags);

/* Both are held: before the rename, and after it. */
void rename_sides_foretell(struct versions *t, const struct rename_side *from,
			   const struct rename_side *to, unsigned int flags);
void rename_sides_came(struct versions *t, const struct rename_side *from,
		       const struct rename_side *to, unsigned int flags);

#endif
