/* SPDX-License-Identifier: MIT */
/*
 * place: where the file of a node is.
 *
 * A node knows the names at which its file was found (node.h).  They are hints:
 * the file may have been renamed or replaced since.  place_find() prefers one
 * at which the file still is; its caller compares the key where that matters.
 */
#ifndef IDEMFS_MOUNT_ENTRY_PLACE_H
#define IDEMFS_MOUNT_ENTRY_PLACE_H

#include "mount/fs/fs.h"

/*
 * A place of @n: a reference to the directory, a copy of the name (the caller
 * frees it), and the key that the file had.  -ESTALE when none is known.
 */
int place_find(struct fs *fs, struct node *n, struct dir **ret_dir,
	       char **ret_name, struct file_key *ret_key);
/* Once many places of @n are known, forgets those that are wrong. */
void place_tidy(struct fs *fs, struct node *n);
/*
 * Does @name still lead to @n, whose key is @key, or to a newer version of that
 * file?  If not, the file was unlinked, or another one has its name.
 */
bool place_leads_to(struct fs *fs, struct node *n, struct dir *dir,
		    const char *name, const struct file_key *key);
/*
 * Opens the file of @n with @flags of open(2); the caller closes *ret_fd.  A
 * file that has no name any more is opened by way of a handle on it; -ESTALE or
 * -ENOENT when there is none.
 */
int place_open(struct fs *fs, struct node *n, int flags, int *ret_fd);

#endif
