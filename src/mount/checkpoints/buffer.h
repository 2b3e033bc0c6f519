/* SPDX-License-Identifier: MIT */
/*
 * buffer: a file whose text a handle keeps in memory (handle.h): the note of a
 * mark that is open for writing, a message to .step, or what a control file
 * says.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_BUFFER_H
#define IDEMFS_MOUNT_CHECKPOINTS_BUFFER_H

#include "mount/fs/node_ops.h"

int buffer_read(struct handle *h, size_t size, off_t off, struct bytes *ret);
/* What is longer than IDEMFS_NOTE_MAX, or has no memory, is lost: h->lost. */
int buffer_write(struct handle *h, const char *buf, size_t size, off_t off);
int buffer_truncate(struct handle *h, off_t size);

#endif
