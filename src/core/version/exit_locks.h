/* SPDX-License-Identifier: MIT */
/*
 * wills: the locks of a process that ends with its files open.
 *
 * As the kernel does it (kernel/exit.c, fs/file.c): a process that exits first
 * closes all descriptors, and each sends its FLUSH, which gives up POSIX locks;
 * then come the RELEASEs, which give up all others and promote what was
 * written; then it is dead, a zombie.  In that order the lock would be had by
 * somebody who still finds the old file.  So what such a process has locked is
 * left to a will, which holds it, as an owner of its own, until the process is
 * dead and what it has written is sealed.
 *
 * Who closes a file that is locked calls exit_locks_leave(); if that gives him a
 * process, he answers the kernel, for which that waits, and then calls
 * exit_locks_drop(), with no lock held.  All wills of one process are executed
 * together, by whoever had the first; of one that is left just when they have
 * been, he who leaves it is the first again.  So nobody keeps a will: each
 * belongs to the executor who takes it, and there may be two of them.
 *
 * Both waits are bounded: by WILL_DEATH_MS for the process, and WILL_SEAL_MS for
 * the RELEASEs that it left in the queue.  One that does not come is of a file
 * that another process has inherited.
 *
 * w->lock: only the hooks' is taken under it.
 */
#ifndef IDEMFS_CORE_VERSION_EXIT_LOCKS_H
#define IDEMFS_CORE_VERSION_EXIT_LOCKS_H

#include "core/locks/lineage.h"
#include "core/version/version.h"

#define WILL_DEATH_MS 5000
#define WILL_SEAL_MS 100

struct exit_locks;

int exit_locks_new(struct versions *t, struct locks *locks,
		   struct exit_locks **ret);
void exit_locks_free(struct exit_locks *w); /* NULL is fine */

/*
 * Is @tid's process ending, while something is open for writing?  Then its
 * number, else 0: its locks may be had by others at once.
 */
pid_t exit_locks_process(struct exit_locks *w, pid_t tid);

/*
 * What POSIX locks @owner has in @line, or (0) all that came through @handle,
 * are left to a will of @pid.  False without memory: nothing has changed.
 * *ret_pid: whose wills the caller is to execute, or 0.
 */
bool exit_locks_leave(struct exit_locks *w, struct lineage *line, pid_t pid,
		      uint64_t owner, uint64_t handle, pid_t *ret_pid);
void exit_locks_drop(struct exit_locks *w, pid_t pid); /* 0 is fine */

/*
 * Waits until all that have been left in @line are executed.  Who would be told
 * that something is locked asks again after that: it may have been by a process
 * that he has seen die.
 */
void exit_locks_wait(struct exit_locks *w, const struct lineage *line);

#endif
