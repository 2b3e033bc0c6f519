/* SPDX-License-Identifier: MIT */
/*
 * serve: one mount of idemfs, from start to end.
 *
 *	mount_start()   opens the backing directory and its state, recovers what
 *	                a crash left, and mounts
 *	mount_serve()   answers the kernel until the mount is gone
 *	mount_free()    unmounts, if that is not done, and frees everything
 *
 * The caller daemonizes between mount_start(), which makes no thread, and
 * mount_serve(), if it wants to.
 *
 * This room makes the others in the order of tools/check-floors: serve.c from
 * the backing directory to the last reply, parts.c what a mount needs before it
 * is mounted, mounting.c the mount, hooks.c the news that go up.  No other room
 * makes one.
 */
#ifndef IDEMFS_MOUNT_SERVE_SERVE_H
#define IDEMFS_MOUNT_SERVE_SERVE_H

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

/* The process that has started the mount. */
struct mount_user {
	void (*ready)(void *arg); /* called once, when the mount answers */
	void *arg;
	pid_t tied_to; /* the mount ends when this process, and all that have
			* joined it, are gone (lifetime.h); 0: when it is
			* unmounted */
};

/*
 * Serves until the mount is unmounted, or a signal tells this process to end:
 * SIGTERM, SIGINT and SIGHUP, which are blocked and read here.  All pending
 * versions are settled or quarantined before it returns.
 *
 * 0, or -errno, mostly with a line in @err: it could not begin; versions were
 * open at the end, and are in quarantine; or what was promoted is not on the
 * disk, or could not be promoted, and no mark has told of it.  The same line,
 * or MOUNT_END_WELL, is left in the descriptor that .control names (end_fd),
 * for processes that are not the parent of this one.
 */
int mount_serve(struct mount *m, const struct mount_user *u, struct err *err);

#define MOUNT_END_WELL "+"

void mount_free(struct mount *m);

#endif
