/* SPDX-License-Identifier: MIT */
/*
 * opened: a handle of the backing tree, from when it is made until it is gone.
 *
 *	opened_fd(), opened_version()  make one, for a file or a version
 *	opened_publish()               the node knows it; @fi tells the kernel
 *	opened_unpublish()             the kernel did not get that reply
 *	opened_leave()  by RELEASE, before node_drop_handle(): the node forgets it
 *
 * A handle has a reference to its node, and to its version if it has one.
 * Between opened_publish() and the reply nothing else may be sent by the same
 * thread (channel_pass_to()).
 */
#ifndef IDEMFS_MOUNT_FILE_OPENED_H
#define IDEMFS_MOUNT_FILE_OPENED_H

#include "mount/fs/fs.h"

struct handle;

/* Those of the caller's flags that a descriptor of ours is opened with. */
#define OPENED_FLAGS (O_ACCMODE | O_APPEND | O_TRUNC)

/* Takes @fd, also when it fails. */
int opened_fd(struct fs *fs, struct node *n, int fd, const struct caller *by,
	      int flags, struct handle **ret);
/* -ESTALE when @v is settled. */
int opened_version(struct fs *fs, struct node *n, struct version *v,
		   const struct caller *by, int flags, struct handle **ret);
/*
 * May @by open @v with @flags?  The kernel has judged the open for file
 * @judged.  A caller without a thread number is not judged again for a version
 * of that file: only the kernel knows all its groups.
 */
int opened_may(struct version *v, const struct file_key *judged,
	       const struct caller *by, int flags);

void opened_publish(struct fs *fs, struct handle *h, struct fuse_file_info *fi);
void opened_unpublish(struct fs *fs, struct handle *h,
		      struct fuse_file_info *fi);
void opened_leave(struct fs *fs, struct handle *h);

#endif
