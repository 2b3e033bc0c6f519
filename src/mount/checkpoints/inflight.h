/* SPDX-License-Identifier: MIT */
/*
 * inflight: .checkpoints/.inflight (inflight.c).
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_INFLIGHT_H
#define IDEMFS_MOUNT_CHECKPOINTS_INFLIGHT_H

#include "mount/entry/entry.h"

/* The directory .inflight itself. */
int inflight_top(struct fs *fs, struct entry *ret);

#endif
