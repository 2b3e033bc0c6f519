/* SPDX-License-Identifier: MIT */
/*
 * ops: what the filesystem answers, for libfuse; the user data of its session is
 * the struct fs.
 */
#ifndef IDEMFS_MOUNT_OPS_H
#define IDEMFS_MOUNT_OPS_H

#include "mount/fs/fs.h"

extern const struct fuse_lowlevel_ops mount_ops;

#endif
