/* SPDX-License-Identifier: MIT */
/*
 * in_place: which files are written in place (F12): those of --in-place, and
 * what a database keeps beside such a file (core/sqlite.h).
 */
#ifndef IDEMFS_MOUNT_ENTRY_IN_PLACE_H
#define IDEMFS_MOUNT_ENTRY_IN_PLACE_H

#include "mount/fs/fs.h"

/* Is @name in @dir written in place? */
bool in_place_is(struct fs *fs, struct dir *dir, const char *name);
/*
 * Likewise by an open for writing of the file that is there, with O_TRUNC or
 * without: a live database is also written in place when it is not truncated.
 */
bool in_place_opens(struct fs *fs, struct dir *dir, const char *name,
		    bool trunc);
/* @n is being written in place by @by: the next mark says so. */
void in_place_note(struct fs *fs, struct node *n, const struct caller *by);

#endif
