/* SPDX-License-Identifier: MIT */
/*
 * opened: what OPEN and CREATE have in common: a handle, from when it is made
 * until it is gone.
 *
 *	opened_fd(), opened_version()	make one, of what is committed or pending
 *	opened_publish()		the node knows it, and the kernel will
 *	opened_reply()			likewise, and answers an OPEN
 *	opened_unpublish()		that answer did not arrive
 *	opened_leave(), opened_drop()	RELEASE: the node forgets it, it is freed
 *
 * A handle has a reference to its node, and to its version if it has one.
 */
#ifndef IDEMFS_MOUNT_OPENED_H
#define IDEMFS_MOUNT_OPENED_H

#include "mount/fs/fs.h"

/* What of the caller's flags matters to a descriptor of ours. */
#define OPENED_FLAGS (O_ACCMODE | O_APPEND | O_TRUNC)

bool opened_is_write(int flags);

/* Takes @fd, also when it fails. */
int opened_fd(struct fs *fs, struct node *n, int fd, const struct caller *by,
	      int flags, struct handle **ret);
/*
 * May @by open @v with @flags?  The kernel has judged him for file @judged, and
 * whom it alone sees, with all his groups, is not judged again for what begins
 * from that.
 */
int opened_may(struct version *v, const struct file_key *judged,
	       const struct caller *by, int flags);

/* -ESTALE when @v is settled. */
int opened_version(struct fs *fs, struct node *n, struct version *v,
		   const struct caller *by, int flags, struct handle **ret);

void opened_publish(struct fs *fs, struct handle *h, struct fuse_file_info *fi);
void opened_unpublish(struct fs *fs, struct handle *h,
		      struct fuse_file_info *fi);
void opened_reply(fuse_req_t req, struct fs *fs, struct handle *h,
		  struct fuse_file_info *fi);
void opened_leave(struct fs *fs, struct handle *h);
void opened_drop(struct fs *fs, struct handle *h);

#endif
