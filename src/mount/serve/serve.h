/* SPDX-License-Identifier: MIT */
/*
 * mount: one living idemfs mount, from start to end.
 *
 *	mount_start()   opens the backing directory and its state, recovers what
 *	                a crash left, and mounts
 *	mount_serve()   answers the kernel until the mount is gone
 *	mount_free()    lets everything go
 *
 * The caller daemonizes between start and serve, if it wants to: mount_start()
 * makes no thread.
 */
#ifndef IDEMFS_MOUNT_MOUNT_H
#define IDEMFS_MOUNT_MOUNT_H

#include <sys/types.h>

#include "base/err.h"
#include "core/options/options.h"

struct mount;

/*
 * @opt: finished options; the caller's, must outlive the mount.
 * @backing, @mountpoint: may be the same directory; "/dev/fd/N" is a channel to
 * the kernel that is open already (libfuse's fuse_session_mount()).
 * @fuse_opts: what FUSE itself is told with -o ("ro,noexec"), or NULL.
 * On failure one line in @err says what and what to do, and nothing is left
 * mounted.
 */
int mount_start(const struct options *opt, const char *backing,
		const char *mountpoint, const char *fuse_opts,
		struct mount **ret_mount, struct err *err);

/* The process that has started it. */
struct mount_user {
	void (*ready)(void *arg); /* called once, when the mount answers */
	void *arg;
	pid_t tied_to; /* it ends when this process, and all that have joined
			* it, are gone (lifetime.h); 0: when it is unmounted */
};

/*
 * Serves until unmounted or told to end (SIGTERM, SIGINT, SIGHUP to this
 * process, which it handles).  Settles or quarantines all pending versions
 * before it returns.
 * 0, or -errno, mostly with a line in @err, for an exit status to tell: it could not
 * begin; something was still open at the end, and is in quarantine; what was put
 * in place is not on the disk, or could not be put there, and no mark has told.
 * The same line is left in the descriptor that .control names (end_fd), for who
 * is no parent of this process: MOUNT_END_WELL, or what went wrong.
 */
int mount_serve(struct mount *m, const struct mount_user *u, struct err *err);

#define MOUNT_END_WELL "+"

void mount_free(struct mount *m);

#endif
