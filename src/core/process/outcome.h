/* SPDX-License-Identifier: MIT */
/*
 * outcome: how a process that has just closed a file goes on.
 *
 * timeout(1), and most programs of coreutils, close their standard output
 * before they exit with the status that tells how their work went.  So the last
 * close of a file may be by a process that lives, but only for an instant.
 *
 *	outcome_watch()  while it waits for the answer to its FLUSH, so that the
 *	                 pidfd is of this process and of no other
 *	outcome_wait()   later, from any thread: how it ends, if it does at once
 *
 * What a process that nobody has waited for yet ended with, /proc tells; of one
 * that has been waited for, the pidfd does (PIDFD_GET_INFO, Linux 6.15).
 */
#ifndef IDEMFS_CORE_PROCESS_OUTCOME_H
#define IDEMFS_CORE_PROCESS_OUTCOME_H

#include "core/process/writer.h"

/* A pidfd, or -1. */
int outcome_watch(pid_t pid);

/*
 * WRITER_CLOSED when it goes on: it sleeps, as a shell does that waits for its
 * next command, or half a second has passed.  Of one that is gone without a trace
 * (an old kernel) FAILED with the code 0.  @watch of -1: CLOSED.
 */
struct writer_fate outcome_wait(int watch, pid_t pid);

#endif
