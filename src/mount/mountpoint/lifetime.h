/* SPDX-License-Identifier: MIT */
/*
 * lifetime: until when a mount is there.
 *
 * It ends when the kernel has let go, when a signal tells this process to end,
 * or, when it was tied to a process (`idemfs run`), when that one and all that
 * have joined it since are gone.  The kernel tells of their ends by descriptors
 * (pidfd_open(2)), however they end, so nobody has to say goodbye.
 *
 *	lifetime_new()    before there are threads: the signals are blocked
 *	lifetime_tie()    or not: then it is there until it is unmounted
 *	lifetime_wait()   the main thread
 *	lifetime_join(), lifetime_leave(), lifetime_is_ending(), lifetime_runs()
 *	                  any thread
 *
 * Who has left is still waited for, since it may be unmounting, but does not
 * count as one who needs the mount.
 */
#ifndef IDEMFS_MOUNT_LIFETIME_H
#define IDEMFS_MOUNT_LIFETIME_H

#include <stdbool.h>
#include <sys/types.h>

struct lifetime;

int lifetime_new(struct lifetime **ret);
void lifetime_free(struct lifetime *l);

int lifetime_tie(struct lifetime *l, pid_t pid);

/*
 * Process @pid needs the mount, too.  -ESHUTDOWN: it is ending; -EPERM: it is
 * tied to nobody; -ESRCH: there is no such process, as far as can be seen.
 */
int lifetime_join(struct lifetime *l, pid_t pid);
/* @pid does not any more: how many others do. */
int lifetime_leave(struct lifetime *l, pid_t pid);
/* How many need it; -1: it is tied to nobody. */
int lifetime_runs(struct lifetime *l);
/* Is it ending, or about to, since the last has gone or a signal is there? */
bool lifetime_is_ending(struct lifetime *l);

/*
 * Until @ended is readable: true; or until it is to end: false, with a line in
 * the log.
 */
bool lifetime_wait(struct lifetime *l, int ended);

#endif
