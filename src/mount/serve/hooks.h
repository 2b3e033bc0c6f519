/* SPDX-License-Identifier: MIT */
/*
 * hooks: what core is told to call: news of a version for its node, and that a
 * thread is about to wait (struct version_hooks).
 */
#ifndef IDEMFS_MOUNT_HOOKS_H
#define IDEMFS_MOUNT_HOOKS_H

#include "mount/fs/fs.h"

/* @fs has its node table before any version is settled. */
struct version_hooks version_hooks_of(struct fs *fs);

#endif
