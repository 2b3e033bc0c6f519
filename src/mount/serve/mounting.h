/* SPDX-License-Identifier: MIT */
/*
 * mounting: the mount itself, and the fuse_session and channel that belong to it.
 */
#ifndef IDEMFS_MOUNT_SERVE_MOUNTING_H
#define IDEMFS_MOUNT_SERVE_MOUNTING_H

#include "base/err.h"
#include "mount/fs/fs.h"
#include "mount/mountpoint/mountinfo.h"

/*
 * Mounts on @dir, of attach_open(), or with -1 on the channel that the mount
 * point is.  @fuse_opts: as mount_start().  Makes fs->se, fs->channel and
 * fs->pass, which the caller frees, also when it fails.  *ret is what is
 * mounted, maybe even then.
 */
int mounting_begin(struct fs *fs, int dir, const char *fuse_opts,
		   struct mounted *ret, struct err *err);

#endif
