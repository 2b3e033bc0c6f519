/* SPDX-License-Identifier: MIT */
#include "base/sys.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/log.h"
#include "base/util.h"

#define TELL_MS 10000 /* at least, between two warnings of a kind */

/* The value of @call, repeated after EINTR; -errno when it fails. */
#define CALL(call)                                      \
	__extension__({                                 \
		__typeof__(call) r_;                    \
		do                                      \
			r_ = (call);                    \
		while (r_ < 0 && errno == EINTR);       \
		r_ < 0 ? -(__typeof__(call))errno : r_; \
	})

static int do_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	return CALL(openat(dirfd, name, flags | O_CLOEXEC, mode));
}

static ssize_t do_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	return CALL(pwrite(fd, buf, n, off));
}

static ssize_t do_copy_file_range(int in, off_t *in_off, int out,
				  off_t *out_off, size_t n)
{
	return CALL(copy_file_range(in, in_off, out, out_off, n, 0));
}

static int do_clone(int out, int in)
{
	return CALL(ioctl(out, FICLONE, in));
}

static int do_set_flags(int fd, unsigned long request, const void *arg)
{
	return CALL(ioctl(fd, request, arg));
}

static int do_ftruncate(int fd, off_t size)
{
	return CALL(ftruncate(fd, size));
}

static int do_fallocate(int fd, int mode, off_t off, off_t len)
{
	return CALL(fallocate(fd, mode, off, len));
}

static int do_fsync(int fd)
{
	return CALL(fsync(fd));
}

static int do_fdatasync(int fd)
{
	return CALL(fdatasync(fd));
}

static int do_syncfs(int fd)
{
	return CALL(syncfs(fd));
}

static int do_write_extents(int fd)
{
	struct fiemap all = { .fm_length = FIEMAP_MAX_OFFSET,
			      .fm_flags = FIEMAP_FLAG_SYNC };

	return CALL(ioctl(fd, FS_IOC_FIEMAP, &all));
}

static int do_write_back(int fd, unsigned int flags)
{
	return CALL(sync_file_range(fd, 0, 0, flags));
}

static int do_renameat2(int fromfd, const char *from, int tofd, const char *to,
			unsigned int flags)
{
	return CALL(renameat2(fromfd, from, tofd, to, flags));
}

static int do_linkat(int fromfd, const char *from, int tofd, const char *to,
		     int flags)
{
	return CALL(linkat(fromfd, from, tofd, to, flags));
}

static int do_unlinkat(int dirfd, const char *name, int flags)
{
	return CALL(unlinkat(dirfd, name, flags));
}

static int do_mkdirat(int dirfd, const char *name, mode_t mode)
{
	return CALL(mkdirat(dirfd, name, mode));
}

static int do_mknodat(int dirfd, const char *name, mode_t mode, dev_t dev)
{
	return CALL(mknodat(dirfd, name, mode, dev));
}

static int do_symlinkat(const char *link_text, int dirfd, const char *name)
{
	return CALL(symlinkat(link_text, dirfd, name));
}

static int do_fchmod(int fd, mode_t mode)
{
	return CALL(fchmod(fd, mode));
}

static int do_fchown(int fd, uid_t uid, gid_t gid)
{
	return CALL(fchown(fd, uid, gid));
}

static int do_fchownat(int dirfd, const char *name, uid_t uid, gid_t gid,
		       int flags)
{
	return CALL(fchownat(dirfd, name, uid, gid, flags));
}

static int do_futimens(int fd, const struct timespec times[2])
{
	return CALL(futimens(fd, times));
}

static int do_chmod(const char *path, mode_t mode)
{
	return CALL(chmod(path, mode));
}

static int do_utimensat(int dirfd, const char *name,
			const struct timespec times[2], int flags)
{
	return CALL(utimensat(dirfd, name, times, flags));
}

static int do_setxattr(const char *path, const char *name, const void *value,
		       size_t size, int flags)
{
	return CALL(setxattr(path, name, value, size, flags));
}

static int do_removexattr(const char *path, const char *name)
{
	return CALL(removexattr(path, name));
}

static int do_fsetxattr(int fd, const char *name, const void *value,
			size_t size, int flags)
{
	return CALL(fsetxattr(fd, name, value, size, flags));
}

static int do_fremovexattr(int fd, const char *name)
{
	return CALL(fremovexattr(fd, name));
}

struct sys_calls sys = {
	.openat = do_openat,
	.pwrite = do_pwrite,
	.copy_file_range = do_copy_file_range,
	.clone = do_clone,
	.set_flags = do_set_flags,
	.ftruncate = do_ftruncate,
	.fallocate = do_fallocate,
	.fsync = do_fsync,
	.fdatasync = do_fdatasync,
	.syncfs = do_syncfs,
	.write_back = do_write_back,
	.write_extents = do_write_extents,
	.renameat2 = do_renameat2,
	.linkat = do_linkat,
	.unlinkat = do_unlinkat,
	.mkdirat = do_mkdirat,
	.mknodat = do_mknodat,
	.symlinkat = do_symlinkat,
	.fchmod = do_fchmod,
	.fchown = do_fchown,
	.fchownat = do_fchownat,
	.futimens = do_futimens,
	.chmod = do_chmod,
	.utimensat = do_utimensat,
	.setxattr = do_setxattr,
	.removexattr = do_removexattr,
	.fsetxattr = do_fsetxattr,
	.fremovexattr = do_fremovexattr,
};

int sys_last_fds = INT_MAX;

/* For the administrator: the program only learns that its call has failed. */
static void tell_limit(void)
{
	static atomic_llong next;
	long long now = now_ms(), at = atomic_load(&next);
	struct rlimit l = { 0 };

	if (now < at ||
	    !atomic_compare_exchange_strong(&next, &at, now + TELL_MS))
		return;
	getrlimit(RLIMIT_NOFILE, &l);
	log_warn("no descriptor is left for one more open file, which is "
		 "refused with ENFILE: close some, or mount with a higher hard "
		 "limit than %llu (ulimit -Hn)",
		 (unsigned long long)l.rlim_max);
}

int sys_keep_fd(int fd)
{
	if (fd < sys_last_fds && fd != -EMFILE)
		return fd;
	close_fd(fd);
	tell_limit();
	return -ENFILE;
}

/* @fd itself, if it is on a plain file; else it is closed. */
static int check_plain(int fd)
{
	struct stat st;
	int r = fd < 0 || fstat(fd, &st) == 0 ? fd : -errno;

	if (fd >= 0 && r >= 0 && !S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EBADF;
	if (r < 0)
		close_fd(fd);
	return r;
}

static int open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};

	return (int)CALL(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));
}

int sys_open_file(int dirfd, const char *path, int flags)
{
	/* Without O_NONBLOCK a FIFO of that name would hang the open. */
	flags |= O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	return check_plain(flags & O_CREAT
				   ? sys.openat(dirfd, path, flags, 0600)
				   : open_beneath(dirfd, path, flags));
}

int sys_open_dir(int dirfd, const char *path)
{
	return open_beneath(dirfd, path, O_RDONLY | O_DIRECTORY);
}

int sys_pwrite_all(int fd, const void *buf, size_t n, off_t off)
{
	const char *p = buf;
	ssize_t r;

	while (n > 0) {
		r = sys.pwrite(fd, p, n, off);
		if (r < 0)
			return (int)r;
		if (r == 0)
			return -EIO; /* or the loop would never end */
		p += r;
		off += r;
		n -= (size_t)r;
	}
	return 0;
}

ssize_t sys_pread_all(int fd, void *buf, size_t n, off_t off)
{
	size_t done = 0;
	ssize_t r;

	while (done < n) {
		r = CALL(pread(fd, (char *)buf + done, n - done,
			       off + (off_t)done));
		if (r < 0)
			return r;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

int sys_read_fd(int fd, size_t max, char **ret_data, size_t *ret_size)
{
	size_t room = 4096, size = 0;
	auto_free char *data = NULL;
	char *bigger;
	ssize_t r;

	/* st_size says nothing of a file in /proc: read until the end. */
	do {
		bigger = realloc(data, room + 1);
		if (!bigger)
			return -ENOMEM;
		data = bigger;
		r = sys_pread_all(fd, data + size, room - size, (off_t)size);
		if (r < 0)
			return (int)r;
		size += (size_t)r;
		if (size > max)
			return -EFBIG;
		if (size < room)
			break;
		room *= 2;
	} while (true);

	data[size] = '\0';
	*ret_data = steal_ptr(&data);
	*ret_size = size;
	return 0;
}

int sys_read_file(int dirfd, const char *name, size_t max, char **ret_data,
		  size_t *ret_size)
{
	auto_fd fd = check_plain(CALL(openat(dirfd, name,
					     O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
						     O_NONBLOCK | O_NOCTTY)));

	return fd < 0 ? fd : sys_read_fd(fd, max, ret_data, ret_size);
}

/*
 * A new file with a name that no other process uses.  The prefix is the one
 * that core/backing/state.h reserves, so that recovery knows what a crash has
 * left.
 */
static int make_temp(int dirfd, char *name, size_t size)
{
	static atomic_uint counter;
	int fd;

	do {
		snprintf(name, size, ".idemfs-tmp.%ld.%u", (long)getpid(),
			 atomic_fetch_add(&counter, 1));
		fd = sys.openat(dirfd, name,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	} while (fd == -EEXIST);
	return fd;
}

int sys_replace_file(int dirfd, const char *name, const void *data, size_t size,
		     bool durable)
{
	char temp[64];
	auto_fd fd = make_temp(dirfd, temp, sizeof(temp));
	int r;

	if (fd < 0)
		return fd;
	r = sys_pwrite_all(fd, data, size, 0);
	if (r == 0 && durable)
		r = sys.fsync(fd);
	if (r == 0)
		r = sys.renameat2(dirfd, temp, dirfd, name, 0);
	if (r < 0) {
		sys.unlinkat(dirfd, temp, 0);
		return r;
	}
	return durable ? sys.fsync(dirfd) : 0;
}
