/* SPDX-License-Identifier: MIT */
/*
 * mountinfo: is our mount still there?
 *
 * When the connection ends, an unmount and an abort look the same from
 * /dev/fuse; but after an unmount nobody has a file open any more, and the
 * mount is gone from /proc/self/mountinfo (proc(5)).
 */
#ifndef IDEMFS_MOUNT_MOUNTINFO_H
#define IDEMFS_MOUNT_MOUNTINFO_H

#include <stdbool.h>
#include <sys/types.h>

/* The device of what is mounted at @mountpoint, topmost; -ENOENT. */
int mountinfo_find(const char *mountpoint, dev_t *ret_dev);
/* Is anything of device @dev mounted? */
bool mountinfo_has(dev_t dev);

#endif
