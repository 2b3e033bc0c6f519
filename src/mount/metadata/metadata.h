/* SPDX-License-Identifier: MIT */
/*
 * metadata: attributes, extended attributes and flags of the backing tree.
 *
 * What is set by path reaches the committed file and the versions that are
 * pending at its name (F7).  What is set by descriptor reaches the version that
 * the descriptor is on, and nothing else.  The kernel's SETATTR of an open file
 * is of its node: a LOOKUP by the same thread, just before, tells a path from a
 * descriptor (node_note_path()).
 *
 * The members of struct node_ops (fs/node_ops.h) that these functions are for
 * say what they return.
 */
#ifndef IDEMFS_MOUNT_METADATA_METADATA_H
#define IDEMFS_MOUNT_METADATA_METADATA_H

#include <sys/statvfs.h>

#include "mount/fs/node_ops.h"

int metadata_setattr(struct request *q, struct node *n, struct handle *h,
		     const struct stat *attr, int to_set);

int metadata_setxattr(struct request *q, struct node *n, const char *name,
		      const char *value, size_t size, int flags);
int metadata_removexattr(struct request *q, struct node *n, const char *name);
ssize_t metadata_getxattr(struct request *q, struct node *n, const char *name,
			  char *buf, size_t size);
ssize_t metadata_listxattr(struct request *q, struct node *n, char *buf,
			   size_t size);
/* Likewise of the file that @fd (O_PATH will do) is open on, for @by. */
ssize_t metadata_fgetxattr(int fd, const char *name, char *buf, size_t size);
ssize_t metadata_flistxattr(const struct caller *by, int fd, char *buf,
			    size_t size);

int metadata_ioctl(struct request *q, struct handle *h, unsigned int cmd,
		   const void *in, size_t in_size, union node_ioctl *ret);

/* statfs(2) of the filesystem of @n, of any kind; NULL: of the root's. */
int metadata_statfs(struct fs *fs, struct node *n, struct statvfs *ret);

#endif
