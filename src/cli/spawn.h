/* SPDX-License-Identifier: MIT */
/*
 * spawn: starts the COMMAND of `idemfs run`.
 *
 * It stays in the caller's process group, so that the terminal's signals and
 * job control reach it, and gets the directory as its working directory.  A
 * COMMAND with a '/' in it is looked for from where the caller stands, and
 * from the directory only if it is not there.
 */
#ifndef IDEMFS_CLI_SPAWN_H
#define IDEMFS_CLI_SPAWN_H

#include <signal.h>
#include <sys/types.h>

/*
 * @argv ends with NULL.  @mask: the signals it blocks.  It gets SIGTERM when
 * the caller dies, lest it write on without the mount.  0 with its pid, or the
 * -errno of fork, chdir or exec.
 */
int spawn(char **argv, const char *dir, const sigset_t *mask, pid_t *ret_pid);

#endif
