/* SPDX-License-Identifier: MIT */
/*
 * files: what the files of .checkpoints look like; timeouts are always 0.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_FILES_H
#define IDEMFS_MOUNT_CHECKPOINTS_FILES_H

#include "mount/fs/node_ops.h"

/* mark_file.c: a mark has the size of what is being written to it. */
int mark_file_stat(struct fs *fs, struct node *n, struct stat *ret);

/* control_stat.c: a control file or .step. */
void control_stat(struct fs *fs, struct node *n, struct stat *ret);
int control_getattr(struct request *q, struct node *n, struct handle *h,
		    struct stat *ret, double *ret_timeout);

#endif
