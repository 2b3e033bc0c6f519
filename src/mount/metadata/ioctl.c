/* SPDX-License-Identifier: MIT */
/*
 * ioctl: lsattr(1) and chattr(1).  The kernel makes an OPEN or OPENDIR, an
 * IOCTL and a RELEASE of each FS_IOC_GETFLAGS and the like (fs/fuse/ioctl.c).
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/flush/flush.h"
#include "mount/entry/cache.h"
#include "mount/metadata/metadata.h"
#include "mount/node/handle.h"

#define FORBIDDING (FS_IMMUTABLE_FL | FS_APPEND_FL)
#define FORBIDDING_X (FS_XFLAG_IMMUTABLE | FS_XFLAG_APPEND)

/* What the flags are of; an ioctl takes no O_PATH descriptor. */
struct target {
	struct dir *dir; /* no reference */
	int fd;
	int own; /* to be closed, or -1 */
};

static void target_close(struct target *t)
{
	close_fd(t->own);
}
#define auto_target __attribute__((cleanup(target_close))) struct target

static int open_dir(struct target *t, struct dir *dir)
{
	auto_pin pin = { 0 };
	int r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	t->dir = dir;
	t->own = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t->fd = t->own;
	return t->fd < 0 ? -errno : 0;
}

static int open_target(struct target *t, struct handle *h)
{
	if (h->node->dir)
		return open_dir(t, h->node->dir);
	t->fd = handle_any_fd(h);
	return 0;
}

/*
 * Linux checks this itself since 5.13.  A pending version is renamed when it is
 * promoted, which these flags forbid.
 */
static int may_set(struct handle *h, int fd, const struct caller *by,
		   bool forbids)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (by->uid && (by->uid != st.st_uid || forbids))
		return -EPERM;
	return forbids && h->version && !version_is_settled(h->version) ? -EBUSY
									: 0;
}

static int set_flags(struct fs *fs, struct handle *h, struct target *t,
		     unsigned long request, const void *arg)
{
	int r = sys.set_flags(t->fd, request, arg);

	if (r < 0)
		return r;
	if (t->dir)
		dir_forget_traits(t->dir);
	flush_touch(fs->core->rooms.flush);
	cache_forget_node(fs, h->node); /* the ctime has moved */
	return 0;
}

static int set_by_flags(struct request *q, struct handle *h, struct target *t,
			const void *in, size_t size)
{
	int flags = 0, old = 0, r;

	if (size < sizeof(flags))
		return -EINVAL;
	memcpy(&flags, in, sizeof(flags));
	if (ioctl(t->fd, FS_IOC_GETFLAGS, &old) < 0)
		return -errno;
	r = may_set(h, t->fd, &q->by, (flags ^ old) & FORBIDDING);
	return r < 0 ? r : set_flags(q->fs, h, t, FS_IOC_SETFLAGS, &flags);
}

static int set_by_fsxattr(struct request *q, struct handle *h, struct target *t,
			  const void *in, size_t size)
{
	struct fsxattr attr, old;
	int r;

	if (size < sizeof(attr))
		return -EINVAL;
	memcpy(&attr, in, sizeof(attr));
	if (ioctl(t->fd, FS_IOC_FSGETXATTR, &old) < 0)
		return -errno;
	r = may_set(h, t->fd, &q->by,
		    (attr.fsx_xflags ^ old.fsx_xflags) & FORBIDDING_X);
	return r < 0 ? r : set_flags(q->fs, h, t, FS_IOC_FSSETXATTR, &attr);
}

int metadata_ioctl(struct request *q, struct handle *h, unsigned int cmd,
		   const void *in, size_t in_size, union node_ioctl *ret)
{
	auto_target t = { .fd = -1, .own = -1 };
	bool gets = cmd == FS_IOC_GETFLAGS || cmd == FS_IOC_FSGETXATTR;
	bool sets = cmd == FS_IOC_SETFLAGS || cmd == FS_IOC_FSSETXATTR;
	int r = gets || sets ? open_target(&t, h) : -ENOTTY;

	if (r < 0)
		return r;
	if (gets)
		return ioctl(t.fd, cmd, ret) < 0 ? -errno : 0;
	r = cmd == FS_IOC_SETFLAGS ? set_by_flags(q, h, &t, in, in_size)
				   : set_by_fsxattr(q, h, &t, in, in_size);
	if (!r)
		memcpy(ret, in,
		       in_size < sizeof(*ret) ? in_size : sizeof(*ret));
	return r;
}
