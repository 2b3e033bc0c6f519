/* SPDX-License-Identifier: MIT */
/*
 * locks: advisory locks, answered when they can be had.
 *
 * Two kinds that know nothing of each other, as on Linux: POSIX locks, on a
 * range of bytes (fcntl(2); those of open file descriptions too, which differ
 * in who the owner is), and flock(2) locks, on a whole file.  What a file is
 * here says its struct lock_file: all versions of a name share one
 * (lineage.h), so that a reader of the old version and the writer of the next
 * one exclude each other.
 *
 * A request that has to wait is kept with its cookie, holds no thread, and is
 * answered later by the hook: granted in the order of arrival as soon as
 * nothing that is held is against it, or given up by locks_cancel().  Unlocking
 * never waits.  What an unlocking call sets free is answered before it
 * returns, but for locks_drop_handle(), which the receive loop calls.
 *
 * As the kernel has it (fs/locks.c):
 *  - a POSIX request that would close a circle of waiting owners is -EDEADLK;
 *    circles of more than LOCK_STEPS owners are not found;
 *  - a POSIX lock is changed in one step; flock(2) gives up the old lock first,
 *    also when the new one cannot be had.
 */
#ifndef IDEMFS_CORE_LOCKS_LOCKS_H
#define IDEMFS_CORE_LOCKS_LOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Held or waited for, in one mount; when those are not root's or the daemon's
 * user's; and by one such user: then -ENOLCK.
 */
#define LOCKS_MAX 65536
#define LOCKS_OF_USERS (LOCKS_MAX / 4 * 3)
#define LOCKS_OF_USER (LOCKS_MAX / 4)
#define LOCK_STEPS 32

struct lock_spec {
	bool flock;	/* else POSIX */
	bool exclusive; /* else shared */
	uint64_t start; /* first and last byte; a flock: 0 and UINT64_MAX */
	uint64_t end;
	uint64_t owner;	 /* as the kernel numbers them */
	uint64_t handle; /* the open file it came through */
	pid_t pid;	 /* for F_GETLK */
	uid_t uid;	 /* on whose account it goes */
};

struct locks;
struct lock_wait;

/* What is locked in one file; all zeros when nothing is. */
struct lock_file {
	struct lock *held; /* under l->lock */
};

struct lock_hooks {
	/* The request of @cookie has its answer: 0 or -errno.  No lock held. */
	void (*answer)(void *cookie, int r);
	/* Has it been interrupted already?  Called under l->lock. */
	bool (*interrupted)(void *cookie);
};

/* Nobody has the file open any more: what is left, at unmount, is void. */
void lock_file_release(struct lock_file *f);

int locks_new(const struct lock_hooks *hooks, struct locks **ret);
/* Nobody may wait any more. */
void locks_free(struct locks *l);

/* Is there one against @spec?  Then the first of them in *ret. */
bool locks_test(struct locks *l, struct lock_file *f,
		const struct lock_spec *spec, struct lock_spec *ret);

/*
 * Takes a lock, or changes what its owner has.  -EAGAIN when it cannot be had
 * now and @cookie is NULL; with a cookie -EINPROGRESS: the hook will answer, and
 * may have done so already.  -EDEADLK, -EINTR, -ENOLCK.
 */
int locks_set(struct locks *l, struct lock_file *f,
	      const struct lock_spec *spec, void *cookie);
/*
 * Gives up what the owner of @spec has in its range.  -ENOLCK when that would make
 * two of one, and is one too many.
 */
int locks_clear(struct locks *l, struct lock_file *f,
		const struct lock_spec *spec);

/* A descriptor was closed: @owner loses his POSIX locks. */
void locks_drop_owner(struct locks *l, struct lock_file *f, uint64_t owner);
/*
 * An open file has gone: so have the locks that came through it.  Returns what
 * that sets free, for locks_answer().
 */
struct lock_wait *locks_drop_handle(struct locks *l, struct lock_file *f,
				    uint64_t handle);
void locks_answer(struct locks *l, struct lock_wait *granted);
/*
 * @heir, a number of no owner and no handle, gets the POSIX locks of @owner, or
 * (0) all that came through @handle, until locks_drop_handle() of @heir.
 */
void locks_leave(struct locks *l, struct lock_file *f, uint64_t owner,
		 uint64_t handle, uint64_t heir);

/* The request of @cookie, if it still waits, is answered with -EINTR. */
void locks_cancel(struct locks *l, void *cookie);
/* At the end: all that wait are answered with @r. */
void locks_cancel_all(struct locks *l, int r);

/* Is anything held in @f? */
bool locks_any(struct locks *l, struct lock_file *f);
/* How many are held, and how many wait: in all files. */
void locks_count(struct locks *l, unsigned int *ret_held,
		 unsigned int *ret_waiting);

#endif
