/* SPDX-License-Identifier: MIT */
/*
 * xattr: extended attributes and ACLs.  Setting follows the rule of attr.c.
 */
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "idemfs/control.h"
#include "mount/fs/fs.h"

static int apply(int fd, const void *arg)
{
	return xattr_change_fd(fd, arg);
}

static int change_dir(struct dir *d, const struct xattr_change *c)
{
	auto_pin pin = { 0 };
	int r = dir_pin(d, &pin);

	if (!r)
		r = apply(pin.fd, c);
	dir_forget_traits(d);
	return r;
}

/* As change_both() of attr.c. */
static int change_place(struct fs *fs, struct dir *parent, const char *name,
			const struct file_key *key,
			const struct xattr_change *c, struct version *shown)
{
	struct xattr_change harmless = *c;
	int r;

	harmless.harmless = true;
	r = tree_change_both(fs->versions, parent, name, key,
			     &(struct tree_change){ apply, c, &harmless,
						    c->by->uid, shown });
	/* An ACL changes the mode. */
	fs_forget_pending(fs, parent, name);
	return r;
}

static int change_version(struct fs *fs, struct node *n, struct version *v,
			  const struct xattr_change *c)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = version_fill(v);

	atomic_store(&v->changed, true);
	if (!r)
		r = apply(version_fd_for_read(v), c);
	/* By path: the committed file too, if there is one. */
	if (!r && node_take_path(fs->nodes, n, c->by->tid) &&
	    !fs_place(fs, n, &parent, &name, &key) &&
	    !version_same_owner(v, parent, name, &key)) {
		struct xattr_change again = *c;

		again.flags = 0;
		change_place(fs, parent, name, &key, &again, v);
		fs_forget_file_attr(fs, &key);
	}
	fs_forget_base_attr(fs, v);
	return r;
}

static int change(struct fs *fs, struct node *n, const struct xattr_change *c)
{
	auto_version *v = NULL;
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r;

	if (!n)
		return -ESTALE;
	if (fs_is_inflight(n))
		return -EROFS;
	/* A program that copies a file then goes on without, as coreutils do. */
	if (fs_is_mark(n) || (n->dir && n->dir->marks))
		return -EOPNOTSUPP;
	if (n->dir)
		return change_dir(n->dir, c);
	v = node_version(fs->nodes, n);
	if (v)
		return change_version(fs, n, v, c);
	r = fs_place(fs, n, &parent, &name, &key);
	if (!r)
		r = change_place(fs, parent, name, &key, c, NULL);
	if (r == -ESTALE || r == -ENOENT || r == -ENOTDIR) {
		auto_fd fd = -1;

		/* Gone from there: by a handle, or found again by a LOOKUP. */
		r = node_reopen(fs->nodes, n, O_PATH, &fd);
		if (!r)
			r = apply(fd, c);
	}
	return r;
}

void fs_op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		    const char *value, size_t size, int flags)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	struct caller by = fs_caller(req);
	struct xattr_change c = { .name = name,
				  .value = value ? value : "",
				  .size = size,
				  .flags = flags,
				  .by = &by };

	reply_result(req, change(fs, n.n, &c));
}

void fs_op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	struct caller by = fs_caller(req);
	struct xattr_change c = { .name = name, .by = &by };

	reply_result(req, change(fs, n.n, &c));
}

/* A path that leads to @n and nothing else: /proc/self/fd/N of *ret_fd. */
static int proc_path(struct fs *fs, struct node *n, char *path, size_t size,
		     int *ret_fd)
{
	auto_version *v = NULL;
	auto_pin pin = { 0 };
	int fd = -1, r = 0;

	if (!n)
		return -ESTALE;
	v = node_version(fs->nodes, n);
	if (fs_is_inflight(n)) {
		r = inflight_fd(fs, n, &fd);
	} else if (fs_is_mark(n) || (n->dir && n->dir->marks)) {
		return -ENODATA;
	} else if (n->dir) {
		r = dir_pin(n->dir, &pin);
		fd = r < 0 ? r : dup(pin.fd);
	} else if (v) {
		fd = dup(version_fd_for_read(v));
	} else {
		r = fs_open_node(fs, n, O_PATH, &fd);
	}
	if (r < 0)
		return r;
	if (fd < 0)
		return -errno;
	snprintf(path, size, "/proc/self/fd/%d", fd);
	*ret_fd = fd;
	return 0;
}

/* As the kernel does below: trusted.* is for those who may have it. */
static ssize_t without_trusted(char *list, ssize_t n)
{
	char *to = list;

	for (char *p = list, *next; p < list + n; p = next) {
		next = p + strlen(p) + 1;
		if (!strncmp(p, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN))
			continue;
		memmove(to, p, (size_t)(next - p));
		to += next - p;
	}
	return to - list;
}

static ssize_t list_for(const struct fuse_ctx *ctx, const char *path, char *buf,
			size_t size)
{
	auto_free char *all = NULL;
	ssize_t n;

	if (ctx->uid == 0)
		return listxattr(path, buf, size);
	all = malloc(XATTR_LIST_MAX);
	n = all ? listxattr(path, all, XATTR_LIST_MAX) : -1;
	if (n < 0)
		return n;
	n = without_trusted(all, n);
	if (size && (size_t)n > size) {
		errno = ERANGE;
		return -1;
	}
	if (size)
		memcpy(buf, all, (size_t)n);
	return n;
}

static void reply_bytes(fuse_req_t req, const char *buf, ssize_t n, size_t size)
{
	if (n < 0)
		fuse_reply_err(req, errno);
	else if (size == 0)
		fuse_reply_xattr(req, (size_t)n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
}

/* IDEMFS_XATTR_STALE of a mark */
static void reply_stale(fuse_req_t req, struct fs *fs, struct node *n,
			size_t size)
{
	char why[STANDING_WHY];
	struct caller by = fs_caller(req);
	int r = marks_why_stale(fs, n, &by, why);

	if (r >= 0 && size && (size_t)r > size)
		r = -ERANGE;
	errno = -r;
	reply_bytes(req, why, r < 0 ? -1 : r, size);
}

/*
 * What the kernel asks before it writes to a file: who has just made one has
 * given it no capabilities, nor has a file that had no xattrs at all.
 */
static bool is_surely_bare(struct version *v, const char *name)
{
	/* A temp of its own: then what else of it is const is known, too. */
	bool has_temp = atomic_load(&v->fd) >= 0;

	return has_temp && (v->bare || !v->replaces) &&
	       !atomic_load(&v->changed) && !strcmp(name, XATTR_NAME_CAPS);
}

static ssize_t get(struct fs *fs, struct node *n, const char *name, char *buf,
		   size_t size)
{
	auto_version *v = n ? node_version(fs->nodes, n) : NULL;
	char path[64];
	auto_fd fd = -1;
	int r;

	errno = ENODATA;
	if (v && is_surely_bare(v, name))
		return -1;
	r = proc_path(fs, n, path, sizeof(path), &fd);
	errno = -r;
	return r < 0 ? -1 : getxattr(path, name, buf, size);
}

void fs_op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		    size_t size)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	auto_free char *buf = size ? malloc(size) : NULL;

	if (n.n && fs_is_mark(n.n) && !strcmp(name, IDEMFS_XATTR_STALE))
		reply_stale(req, fs, n.n, size);
	else if (size && !buf)
		reply_result(req, -ENOMEM);
	else
		reply_bytes(req, buf, get(fs, n.n, name, buf, size), size);
}

void fs_op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	auto_free char *buf = size ? malloc(size) : NULL;
	char path[64];
	auto_fd fd = -1;
	int r = size && !buf ? -ENOMEM
			     : proc_path(fs, n.n, path, sizeof(path), &fd);

	if (r == -ENODATA)
		reply_bytes(req, "", 0, size);
	else if (r < 0)
		reply_result(req, r);
	else
		reply_bytes(req, buf,
			    list_for(fuse_req_ctx(req), path, buf, size), size);
}
