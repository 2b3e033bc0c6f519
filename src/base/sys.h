/* SPDX-License-Identifier: MIT */
/*
 * sys: the system calls that change what is on disk, behind a table.
 *
 * Everything that writes to the backing filesystem goes through `sys`, so
 * that a test can make the n-th call fail, or stop the world after it.  Each
 * entry takes what the call of its name takes and returns what that returns,
 * except that an error is -errno in the result, never in errno.  EINTR is
 * retried.
 * Calls that only read are not here.
 *
 * The table is set before threads start and never changes while they run.
 */
#ifndef IDEMFS_BASE_SYS_H
#define IDEMFS_BASE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

struct sys_calls {
	/* creating opens only; O_CLOEXEC is added */
	int (*openat)(int dirfd, const char *name, int flags, mode_t mode);
	ssize_t (*pwrite)(int fd, const void *buf, size_t n, off_t off);
	ssize_t (*copy_file_range)(int in, off_t *in_off, int out,
				   off_t *out_off, size_t n);
	int (*clone)(int out, int in); /* FICLONE */
	/* FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR */
	int (*set_flags)(int fd, unsigned long request, const void *arg);
	int (*ftruncate)(int fd, off_t size);
	int (*fallocate)(int fd, int mode, off_t off, off_t len);
	int (*fsync)(int fd);
	int (*fdatasync)(int fd);
	int (*syncfs)(int fd);
	/*
	 * sync_file_range(2) of the whole file: begins the writeback or waits
	 * for it, but does not flush the disk's cache
	 */
	int (*write_back)(int fd, unsigned int flags);
	/* FIEMAP_FLAG_SYNC: likewise, until all extents are known */
	int (*write_extents)(int fd);
	int (*renameat2)(int fromfd, const char *from, int tofd, const char *to,
			 unsigned int flags);
	int (*linkat)(int fromfd, const char *from, int tofd, const char *to,
		      int flags);
	int (*unlinkat)(int dirfd, const char *name, int flags);
	int (*mkdirat)(int dirfd, const char *name, mode_t mode);
	int (*mknodat)(int dirfd, const char *name, mode_t mode, dev_t dev);
	int (*symlinkat)(const char *target, int dirfd, const char *name);
	int (*fchmod)(int fd, mode_t mode);
	int (*fchown)(int fd, uid_t uid, gid_t gid);
	int (*fchownat)(int dirfd, const char *name, uid_t uid, gid_t gid,
			int flags);
	int (*futimens)(int fd, const struct timespec times[2]);
	int (*chmod)(const char *path, mode_t mode);
	int (*utimensat)(int dirfd, const char *name,
			 const struct timespec times[2], int flags);
	int (*setxattr)(const char *path, const char *name, const void *value,
			size_t size, int flags);
	int (*removexattr)(const char *path, const char *name);
	int (*fsetxattr)(int fd, const char *name, const void *value,
			 size_t size, int flags);
	int (*fremovexattr)(int fd, const char *name);
};

extern struct sys_calls sys;

/*
 * The kernel gives the lowest free descriptor, so a high number says that few
 * are left.  Descriptors from sys_last_fds on are for ending what has begun:
 * promotions, marks, quarantine.  What the daemon opens and keeps for users of
 * the mount goes through sys_keep_fd(): it returns @fd, a descriptor or an
 * error, or closes it, returns -ENFILE and now and then logs a warning.  Set
 * before threads start.
 */
extern int sys_last_fds;
int sys_keep_fd(int fd);

/*
 * Opens the plain file @path below @dirfd, where another user may have put
 * anything.  No symbolic link on the way is followed (-ELOOP), nothing outside
 * @dirfd is reached (-EXDEV), and the open waits for no FIFO or device.  What
 * is not a plain file is -EISDIR or -EBADF.  With O_CREAT, @path must be a
 * single name, and the mode is 0600.
 */
int sys_open_file(int dirfd, const char *path, int flags);
/* Likewise a directory, for reading. */
int sys_open_dir(int dirfd, const char *path);

/* Writes all of @n bytes at @off, or returns -errno. */
int sys_pwrite_all(int fd, const void *buf, size_t n, off_t off);

/* Reads up to @n bytes at @off until end of file: the count, or -errno. */
ssize_t sys_pread_all(int fd, void *buf, size_t n, off_t off);

/*
 * Reads the whole file of @fd into memory, at most @max bytes (else -EFBIG).
 * The caller frees *ret_data; one NUL follows the data.
 */
int sys_read_fd(int fd, size_t max, char **ret_data, size_t *ret_size);
/*
 * Likewise a file below @dirfd, or at a path.  A symbolic link of that name is
 * not followed (-ELOOP), and a FIFO is not waited for (-EISDIR or -EBADF).
 */
int sys_read_file(int dirfd, const char *name, size_t max, char **ret_data,
		  size_t *ret_size);

/*
 * Makes @name below @dirfd hold exactly @data: temp, write, fsync if @durable,
 * rename, fsync of @dirfd if @durable.  The temp has a reserved name in that
 * directory, and is removed when this fails.
 */
int sys_replace_file(int dirfd, const char *name, const void *data, size_t size,
		     bool durable);

#endif
