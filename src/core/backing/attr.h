/* SPDX-License-Identifier: MIT */
/*
 * attr: owner, mode, times and extended attributes, changed by a descriptor.
 *
 * Any descriptor will do, one of O_PATH, too.  Nothing here is recorded as a
 * change of the tree: tree.h does that.
 */
#ifndef IDEMFS_CORE_BACKING_ATTR_H
#define IDEMFS_CORE_BACKING_ATTR_H

#include <time.h>

#include "core/backing/access.h"

struct attr_change {
	bool set_mode, set_uid, set_gid, set_times;
	bool touch; /* nothing, as chown(-1, -1): moves ctime alone */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec times[2]; /* as for utimensat(2) */
	const struct caller *by;  /* NULL: the daemon itself */
};

struct xattr_change {
	const char *name;
	const char *value; /* NULL: remove */
	size_t size;
	int flags;
	const struct caller *by;
	bool harmless; /* @by does not see this file: capabilities are not
			*   set, and an ACL takes the set-id bits */
};

/*
 * Changes the file of @fd (O_PATH will do).  Owner, set-id bits and ACLs are
 * changed as by->uid, since the file may have another owner by now.
 */
int attr_change_fd(int fd, const struct attr_change *c);
int xattr_change_fd(int fd, const struct xattr_change *c);
/* @mode without the bits that let a program act as another user or group. */
mode_t attr_harmless(mode_t mode);
/* Likewise as a write does: S_ISGID stays where the group cannot execute. */
mode_t attr_written(mode_t mode);
/*
 * What a write without CAP_FSETID does to the attributes: takes the set-id bits
 * and the file capabilities.  S_ISGID without S_IXGRP stays if @by is in the
 * group.
 */
int attr_kill_priv(int fd, const struct caller *by);

#endif
