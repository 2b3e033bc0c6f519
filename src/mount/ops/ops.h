/* SPDX-License-Identifier: MIT */
/*
 * ops: the requests of the kernel.
 *
 * The only room that sees a fuse_req_t on its way to a reply.  A handler finds
 * the node, calls the worker that the node's kind has for this, and replies
 * once.
 */
#ifndef IDEMFS_MOUNT_OPS_OPS_H
#define IDEMFS_MOUNT_OPS_OPS_H

#include "mount/fs/fs.h"

/* For libfuse; the user data of its fuse_session is the struct fs. */
extern const struct fuse_lowlevel_ops mount_ops;

#endif
