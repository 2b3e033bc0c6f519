/* SPDX-License-Identifier: MIT */
/*
 * spawn: starts the COMMAND of `idemfs run` and `idemfs step`.
 *
 * COMMAND stays in the caller's process group, so that the terminal's signals
 * and job control reach it, and gets the directory as its working directory.  A
 * COMMAND with a '/' in it is looked for from the caller's working directory,
 * and only if it is not there from the directory.
 */
#ifndef IDEMFS_CLI_JOB_SPAWN_H
#define IDEMFS_CLI_JOB_SPAWN_H

#include <signal.h>
#include <sys/types.h>

/*
 * @argv ends with NULL.  @dir: a descriptor of the directory, since a path may
 * lead around the mount by now, and @pwd: its path for the environment; or
 * SPAWN_HERE and NULL, to keep the working directory.  @mask: the signals that
 * it blocks.  It gets SIGTERM when the caller dies, so that it does not write
 * on without the mount.  0 with its pid, or the -errno of fork, fchdir or exec.
 */
int spawn(char **argv, int dir, const char *pwd, const sigset_t *mask,
	  pid_t *ret_pid);

#define SPAWN_HERE (-1)

#endif
