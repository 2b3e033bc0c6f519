/* SPDX-License-Identifier: MIT */
/*
 * lifetime: how long a mount stays.
 *
 * A mount ends when the kernel has let go of it, or when a signal tells this
 * process to end.  If it was tied to a process (`idemfs run`), it also ends
 * when that process and all that have joined it since are gone.  The kernel
 * tells of their ends by descriptors (pidfd_open(2)), however they end.
 *
 *	lifetime_new()    before there are threads: the signals are blocked
 *	lifetime_tie()    without it the mount stays until it is unmounted
 *	lifetime_wait()   the main thread
 *	lifetime_join(), lifetime_leave(), lifetime_is_ending(), lifetime_runs()
 *	                  any thread
 *
 * A process that has left is still waited for, since it may be unmounting, but
 * it does not count as one that needs the mount.
 */
#ifndef IDEMFS_MOUNT_MOUNTPOINT_LIFETIME_H
#define IDEMFS_MOUNT_MOUNTPOINT_LIFETIME_H

#include <stdbool.h>
#include <sys/types.h>

struct lifetime;

int lifetime_new(struct lifetime **ret);
void lifetime_free(struct lifetime *l);

int lifetime_tie(struct lifetime *l, pid_t pid);

/*
 * Process @pid needs the mount, too.  -ESHUTDOWN: the mount is ending; -EPERM:
 * it is tied to no process; -ESRCH: no such process can be seen.
 */
int lifetime_join(struct lifetime *l, pid_t pid);
/* @pid does not need it any more.  Returns how many others do. */
int lifetime_leave(struct lifetime *l, pid_t pid);
/* How many need it; -1: it is tied to no process. */
int lifetime_runs(struct lifetime *l);
/* Is it ending, or has the last process gone, or a signal come? */
bool lifetime_is_ending(struct lifetime *l);

/*
 * Waits until @ended is readable (true), or until the mount is to end (false,
 * with a line in the log).
 */
bool lifetime_wait(struct lifetime *l, int ended);

#endif
