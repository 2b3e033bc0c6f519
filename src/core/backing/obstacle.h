/* SPDX-License-Identifier: MIT */
/*
 * obstacle: what would make a promotion fail, known before anything is written.
 *
 * Inode flags (chattr +i, +a) and a mount on a file can forbid the rename that
 * a promotion is.  Where they forbid the write, too, an open fails as on the
 * filesystem below.  Where only the rename is forbidden, the file is written in
 * place.
 *
 *	file +i, verity		EPERM, as open(2) has it
 *	file +a			in place: open(2) wants O_APPEND, and checks
 *	mounted on, by itself	in place: rename(2) would be EBUSY
 *	directory +i		a new name is EPERM; what is there, in place
 *	directory +a		a new name is fine; what is there, in place
 */
#ifndef IDEMFS_CORE_BACKING_OBSTACLE_H
#define IDEMFS_CORE_BACKING_OBSTACLE_H

#include "core/backing/backing.h"

#define OBSTACLE_IN_PLACE 1 /* it can be written, but not replaced */

/* May the file @st in @dir be written?  0, -errno, or OBSTACLE_IN_PLACE. */
int obstacle_to_write(struct dir *dir, const struct statx *st);
/* May a name be made in @dir? */
int obstacle_to_new(struct dir *dir);
/* May a name be removed from it? */
int obstacle_to_leave(struct dir *dir);
/* May a file be renamed into @dir, over @there unless that is NULL? */
int obstacle_to_rename(struct dir *dir, const struct statx *there);

#endif
