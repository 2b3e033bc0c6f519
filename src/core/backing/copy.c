/* SPDX-License-Identifier: MIT */
#include "core/backing/copy.h"

#include <errno.h>
#include <linux/xattr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/attr.h"
#include "core/backing/backing.h"

#define XATTR_MAX 65536		     /* the kernel's own limits */
#define COPY_CHUNK ((size_t)1 << 30) /* what one copy_file_range is asked */

static int copy_by_hand(int from, int to, off_t off, off_t end)
{
	size_t room = 1 << 20;
	auto_free char *buf = malloc(room);

	if (!buf)
		return -ENOMEM;
	while (off < end) {
		size_t want = (size_t)(end - off) < room ? (size_t)(end - off)
							 : room;
		ssize_t n = pread(from, buf, want, off);
		int r;

		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		r = sys_pwrite_all(to, buf, (size_t)n, off);
		if (r < 0)
			return r;
		off += n;
	}
	return 0;
}

int copy_range(int from, int to, off_t off, off_t end)
{
	while (off < end) {
		off_t in = off, out = off;
		size_t want = (size_t)(end - off);
		ssize_t n = sys.copy_file_range(from, &in, to, &out,
						want < COPY_CHUNK ? want
								  : COPY_CHUNK);

		if (n == -EXDEV || n == -EINVAL || n == -EOPNOTSUPP ||
		    n == -ENOSYS || n == -EBADF)
			return copy_by_hand(from, to, off, end);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		off += n;
	}
	return 0;
}

int copy_extents(int from, int to, off_t end)
{
	off_t data = 0, hole;
	int r;

	while (data < end) {
		data = lseek(from, data, SEEK_DATA);
		if (data < 0) /* a hole up to the end? */
			return errno == ENXIO ? 0 : -errno;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		r = copy_range(from, to, data, hole < end ? hole : end);
		if (r < 0)
			return r;
		data = hole;
	}
	return 0;
}

int copy_bytes(int from, int to)
{
	struct stat st;
	int r;

	if (fstat(from, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return 0;
	if (!sys.clone(to, from))
		return 0;
	r = copy_extents(from, to, st.st_size);
	return r < 0 ? r : sys.ftruncate(to, st.st_size);
}

/* Attributes */

static int copy_xattr(int from, int to, const char *proc, const char *name,
		      char *value)
{
	ssize_t n = from >= 0 ? fgetxattr(from, name, value, XATTR_MAX) : -1;
	int r;

	/* @from may be an O_PATH descriptor. */
	if (n < 0 && (from < 0 || errno == EBADF))
		n = getxattr(proc, name, value, XATTR_MAX);
	if (n < 0)
		return errno == ENODATA ? 0 : -errno;
	r = sys.fsetxattr(to, name, value, (size_t)n, 0);
	/* security.* and trusted.* need privilege that we may not have. */
	if ((r == -EPERM || r == -EOPNOTSUPP) && geteuid() != 0)
		return 0;
	return r;
}

static int copy_xattrs(int from, int to, bool powers, bool *ret_none)
{
	char proc[64], names[4096];
	auto_free char *more = NULL, *value = NULL;
	char *list = names;
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", from);
	n = listxattr(proc, names, sizeof(names));
	if (n < 0 && errno == ERANGE) {
		list = more = malloc(XATTR_MAX);
		n = more ? listxattr(proc, more, XATTR_MAX) : -1;
	}
	if (n < 0)
		return errno == ENOTSUP ? 0 : -errno;
	*ret_none = n == 0;
	if (n == 0)
		return 0;
	value = malloc(XATTR_MAX);
	if (!value)
		return -ENOMEM;
	for (char *p = list; p < list + n; p += strlen(p) + 1) {
		int r = !powers && !strcmp(p, XATTR_NAME_CAPS)
				? 0
				: copy_xattr(from, to, proc, p, value);

		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * A process that is not root cannot give files away; the group alone may be
 * possible.  -EINVAL: this user namespace has no such user.
 */
static int copy_owner(const struct statx *old, int to, bool *ret_kept)
{
	int r = sys.fchown(to, old->stx_uid, old->stx_gid);

	*ret_kept = r == 0;
	if (r != -EPERM && r != -EINVAL)
		return r;
	r = sys.fchown(to, (uid_t)-1, old->stx_gid);
	return r == -EPERM || r == -EINVAL ? 0 : r;
}

int copy_attributes(int from, int to, bool powers, struct copied *ret)
{
	struct statx old, fresh;
	mode_t mode;
	int r = fd_statx(from, &old);

	*ret = (struct copied){ .owner = true };
	if (!r)
		r = fd_statx(to, &fresh);
	if (r < 0)
		return r;
	mode = old.stx_mode & 07777;
	if (old.stx_uid != fresh.stx_uid || old.stx_gid != fresh.stx_gid) {
		r = copy_owner(&old, to, &ret->owner);
		fresh.stx_mode = 0; /* chown may have cleared bits */
	}
	/* Set-id bits were meant for the old owner, not for this one. */
	if (!ret->owner)
		mode &= (mode_t) ~(S_ISUID | S_ISGID);
	if (!powers)
		mode = attr_written(mode);
	if (!r)
		r = copy_xattrs(from, to, powers, &ret->bare);
	if (!r && mode != (fresh.stx_mode & 07777))
		r = sys.fchmod(to, mode);
	return r;
}
