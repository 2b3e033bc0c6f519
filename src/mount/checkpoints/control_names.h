/* SPDX-License-Identifier: MIT */
/*
 * control_names: the names in .checkpoints that are idemfs' own
 * (idemfs/control.h).
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_CONTROL_NAMES_H
#define IDEMFS_MOUNT_CHECKPOINTS_CONTROL_NAMES_H

#include "core/backing/backing.h"

/* The number of a control file's node (node.h). */
enum control {
	CONTROL_NONE,
	CONTROL_CONTROL,
	CONTROL_STATUS,
	CONTROL_JSON,
	CONTROL_PROGRESS,
	CONTROL_GITIGNORE,
	CONTROL_JOIN,
	CONTROL_LEAVE,
	CONTROL_STEP,
	CONTROL_INFLIGHT, /* a directory */
};

/* Which one @name in @dir, a directory of marks, is; or CONTROL_NONE. */
enum control control_of(const struct dir *dir, const char *name);

#endif
