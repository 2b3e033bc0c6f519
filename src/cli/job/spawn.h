/* SPDX-License-Identifier: MIT */
/*
 * spawn: starts the COMMAND of `idemfs run`, `idemfs step` and `idemfs session`.
 *
 *	spawn()        COMMAND begins
 *	spawn_reap()   at each SIGCHLD: which children have ended?
 *
 * COMMAND stays in the caller's process group, so that the terminal's signals
 * and job control reach it, and gets the directory as its working directory.  A
 * COMMAND with a '/' in it is looked for from the caller's working directory,
 * and only if it is not there from the directory.
 *
 * The caller becomes a subreaper: a process that COMMAND leaves behind (setsid,
 * nohup, a double fork) becomes its child, so that it can be told whose it is
 * for as long as the caller lives.  It is reaped, and not waited for.
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

/*
 * Calls @ended with each child that has ended since, and its status of
 * waitpid(2): COMMAND, a daemon, and what COMMAND left behind.  Does not wait.
 */
void spawn_reap(void (*ended)(void *arg, pid_t pid, int status), void *arg);

#endif
