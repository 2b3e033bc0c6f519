/* SPDX-License-Identifier: MIT */
/*
 * kinds: which struct node_ops a node has, and a name.  This is the only place
 * that looks at a node's kind to find out what can be done to it.
 */
#ifndef IDEMFS_MOUNT_OPS_KINDS_H
#define IDEMFS_MOUNT_OPS_KINDS_H

#include "mount/fs/node_ops.h"

const struct node_ops *kinds_of(const struct node *n);
/*
 * Those of @name in @in, where .checkpoints in the root has its own; as
 * kinds_check_dir() when @in is no directory.
 */
int kinds_at(const struct node *in, const char *name,
	     const struct node_ops **ret);
/* -ESTALE: NULL, which is no node any more; -ENOTDIR: no directory. */
int kinds_check_dir(const struct node *n);

#endif
