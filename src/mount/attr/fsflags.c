/* SPDX-License-Identifier: MIT */
/*
 * flags: lsattr and chattr.  The kernel makes an OPEN or OPENDIR, an IOCTL and
 * a RELEASE of each FS_IOC_GETFLAGS and the like (fs/fuse/ioctl.c).
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/sys.h"
#include "base/util.h"
#include "mount/fs/fs.h"

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
	if (fs_is_mark(h->node) || (h->node->dir && h->node->dir->marks))
		return -ENOTTY;
	if (h->node->dir)
		return open_dir(t, h->node->dir);
	t->fd = handle_any_fd(h);
	return 0;
}

/*
 * The kernel has judged this since Linux 5.13.  What is pending is renamed when
 * it is closed, which these flags forbid.
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
	versions_note_change(fs->versions);
	fs_forget_node_attr(fs, h->node); /* the ctime has moved */
	return 0;
}

static int set_by_flags(fuse_req_t req, struct handle *h, struct target *t,
			const void *in, size_t size)
{
	struct caller by = fs_caller(req);
	int flags = 0, old = 0, r;

	if (size < sizeof(flags))
		return -EINVAL;
	memcpy(&flags, in, sizeof(flags));
	if (ioctl(t->fd, FS_IOC_GETFLAGS, &old) < 0)
		return -errno;
	r = may_set(h, t->fd, &by, (flags ^ old) & FORBIDDING);
	return r < 0 ? r : set_flags(fs_of(req), h, t, FS_IOC_SETFLAGS, &flags);
}

static int set_by_fsxattr(fuse_req_t req, struct handle *h, struct target *t,
			  const void *in, size_t size)
{
	struct caller by = fs_caller(req);
	struct fsxattr attr, old;
	int r;

	if (size < sizeof(attr))
		return -EINVAL;
	memcpy(&attr, in, sizeof(attr));
	if (ioctl(t->fd, FS_IOC_FSGETXATTR, &old) < 0)
		return -errno;
	r = may_set(h, t->fd, &by,
		    (attr.fsx_xflags ^ old.fsx_xflags) & FORBIDDING_X);
	return r < 0 ? r
		     : set_flags(fs_of(req), h, t, FS_IOC_FSSETXATTR, &attr);
}

static void get(fuse_req_t req, struct target *t, unsigned int cmd,
		size_t out_size)
{
	union {
		int flags;
		struct fsxattr attr;
	} out = { 0 };

	if (out_size > sizeof(out))
		out_size = sizeof(out);
	if (ioctl(t->fd, cmd, &out) < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_ioctl(req, 0, &out, out_size);
}

void fs_op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
		 struct fuse_file_info *fi, unsigned int flags, const void *in,
		 size_t in_size, size_t out_size)
{
	auto_target t = { .fd = -1, .own = -1 };
	struct handle *h = fs_handle(fi);
	bool gets = cmd == FS_IOC_GETFLAGS || cmd == FS_IOC_FSGETXATTR;
	bool sets = cmd == FS_IOC_SETFLAGS || cmd == FS_IOC_FSSETXATTR;
	int r = gets || sets ? open_target(&t, h) : -ENOTTY;

	(void)ino;
	(void)arg;
	(void)flags;
	if (!r && gets) {
		get(req, &t, cmd, out_size);
		return;
	}
	if (!r)
		r = cmd == FS_IOC_SETFLAGS
			    ? set_by_flags(req, h, &t, in, in_size)
			    : set_by_fsxattr(req, h, &t, in, in_size);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_ioctl(req, 0, in,
				 out_size < in_size ? out_size : in_size);
}
