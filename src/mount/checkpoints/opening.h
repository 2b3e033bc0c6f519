/* SPDX-License-Identifier: MIT */
/*
 * opening: a handle on a file of .checkpoints, from when it is made until its
 * RELEASE (file.h), or until the kernel did not get the reply.
 *
 * Such a handle never passes through, and goes past the page cache.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_OPENING_H
#define IDEMFS_MOUNT_CHECKPOINTS_OPENING_H

#include "mount/fs/fs.h"

struct handle;

/* A handle of the caller's process, on @n; NULL: no memory. */
struct handle *opening_new(struct request *q, struct node *n, int flags);
/* The node knows it, and @fi says so to the kernel. */
void opening_publish(struct fs *fs, struct handle *h,
		     struct fuse_file_info *fi);
/* The two of them, with @load in between, which may refuse. */
int opening_open(struct request *q, struct node *n, struct fuse_file_info *fi,
		 int (*load)(struct request *q, struct handle *h),
		 struct handle **ret);
/* Frees one that was published, but the kernel did not get it. */
void opening_undo(struct request *q, struct handle *h,
		  struct fuse_file_info *fi);

#endif
