/* SPDX-License-Identifier: MIT */
/*
 * hooks: what core and the receive loop call.
 */
#ifndef IDEMFS_MOUNT_SERVE_HOOKS_H
#define IDEMFS_MOUNT_SERVE_HOOKS_H

#include "mount/fs/fs.h"
#include "mount/kernel/loop.h"

/*
 * The news of a version for its node, and that a thread is about to wait.  @fs
 * must have its node table before any version is settled.
 */
struct version_hooks version_hooks_of(struct fs *fs);
/* What happens to a request at the gate (kernel/gate.h). */
struct loop_hooks loop_hooks_of(struct fs *fs);

#endif
