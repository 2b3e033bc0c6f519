/* SPDX-License-Identifier: MIT */
/*
 * daemon: the process behind a mount.
 *
 * It lives in a session of its own, in "/", without the caller's descriptors.
 * Until the mount answers its messages go to the caller's stderr.  Then its
 * standard descriptors become /dev/null.
 */
#ifndef IDEMFS_CLI_MOUNTS_DAEMON_H
#define IDEMFS_CLI_MOUNTS_DAEMON_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cli/args/args.h"

struct daemon_plan {
	const struct args *args;
	bool tied; /* it ends with the caller, and those that have joined it */
	const sigset_t *mask; /* what it blocks; NULL: as the caller does */
};

/*
 * Starts it, and returns when the mount answers.  *ret_pid is a child to wait
 * for.  -errno with a line in @err: -EBUSY, another mount has the directory.
 */
int daemon_start(const struct daemon_plan *plan, pid_t *ret_pid,
		 struct err *err);

/* Mounts and serves in this process, in the foreground: an exit status. */
int daemon_serve(const struct args *a);

#endif
