/* SPDX-License-Identifier: MIT */
/*
 * lockholder: which process has the lock of a state directory.
 *
 * A daemon that was told to end, or whose mount was taken away, still settles
 * what is open, and holds the lock of the state directory meanwhile.  A daemon
 * that starts holds it before it mounts.  One that serves at some place stays.
 */
#ifndef IDEMFS_CLI_MOUNTS_LOCKHOLDER_H
#define IDEMFS_CLI_MOUNTS_LOCKHOLDER_H

#include <sys/types.h>

enum lockholder {
	LOCKHOLDER_GONE,   /* no process has it, as far as can be seen */
	LOCKHOLDER_PASSES, /* its daemon is beginning or ending */
	LOCKHOLDER_SERVES, /* at some place, or on another host */
};

/* Looks, and changes nothing.  *ret_pid: of the process, unless it is gone. */
enum lockholder lockholder_look(const char *backing, pid_t *ret_pid);

#endif
