/* SPDX-License-Identifier: MIT */
/*
 * exit_locks: the locks of a process that ends with its files open.
 *
 * In the kernel (kernel/exit.c, fs/file.c) a process that exits first closes
 * all descriptors.  Each close sends a FLUSH, which gives up POSIX locks.  Then
 * come the RELEASEs, which give up all other locks and promote what was
 * written.  Then it is dead, a zombie.  Released in that order, a lock could be
 * taken by a process that still sees the old file.  So the locks of such a
 * process are left to a will.  It holds them, as an owner of its own, until the
 * process is dead and the versions that it has written are sealed.
 *
 * A thread that closes a locked file calls exit_locks_leave().  If that returns
 * a process, the thread answers the kernel, since that process waits for the
 * answer.  Then it calls exit_locks_drop(), without a lock.  All wills of one
 * process are executed together, by the thread that left the first one.  If
 * another one is left just after they were executed, the thread that leaves it
 * is the first again.  So no will is forgotten: each belongs to the thread that
 * takes it, and there may be two of these.
 *
 * Both waits are bounded: by WILL_DEATH_MS for the process, and by WILL_SEAL_MS
 * for the RELEASEs that it left in the queue.  A RELEASE that does not come is
 * of a file that another process has inherited.
 *
 * Only the lock of the hooks is taken under w->lock.
 */
#ifndef IDEMFS_CORE_EXIT_LOCKS_EXIT_LOCKS_H
#define IDEMFS_CORE_EXIT_LOCKS_EXIT_LOCKS_H

#include "core/locks/lineage.h"
#include "core/version/version.h"

#define WILL_DEATH_MS 5000
#define WILL_SEAL_MS 100

struct exit_locks;

int exit_locks_new(struct versions *t, struct locks *locks,
		   struct exit_locks **ret);
void exit_locks_free(struct exit_locks *w); /* NULL is fine */

/*
 * The process of @tid, if it is ending while a version is pending.  Else 0: its
 * locks are free at once.
 */
pid_t exit_locks_process(struct exit_locks *w, pid_t tid);

/*
 * Leaves the POSIX locks of @owner in @line, or (0) all that came through
 * @handle, to a will of @pid.  False without memory: nothing has changed.
 * *ret_pid: the process for exit_locks_drop(), or 0.
 */
bool exit_locks_leave(struct exit_locks *w, struct lineage *line, pid_t pid,
		      uint64_t owner, uint64_t handle, pid_t *ret_pid);
void exit_locks_drop(struct exit_locks *w, pid_t pid); /* 0 is fine */

/*
 * Waits until all wills in @line are executed.  Before a caller is told that a
 * file is locked, the lock is tried again after this: it may be that of a
 * process which the caller has seen die.
 */
void exit_locks_wait(struct exit_locks *w, const struct lineage *line);

#endif
