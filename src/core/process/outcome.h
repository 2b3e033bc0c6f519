/* SPDX-License-Identifier: MIT */
/*
 * outcome: how a process that has just closed a file goes on.
 *
 * timeout(1), and most programs of coreutils, close their standard output
 * before they exit with the status that tells how their work went.  So the
 * process of the last close may live on for an instant only.
 *
 *	outcome_watch()  while the process waits for the answer to its FLUSH, so
 *	                 that the pidfd is of this process and of no other
 *	outcome_wait()   later, from any thread: how it ends, if it does at once
 *
 * Until its parent has waited for it, /proc tells how a process has ended.
 * After that the pidfd does (PIDFD_GET_INFO, Linux 6.15).
 */
#ifndef IDEMFS_CORE_PROCESS_OUTCOME_H
#define IDEMFS_CORE_PROCESS_OUTCOME_H

#include "core/process/writer.h"

/* A pidfd, or -1. */
int outcome_watch(pid_t pid);

/* Has the process of a pidfd ended, all threads of it?  One system call. */
bool outcome_is_over(int watch);

/*
 * WRITER_CLOSED when the process goes on: it sleeps, as a shell that waits for
 * its next command, or half a second has passed.  WRITER_FAILED with code 0
 * when it is gone and its end is not known (an old kernel).  @watch of -1:
 * WRITER_CLOSED.
 */
struct writer_fate outcome_wait(int watch, pid_t pid);

#endif
