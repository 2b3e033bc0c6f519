/* SPDX-License-Identifier: MIT */
/*
 * making: the barrier, and the mark behind it (core/marks/checkpoint.h).
 *
 * These wait until what was promoted before is durable.  A signal to the caller
 * ends the wait with -EINTR, and no mark is made (C7).
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_MAKING_H
#define IDEMFS_MOUNT_CHECKPOINTS_MAKING_H

#include "core/marks/checkpoint.h"
#include "mount/fs/fs.h"

/*
 * A mark that is new; @spec has all but `by`, `interrupted` and `in`.  In a
 * sticky directory it replaces no mark of another user.
 */
int making_new(struct request *q, const struct checkpoint *spec);
/* A step that learns ends without one (checkpoint_fail()). */
int making_fail(struct request *q, const struct checkpoint *spec);
/* The mark @n is made anew, as touch(1) does (C6), and @n is its node. */
int making_again(struct request *q, struct node *n);
/* A mark or a group is renamed. */
int making_rename(struct request *q, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name, unsigned int flags);

#endif
