/* SPDX-License-Identifier: MIT */
/*
 * daemon: the process behind a mount.
 *
 * It lives in a session of its own, in "/", without the caller's descriptors
 * and, once the mount answers, with /dev/null for its standard ones.  Until
 * then it speaks for itself on the caller's stderr.
 */
#ifndef IDEMFS_CLI_DAEMON_H
#define IDEMFS_CLI_DAEMON_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cli/args.h"

struct daemon_plan {
	const struct args *args;
	bool tied;	      /* it is told to end when the caller dies */
	const sigset_t *mask; /* what it blocks; NULL: as the caller does */
};

/*
 * Starts it, and returns when the mount answers.  *ret_pid is a child to wait
 * for.  -ECHILD when it failed; why has been said.
 */
int daemon_start(const struct daemon_plan *plan, pid_t *ret_pid);

/* Mounts and serves in this process, in the foreground: an exit status. */
int daemon_serve(const struct args *a);

#endif
