/* SPDX-License-Identifier: MIT */
/*
 * locking: what flock(2) and fcntl(2) ask, and how closing a file unlocks.
 *
 * What the kernel sends (fs/fuse/file.c): a lock has a number for its owner.
 * For a POSIX lock that is the process's table of descriptors; for flock(2) and
 * locks of open file descriptions it is the open file.  A FLUSH carries the
 * former, so it gives up POSIX locks.  A RELEASE carries a handle: all that was
 * locked through it is given up then, and nothing else says so for the locks of
 * open file descriptions.
 *
 * A handle that only reads sends no FLUSH (FOPEN_NOFLUSH), unless its file was
 * locked when it was opened.  Its POSIX locks go with its RELEASE.
 *
 * The locks of a process that ends with files open are freed only once the
 * versions of those files are settled (core/exit_locks/exit_locks.h).
 *
 * These work on handles of every kind.
 */
#ifndef IDEMFS_MOUNT_FILE_LOCKING_H
#define IDEMFS_MOUNT_FILE_LOCKING_H

#include "mount/fs/fs.h"

struct handle;

/*
 * For core: a request that waits for a lock is its cookie (core/locks/locks.h).
 */
extern const struct lock_hooks locking_hooks;

/* F_GETLK: *lock becomes the one that is in the way, or F_UNLCK. */
int locking_get(struct request *q, struct handle *h,
		const struct fuse_file_info *fi, struct flock *lock);
/*
 * F_SETLK, and with @sleep F_SETLKW.  -EINPROGRESS: the reply comes, or has
 * come, from another thread, and @h and the request may be gone.
 */
int locking_set(struct request *q, struct handle *h,
		const struct fuse_file_info *fi, const struct flock *lock,
		bool sleep);
/* Likewise flock(2) with operation @op. */
int locking_flock(struct request *q, struct handle *h,
		  const struct fuse_file_info *fi, int op);

/* Is anything locked in the file that @h is open on? */
bool locking_any(struct fs *fs, struct handle *h);
/*
 * By FLUSH: thread @tid, whose lock owner is @owner, closes a descriptor of @h.
 * Returns the process for which the caller must call exit_locks_drop() once it
 * has replied, or 0.
 */
pid_t locking_close(struct fs *fs, struct handle *h, uint64_t owner, pid_t tid);
/* At the gate, in the order of the kernel's queue: @h is released. */
void locking_release(struct fs *fs, struct handle *h);
/* By RELEASE itself, later: the requests that waited for that are answered. */
void locking_released(struct fs *fs, struct handle *h);

#endif
