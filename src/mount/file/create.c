/* SPDX-License-Identifier: MIT */
/*
 * create: CREATE and TMPFILE.
 *
 * The kernel believes that there is nothing; but something may have come, or be
 * pending and not shown to the caller: so the name is looked at again.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "mount/file/opened.h"
#include "mount/fs/fs.h"
#include "mount/kernel/session.h"

static int found_new(struct fs *fs, struct version *v, struct node *n,
		     struct found *f)
{
	struct file_key key;
	struct statx st;
	int r = fd_statx(version_fd_for_read(v), &st);

	if (r < 0)
		return r;
	key = statx_key(&st);
	if (atomic_load(&v->fd) >= 0)
		node_set_key(fs->nodes, n, &key);
	*f = (struct found){ .node = node_get(fs->nodes, n->id),
			     .attr_timeout = fs_long_timeout(fs) };
	statx_to_stat(&st, &f->st);
	/* It may be dropped before the GETATTR of somebody's walk comes. */
	node_remember(fs->nodes, n, &f->st);
	fs_fix_ino(fs, key.dev, &f->st);
	return f->node ? 0 : -ESTALE;
}

static void reply_new(fuse_req_t req, struct handle *h,
		      struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct found f;
	int r;

	fi->keep_cache = 1;
	opened_publish(fs, h, fi);
	r = found_new(fs, h->version, h->node, &f);
	if (r < 0) {
		opened_unpublish(fs, h, fi);
		reply_result(req, r);
		return;
	}
	if (reply_created(req, fs, &f, fi) < 0)
		opened_unpublish(fs, h, fi);
}

static int create_version(fuse_req_t req, const struct version_new *given,
			  bool anonymous, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct version_new spec = *given;
	struct node *n = node_for_new(fs->nodes, S_IFREG);
	struct handle *h = n ? handle_new(n, &given->by, fi->flags) : NULL;
	int r;

	if (!h) {
		node_put(fs->nodes, n);
		return -ENOMEM;
	}
	spec.owner = n->id;
	r = anonymous ? version_create_anonymous(fs->versions, &spec, &h->w,
						 &h->version)
		      : version_create(fs->versions, &spec, &h->w, &h->version);
	if (r < 0) {
		opened_drop(fs, h);
		return r;
	}
	h->writing = true;
	node_set_version(fs->nodes, n, h->version);
	reply_new(req, h, fi);
	return 0;
}

/* Of a CREATE that is answered with no file the kernel sends no RELEASE. */
static int check_regular(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : -ENXIO;
}

/*
 * CREATE for reading alone, as flock(1) does: what is committed meanwhile is
 * opened, so that all who lock it lock one file.  -ESTALE for what is no file:
 * the kernel looks again.
 */
static int create_by_reading(fuse_req_t req, struct dir *dir, const char *name,
			     struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	struct handle *h = NULL;
	struct found f;
	auto_fd fd = -1;
	int r = fs_lookup(fs, dir, name, by.tid, &f);

	if (r < 0)
		return r;
	r = fs_open_node(fs, f.node, O_RDONLY, &fd);
	if (!r)
		r = check_regular(fd);
	if (!r)
		r = access_open(fd, &by, fi->flags);
	if (!r)
		r = opened_fd(fs, f.node, steal_fd(&fd), &by, fi->flags, &h);
	if (r < 0) {
		node_put(fs->nodes, f.node);
		if (r == -ESTALE)
			return -ENOENT;
		return r == -ENXIO ? -ESTALE : r;
	}
	opened_publish(fs, h, fi);
	if (reply_created(req, fs, &f, fi) < 0)
		opened_unpublish(fs, h, fi);
	return 0;
}

/*
 * CREATE without O_EXCL, of what is there after all: without O_TRUNC it shares
 * what others have pending (F4), or begins from what is committed by now, as
 * an OPEN does.  -ESTALE for what is no file: the kernel looks again.
 */
static int create_by_joining(fuse_req_t req, struct dir *dir, const char *name,
			     struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	auto_version *v = NULL;
	auto_node n = { fs, NULL };
	struct handle *h;
	int r = fs_reserve(fs, dir, name, by.tid, fi->flags & O_TRUNC, &v);

	if (r)
		return r == -ELOOP ? -ESTALE : r;
	n = fs_node(fs, v->owner);
	r = n.n ? access_open(version_fd_for_read(v), &by, fi->flags) : -ESTALE;
	if (!r)
		r = opened_version(fs, n.n, v, &by, fi->flags, &h);
	version_unhold(v);
	if (!r)
		reply_new(req, h, fi);
	return r;
}

/* Answers with @fd, which is taken: the name may lead elsewhere by now. */
static int reply_placed(fuse_req_t req, struct dir *dir, const char *name,
			int placed, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	struct found f = { 0 };
	auto_fd fd = placed;
	struct handle *h;
	struct statx st;
	int r = fd_statx(fd, &st);

	if (!r)
		r = fs_found_file(fs, dir, name, &st, &f);
	if (r < 0)
		return r;
	r = opened_fd(fs, f.node, steal_fd(&fd), &by, fi->flags, &h);
	if (r < 0) {
		node_put(fs->nodes, f.node);
		return r;
	}
	opened_publish(fs, h, fi);
	if (reply_created(req, fs, &f, fi) < 0)
		opened_unpublish(fs, h, fi);
	return 0;
}

static int create_in_place(fuse_req_t req, struct dir *dir, const char *name,
			   mode_t mode, struct fuse_file_info *fi)
{
	struct caller by = fs_caller(req);
	int fd, r = tree_create(fs_of(req)->versions, dir, name,
				fi->flags & (OPENED_FLAGS | O_EXCL), mode, &by,
				&fd);

	return r < 0 ? r : reply_placed(req, dir, name, fd, fi);
}

/*
 * Who may only read makes a file to lock it: nobody will write to it, and it is
 * committed at once, empty.
 */
static int create_empty(fuse_req_t req, struct dir *dir, const char *name,
			mode_t mode, struct fuse_file_info *fi)
{
	struct caller by = fs_caller(req);
	int fd, r = tree_create_empty(fs_of(req)->versions, dir, name, O_RDONLY,
				      mode, &by, &fd);

	/* Somebody has come first: what is there is opened. */
	if (r == -EEXIST && !(fi->flags & O_EXCL))
		return -ESTALE;
	return r < 0 ? r : reply_placed(req, dir, name, fd, fi);
}

/* What is there after all, or others have pending. */
static int create_by_finding(fuse_req_t req, struct dir *dir, const char *name,
			     struct fuse_file_info *fi)
{
	struct statx st;
	int r = -ENOENT;

	if (fi->flags & O_EXCL)
		return r;
	if (!opened_is_write(fi->flags))
		r = create_by_reading(req, dir, name, fi);
	if (r != -ENOENT)
		return r;
	if ((fi->flags & O_TRUNC) && dir_statx(dir, name, &st) < 0)
		return r;
	return create_by_joining(req, dir, name, fi);
}

static int create(fuse_req_t req, struct dir *dir, const char *name,
		  mode_t mode, struct fuse_file_info *fi)
{
	struct version_new spec = { .dir = dir,
				    .name = name,
				    .mode = mode,
				    .excl = fi->flags & O_EXCL,
				    .by = fs_caller(req) };
	int r;

	if (reserved_name(dir, name))
		return -EPERM;
	if (fs_in_place(fs_of(req), dir, name))
		return create_in_place(req, dir, name, mode, fi);
	r = create_by_finding(req, dir, name, fi);
	if (r != -ENOENT)
		return r;
	if (!opened_is_write(fi->flags))
		return create_empty(req, dir, name, mode, fi);
	return create_version(req, &spec, false, fi);
}

void fs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		  mode_t mode, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	struct redirect *sent;
	struct dir *dir;
	int r;

	/* Sent back to a file that is gone by now: this is what he came for. */
	sent = redirect_take(fs->redirects, fuse_req_ctx(req)->pid);
	if (sent)
		redirect_end(fs->redirects, sent);
	if (session_is_tmpfile()) {
		fs_tmpfile(req, parent, mode, fi);
		return;
	}
	r = fs_dir_of(&p, name, &dir);
	if (!r && dir->marks) {
		marks_create(req, dir, name, mode, fi);
		return;
	}
	if (!r)
		r = create(req, dir, name, mode, fi);
	if (r < 0)
		reply_result(req, r);
}

void fs_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		struct fuse_file_info *fi)
{
	auto_node p = fs_node(fs_of(req), parent);
	struct version_new spec = { .name = "",
				    .mode = mode,
				    .by = fs_caller(req) };
	int r = fs_dir(&p, &spec.dir);

	/* By the kernel itself, as overlayfs does, which never sends a FLUSH. */
	if (!r && (fi->flags & O_TMPFILE) != O_TMPFILE)
		r = -EOPNOTSUPP;
	if (!r && spec.dir->marks)
		r = -EOPNOTSUPP;
	if (!r)
		r = create_version(req, &spec, true, fi);
	if (r < 0)
		reply_result(req, r);
}
