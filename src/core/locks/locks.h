/* SPDX-License-Identifier: MIT */
/*
 * locks: advisory locks.  A request is answered when it can be granted.
 *
 * There are two kinds, independent of each other as on Linux: POSIX locks, on a
 * range of bytes (fcntl(2), also those of open file descriptions, which only
 * have another owner), and flock(2) locks, on a whole file.  A file is here
 * what has a struct lock_file.  All versions of a name share one (lineage.h),
 * so that a reader of the old version and the writer of the next one exclude
 * each other.
 *
 * A request that has to wait is kept with its cookie, and holds no thread.  The
 * hook answers it later.  Requests are granted in the order of arrival, as soon
 * as no lock that is held is in conflict; or locks_cancel() gives them up.
 * Unlocking never waits.  A call that unlocks answers the requests that it sets
 * free before it returns, except locks_drop_handle(), which the receive loop
 * calls.
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
 * How many may be held or waited for in one mount; how many of these by users
 * other than root and the daemon's; and how many by one such user.  More are
 * -ENOLCK.
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
	uint64_t owner;	 /* the number that the kernel gives it */
	uint64_t handle; /* the open file it came through */
	pid_t pid;	 /* for F_GETLK */
	uid_t uid;	 /* counted for this user */
};

struct locks;
struct lock_wait;

/* The locks of one file; all zeros when there is none. */
struct lock_file {
	struct lock *held; /* under l->lock */
};

struct lock_hooks {
	/* Answers the request of @cookie with 0 or -errno.  No lock is held. */
	void (*answer)(void *cookie, int r);
	/* Has it been interrupted already?  Called under l->lock. */
	bool (*interrupted)(void *cookie);
};

/* The file is not open any more.  Locks that are left, at unmount, are void. */
void lock_file_release(struct lock_file *f);

int locks_new(const struct lock_hooks *hooks, struct locks **ret);
/* No request may wait any more. */
void locks_free(struct locks *l);

/* Is a lock in conflict with @spec?  Then the first of these is in *ret. */
bool locks_test(struct locks *l, struct lock_file *f,
		const struct lock_spec *spec, struct lock_spec *ret);

/*
 * Takes a lock, or changes the locks of its owner.  When it cannot be granted
 * now: -EAGAIN without a @cookie; with one -EINPROGRESS: the hook will answer,
 * and may have done so already.  Also -EDEADLK, -EINTR, -ENOLCK.
 */
int locks_set(struct locks *l, struct lock_file *f,
	      const struct lock_spec *spec, void *cookie);
/*
 * Gives up the locks of the owner of @spec in its range.  -ENOLCK when that
 * would split a lock in two, and there are too many already.
 */
int locks_clear(struct locks *l, struct lock_file *f,
		const struct lock_spec *spec);

/* A descriptor was closed: @owner loses its POSIX locks. */
void locks_drop_owner(struct locks *l, struct lock_file *f, uint64_t owner);
/*
 * The open file @handle is gone, and so are the locks that came through it.
 * Returns the requests that this sets free, for locks_answer().
 */
struct lock_wait *locks_drop_handle(struct locks *l, struct lock_file *f,
				    uint64_t handle);
void locks_answer(struct locks *l, struct lock_wait *granted);
/*
 * @heir gets the POSIX locks of @owner, or, when that is 0, all that came
 * through @handle.  It is a number that no owner and no handle has, and keeps
 * them until locks_drop_handle() of @heir.
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
