/* SPDX-License-Identifier: MIT */
/*
 * buffer: a file whose text a handle keeps in memory (handle.h): the note of a
 * mark that is open for writing, a message to .step, or what a control file
 * says.
 *
 * Two of these are members of struct node_ops.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_BUFFER_H
#define IDEMFS_MOUNT_CHECKPOINTS_BUFFER_H

#include "mount/fs/node_ops.h"

int buffer_read(struct request *q, struct handle *h, size_t size, off_t off,
		struct bytes *ret);
/* What is longer than IDEMFS_NOTE_MAX, or has no memory, is lost (h->text). */
int buffer_write(struct request *q, struct handle *h, const char *buf,
		 size_t size, off_t off, struct fuse_file_info *fi);
int buffer_truncate(struct handle *h, off_t size);

#endif
