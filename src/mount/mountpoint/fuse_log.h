/* SPDX-License-Identifier: MIT */
/*
 * fuse_log: catches what libfuse prints while something is tried.
 *
 * It prints on stderr why it does not mount.  The first such line becomes part
 * of ours instead.  For one thread, before others are there.
 */
#ifndef IDEMFS_MOUNT_MOUNTPOINT_FUSE_LOG_H
#define IDEMFS_MOUNT_MOUNTPOINT_FUSE_LOG_H

void fuse_log_begin(void);
/* The line, without its end; "" when there was none.  Good until the next. */
const char *fuse_log_end(void);

#endif
