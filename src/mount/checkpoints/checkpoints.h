/* SPDX-License-Identifier: MIT */
/*
 * checkpoints: the virtual directory .checkpoints (C1).
 *
 * Its directories are real ones below .idemfs/marks.  Its files are marks,
 * which only come into being behind a barrier (core/marks/checkpoint.h);
 * control files, by which the mount tells of itself (include/idemfs/control.h);
 * and .step, by which `idemfs step` has marks made.  .inflight is a view of
 * what is being written.
 *
 * Nothing of it is cached by the kernel: all timeouts are 0, and all files are
 * read past the page cache.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_CHECKPOINTS_H
#define IDEMFS_MOUNT_CHECKPOINTS_CHECKPOINTS_H

#include "mount/fs/node_ops.h"

/* Before any request: makes the group of --run-id. */
int checkpoints_start(struct fs *fs);

extern const struct node_ops marks_ops;	   /* NODE_MARKS */
extern const struct node_ops mark_ops;	   /* NODE_MARK */
extern const struct node_ops control_ops;  /* NODE_CONTROL */
extern const struct node_ops step_ops;	   /* NODE_STEP */
extern const struct node_ops inflight_ops; /* NODE_INFLIGHT */
/* The name .checkpoints in the root, as a name only: nothing is made there. */
extern const struct node_ops checkpoints_name_ops;

#endif
