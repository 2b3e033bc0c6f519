/* SPDX-License-Identifier: MIT */
/*
 * groups: the directories of marks.
 *
 * They are real ones below .idemfs/marks.  The top is .checkpoints itself;
 * those below it group marks.  With --run-id, .checkpoints shows the group of
 * one run: the top keeps a node of its own, and what is done to a name in it is
 * done in the run's directory.  (One directory cannot lie in itself, as
 * .checkpoints/ID would if both had the same node.)  Other runs are there by
 * their names.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_GROUPS_H
#define IDEMFS_MOUNT_CHECKPOINTS_GROUPS_H

#include "mount/fs/fs.h"

/* Makes the run's directory, fs->run. */
int groups_start(struct fs *fs);
/*
 * Is @name in @dir the run that is shown?  It can be neither removed nor moved.
 */
bool groups_is_run(struct fs *fs, struct dir *dir, const char *name);
/* The directory whose names .checkpoints lists: no reference. */
struct dir *groups_listed(struct fs *fs);
/* Where @name in @dir is, which differs for the top: no reference. */
struct dir *groups_place(struct fs *fs, struct dir *dir, const char *name);
/* What @d looks like: the top has mode and owner of the root. */
int groups_stat(struct fs *fs, struct dir *d, struct stat *ret);

#endif
