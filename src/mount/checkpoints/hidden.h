/* SPDX-License-Identifier: MIT */
/*
 * hidden: marks that read as absent.
 *
 * With --stale hide, a mark whose outputs were deleted or changed behind the
 * mount's back is not shown, so that its step is done again.  The mark stays on
 * the disk, and is shown again if its outputs come back.  But once a script
 * makes something at its name, the old mark is forgotten, as if rm(1) had been
 * there before: the new one does not tell what the old one told.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_HIDDEN_H
#define IDEMFS_MOUNT_CHECKPOINTS_HIDDEN_H

#include "core/verify/stale.h"
#include "mount/fs/fs.h"

/* Is the mark @name, a file with number @ino, hidden?  May wait for a check. */
bool hidden_is(struct fs *fs, struct dir *dir, const char *name, ino_t ino);
/*
 * Why the mark @n is stale, or not to be believed by @by, whatever --stale
 * says: the length of @why; -ENODATA when it is neither.
 */
int hidden_why(struct fs *fs, struct node *n, const struct caller *by,
	       char why[STALE_WHY]);
/* Before something is made at @name: forgets a mark there that is hidden. */
int hidden_clear(struct fs *fs, struct dir *dir, const char *name);
/* Likewise, before rmdir(2), all hidden marks in the group @name. */
int hidden_clear_group(struct fs *fs, struct dir *dir, const char *name);
/* Does @dir have anything that is shown? */
bool hidden_leaves_any(struct fs *fs, struct dir *dir);

#endif
