/* SPDX-License-Identifier: MIT */
/*
 * join: the part of one `idemfs run` in a mount that others may share.
 *
 *	join_agrees()   are its options those of the mount?
 *	join_enter()    the run needs the mount, which is busy until it leaves
 *	join_leave()    the run does not need it any more: do others?
 *	join_release()
 *
 * The daemon knows which runs share its mount (.join and .leave of
 * idemfs/control.h), also when one is killed.  It ends with the last of them.
 */
#ifndef IDEMFS_CLI_MOUNTS_JOIN_H
#define IDEMFS_CLI_MOUNTS_JOIN_H

#include "base/err.h"
#include "cli/args/args.h"
#include "cli/mounts/ending.h"
#include "cli/mounts/target.h"

struct join {
	uint64_t mount_id;
	int root;   /* the backing directory, below the mount */
	int handle; /* of .join; -1: has left */
	struct ending ending;
};

#define JOIN_CLOSED                                               \
	{                                                         \
		.root = -1, .handle = -1, .ending = ENDING_CLOSED \
	}

/* -EBUSY with a line in @err that says which differ. */
int join_agrees(const struct target *t, const struct args *a, struct err *err);

/*
 * Joins the mount at @dir, the mount point of its arguments.  -EAGAIN: the
 * mount has gone or is about to go (claim.h); or -errno with a line in @err.
 */
int join_enter(const char *dir, struct join *ret, struct err *err);

/*
 * Returns how many other runs need the mount.  0: the caller unmounts it.  Else
 * another run will end it, so what this one has written is flushed now: -errno
 * with a line in @err when that fails.
 */
int join_leave(struct join *j, const char *dir, struct err *err);

void join_release(struct join *j);

#endif
