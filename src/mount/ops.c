/* SPDX-License-Identifier: MIT */
/*
 * ops: what the kernel asks, dispatched once, by the kind of a node.
 *
 * Each handler finds the node, calls the function that struct node_ops has for
 * the node's kind, and replies once.  Once it has replied, a handle may be closed
 * and freed by another thread: it is not touched any more.
 */
#include "mount/ops.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "base/util.h"
#include "core/flush/flush.h"
#include "core/version/exit_locks.h"
#include "idemfs/control.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/entry/entry.h"
#include "mount/entry/redirect.h"
#include "mount/file/file.h"
#include "mount/file/locking.h"
#include "mount/kernel/channel.h"
#include "mount/kernel/passthrough.h"
#include "mount/kernel/session.h"
#include "mount/metadata/metadata.h"
#include "mount/name/name.h"
#include "mount/node/handle.h"

/* Dispatch */

static int getattr_tree(struct request *q, struct node *n, struct handle *h,
			struct stat *ret, double *ret_timeout)
{
	return entry_getattr(q->fs, n, h, ret, ret_timeout);
}

static int fsyncdir_tree(struct request *q, struct handle *h)
{
	return durability_sync_dir(q->fs->core->rooms.durability, h->node->dir);
}

static const struct node_ops tree_ops = {
	.refusal = -ENOTDIR,
	.lookup = name_lookup,
	.mkdir = name_mkdir,
	.mknod = name_mknod,
	.symlink = name_symlink,
	.link = name_link,
	.unlink = name_unlink,
	.rmdir = name_rmdir,
	.rename = name_rename,
	.create = file_create,
	.tmpfile = file_tmpfile,
	.getattr = getattr_tree,
	.setattr = metadata_setattr,
	.readlink = name_readlink,
	.setxattr = metadata_setxattr,
	.removexattr = metadata_removexattr,
	.getxattr = metadata_getxattr,
	.listxattr = metadata_listxattr,
	.open = file_open,
	.unopen = file_unopen,
	.read = file_read,
	.write = file_write,
	.flush = file_flush,
	.fsync = file_fsync,
	.fallocate = file_fallocate,
	.copy = file_copy,
	.lseek = file_lseek,
	.ioctl = metadata_ioctl,
	.list = name_list,
	.fsyncdir = fsyncdir_tree,
};

static const struct node_ops *const kinds[NODE_KINDS] = {
	[NODE_TREE] = &tree_ops, [NODE_MARKS] = &marks_ops,
	[NODE_MARK] = &mark_ops, [NODE_CONTROL] = &control_ops,
	[NODE_STEP] = &step_ops, [NODE_INFLIGHT] = &inflight_ops,
};

static const struct node_ops *ops_of(const struct node *n)
{
	return kinds[n->kind];
}

/* Of the name @name in directory @in. */
static const struct node_ops *ops_at(const struct node *in, const char *name)
{
	if (in->id == FUSE_ROOT_ID && name[0] == '.' &&
	    !strcmp(name, IDEMFS_CHECKPOINTS))
		return &checkpoints_name_ops;
	return kinds[in->kind];
}

static int check_dir(const struct node *n)
{
	if (!n)
		return -ESTALE;
	return n->type == S_IFDIR ? 0 : -ENOTDIR;
}

static inline struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

/* Replies */

static struct fuse_entry_param entry_param(const struct found *f)
{
	return (struct fuse_entry_param){
		.ino = f->node->id,
		.generation = 0,
		.attr = f->st,
		.attr_timeout = f->attr_timeout,
		.entry_timeout = f->entry_timeout,
	};
}

/* Takes the reference to the node. */
static void reply_found(struct request *q, struct found *f)
{
	struct fuse_entry_param e = entry_param(f);

	node_told(q->fs->nodes, f->node);
	if (fuse_reply_entry(q->req, &e) < 0)
		node_forget(q->fs->nodes, e.ino, 1);
	node_put(q->fs->nodes, f->node);
}

/* Likewise; < 0: the kernel did not get it, and will send no RELEASE. */
static int reply_created(struct request *q, struct found *f,
			 const struct fuse_file_info *fi)
{
	struct fuse_entry_param e = entry_param(f);
	int r;

	node_told(q->fs->nodes, f->node);
	r = fuse_reply_create(q->req, &e, fi);
	if (r < 0)
		node_forget(q->fs->nodes, e.ino, 1);
	node_put(q->fs->nodes, f->node);
	return r;
}

static void reply_absent(struct request *q, const struct found *f)
{
	struct fuse_entry_param e = { .entry_timeout = f->entry_timeout };

	/* Node 0: the absence itself may be remembered. */
	if (f->entry_timeout > 0)
		fuse_reply_entry(q->req, &e);
	else
		fuse_reply_err(q->req, ENOENT);
}

/* The end of mkdir and the like: @r, or what is at @name now. */
static void reply_made(struct request *q, const struct node_ops *ops,
		       struct node *in, const char *name, int r)
{
	struct found f = { 0 };

	if (!r)
		r = ops->lookup(q, in, name, &f);
	if (r < 0)
		reply_result(q->req, r);
	else
		reply_found(q, &f);
}

/* @n: bytes in @buf, or -errno; @size 0: only their number was asked for. */
static void reply_bytes(fuse_req_t req, const char *buf, ssize_t n, size_t size)
{
	if (n < 0)
		reply_result(req, (int)n);
	else if (size == 0)
		fuse_reply_xattr(req, (size_t)n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
}

/* Names */

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	struct found f = { 0 };
	int r = check_dir(p.n);

	if (!r)
		r = ops_at(p.n, name)->lookup(&q, p.n, name, &f);
	if (!r)
		reply_found(&q, &f);
	else if (r == -ENOENT)
		reply_absent(&q, &f);
	else
		reply_result(req, r);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	node_forget(fs_of(req)->nodes, ino, count);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count,
			    struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		node_forget(fs_of(req)->nodes, forgets[i].ino,
			    forgets[i].nlookup);
	fuse_reply_none(req);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		     mode_t mode)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops = NULL;
	int r = check_dir(p.n);

	if (!r) {
		ops = ops_at(p.n, name);
		r = ops->mkdir ? ops->mkdir(&q, p.n, name, mode) : ops->refusal;
	}
	reply_made(&q, ops, p.n, name, r);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		     mode_t mode, dev_t dev)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops = NULL;
	int r = check_dir(p.n);

	if (!r) {
		ops = ops_at(p.n, name);
		r = ops->mknod ? ops->mknod(&q, p.n, name, mode, dev)
			       : ops->refusal;
	}
	reply_made(&q, ops, p.n, name, r);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		       const char *name)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops = NULL;
	int r = check_dir(p.n);

	if (!r) {
		ops = ops_at(p.n, name);
		r = ops->symlink ? ops->symlink(&q, p.n, name, target)
				 : ops->refusal;
	}
	reply_made(&q, ops, p.n, name, r);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		    const char *newname)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	auto_node p = fs_node(q.fs, newparent);
	const struct node_ops *ops;
	struct found f = { 0 };
	int r = n.n ? check_dir(p.n) : -ESTALE;

	if (!r) {
		ops = ops_at(p.n, newname);
		r = ops->link ? ops->link(&q, n.n, p.n, newname, &f)
			      : ops->refusal;
	}
	if (r < 0)
		reply_result(req, r);
	else
		reply_found(&q, &f);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops;
	int r = check_dir(p.n);

	if (!r) {
		ops = ops_at(p.n, name);
		r = ops->unlink ? ops->unlink(&q, p.n, name) : ops->refusal;
	}
	reply_result(req, r);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops;
	int r = check_dir(p.n);

	if (!r) {
		ops = ops_at(p.n, name);
		r = ops->rmdir ? ops->rmdir(&q, p.n, name) : ops->refusal;
	}
	reply_result(req, r);
}

/* From a name of one kind to one of another. */
static int rename_across(struct request *q, struct node *in, const char *name,
			 struct node *to, const char *to_name,
			 unsigned int flags)
{
	const struct node_ops *from = ops_at(in, name);
	const struct node_ops *there = ops_at(to, to_name);

	if (!from->rename)
		return from->refusal;
	if (!there->rename)
		return there->refusal;
	if (there->adopt)
		return there->adopt(q, in, name, to, to_name, flags);
	/* Out of the marks: mv(1) copies. */
	return from->adopt ? -EXDEV : -EBUSY;
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		      fuse_ino_t newparent, const char *newname,
		      unsigned int flags)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	auto_node to = fs_node(q.fs, newparent);
	const struct node_ops *ops;
	int r = check_dir(p.n);

	if (!r)
		r = check_dir(to.n);
	if (!r) {
		ops = ops_at(p.n, name);
		if (ops != ops_at(to.n, newname))
			r = rename_across(&q, p.n, name, to.n, newname, flags);
		else
			r = ops->rename ? ops->rename(&q, p.n, name, to.n,
						      newname, flags)
					: ops->refusal;
	}
	reply_result(req, r);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	char target[PATH_MAX + 1];
	int r = n.n ? -EINVAL : -ESTALE;

	if (n.n && ops_of(n.n)->readlink)
		r = ops_of(n.n)->readlink(&q, n.n, target, sizeof(target));
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_readlink(req, target);
}

/* Attributes */

static void op_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	double timeout = 0;
	struct stat st;
	int r = -ESTALE;

	if (n.n)
		r = ops_of(n.n)->getattr(&q, n.n, fi ? handle_of(fi) : NULL,
					 &st, &timeout);
	if (r < 0)
		reply_result(req, r == -ENOENT ? -ESTALE : r);
	else
		fuse_reply_attr(req, &st, timeout);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		       int to_set, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	struct handle *h = fi ? handle_of(fi) : NULL;
	double timeout = 0;
	struct stat st;
	int r = n.n ? 0 : -ESTALE;

	if (!r)
		r = ops_of(n.n)->setattr(&q, n.n, h, attr, to_set);
	if (!r)
		r = ops_of(n.n)->getattr(&q, n.n, h, &st, &timeout);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_attr(req, &st, timeout);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	struct statvfs st;
	int r = metadata_statfs(fs, n.n, &st);

	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_statfs(req, &st);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			const char *value, size_t size, int flags)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	int r = n.n ? -EOPNOTSUPP : -ESTALE;

	if (n.n && ops_of(n.n)->setxattr)
		r = ops_of(n.n)->setxattr(&q, n.n, name, value, size, flags);
	reply_result(req, r);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	int r = n.n ? -EOPNOTSUPP : -ESTALE;

	if (n.n && ops_of(n.n)->removexattr)
		r = ops_of(n.n)->removexattr(&q, n.n, name);
	reply_result(req, r);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			size_t size)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	auto_free char *buf = size ? malloc(size) : NULL;
	ssize_t r = n.n ? -ENODATA : -ESTALE;

	if (size && !buf)
		r = -ENOMEM;
	else if (n.n && ops_of(n.n)->getxattr)
		r = ops_of(n.n)->getxattr(&q, n.n, name, buf, size);
	reply_bytes(req, buf, r, size);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	auto_free char *buf = size ? malloc(size) : NULL;
	ssize_t r = n.n ? 0 : -ESTALE;

	if (size && !buf)
		r = -ENOMEM;
	else if (n.n && ops_of(n.n)->listxattr)
		r = ops_of(n.n)->listxattr(&q, n.n, buf, size);
	reply_bytes(req, buf, r, size);
}

/* Open files */

/* A file that was created, or @r. */
static void reply_create(struct request *q, const struct node_ops *ops,
			 struct found *f, struct handle *h,
			 struct fuse_file_info *fi, int r)
{
	if (r < 0)
		reply_result(q->req, r);
	else if (reply_created(q, f, fi) < 0)
		ops->unopen(q, h, fi);
}

static void tmpfile_in(struct request *q, struct node *in, mode_t mode,
		       struct fuse_file_info *fi)
{
	const struct node_ops *ops = NULL;
	struct handle *h = NULL;
	struct found f = { 0 };
	int r = check_dir(in);

	if (!r) {
		ops = ops_of(in);
		r = ops->tmpfile ? ops->tmpfile(q, in, mode, fi, &f, &h)
				 : -EOPNOTSUPP;
	}
	reply_create(q, ops, &f, h, fi, r);
}

static void create_in(struct request *q, struct node *in, const char *name,
		      mode_t mode, struct fuse_file_info *fi)
{
	const struct node_ops *ops = NULL;
	struct handle *h = NULL;
	struct found f = { 0 };
	int r = check_dir(in);

	if (!r) {
		ops = ops_at(in, name);
		r = ops->create ? ops->create(q, in, name, mode, fi, &f, &h)
				: ops->refusal;
	}
	reply_create(q, ops, &f, h, fi, r);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		      mode_t mode, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	struct redirect *sent = redirect_take(q.fs->redirects, q.by.tid);

	/* It was sent back to a file that is gone by now: so it creates it. */
	if (sent)
		redirect_end(q.fs->redirects, sent);
	if (session_is_tmpfile())
		tmpfile_in(&q, p.n, mode, fi);
	else
		create_in(&q, p.n, name, mode, fi);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	struct handle *h = NULL;
	int r = n.n ? -EISDIR : -ESTALE;

	if (n.n && ops_of(n.n)->open)
		r = ops_of(n.n)->open(&q, n.n, fi, &h);
	if (r < 0)
		reply_result(req, r);
	else if (fuse_reply_open(req, fi) < 0)
		ops_of(n.n)->unopen(&q, h, fi);
}

static void reply_file(fuse_req_t req, const struct bytes *b)
{
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(b->size);

	buf.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	buf.buf[0].fd = b->fd;
	buf.buf[0].pos = b->at;
	fuse_reply_data(req, &buf, (enum fuse_buf_copy_flags)0);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	struct bytes b = { .fd = -1 };
	int r = ops_of(h->node)->read(&q, h, size, off, &b);

	(void)ino;
	if (r < 0)
		reply_result(req, r);
	else if (b.fd >= 0)
		reply_file(req, &b);
	else
		fuse_reply_buf(req, b.text, b.size);
	free(b.text);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf,
		     size_t size, off_t off, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	int r = ops_of(h->node)->write(&q, h, buf, size, off, fi);

	(void)ino;
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_write(req, size);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = ops_of(h->node);
	pid_t ended = locking_close(q.fs, h, fi->lock_owner, q.by.tid);
	int r = ops->flush ? ops->flush(&q, h) : 0;

	(void)ino;
	if (r != VERSION_LATER)
		reply_result(req, r);
	wills_execute(q.fs->wills, ended);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		     struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = ops_of(h->node);

	(void)ino;
	reply_result(req, ops->fsync ? ops->fsync(&q, h, datasync) : 0);
}

static void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
			 off_t size, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = ops_of(h->node);

	(void)ino;
	reply_result(req, ops->fallocate
				  ? ops->fallocate(&q, h, mode, off, size)
				  : -EOPNOTSUPP);
}

static void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			       struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			       off_t off_out, struct fuse_file_info *fi_out,
			       size_t size, int flags)
{
	struct request q = request_of(req);
	struct handle *from = handle_of(fi_in), *to = handle_of(fi_out);
	const struct node_ops *ops = ops_of(from->node);
	ssize_t n = -EOPNOTSUPP; /* the kernel copies by reading and writing */

	(void)ino_in;
	(void)ino_out;
	if (!flags && ops->copy && ops == ops_of(to->node))
		n = ops->copy(&q, from, off_in, to, off_out, size);
	if (n < 0)
		reply_result(req, (int)n);
	else
		fuse_reply_write(req, (size_t)n);
}

static void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
		     struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = ops_of(h->node);
	off_t at;
	int r = ops->lseek ? ops->lseek(&q, h, off, whence, &at) : -EINVAL;

	(void)ino;
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_lseek(req, at);
}

static void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd,
		     void *arg, struct fuse_file_info *fi, unsigned int flags,
		     const void *in, size_t in_size, size_t out_size)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = ops_of(h->node);
	union node_ioctl out = { 0 };
	int r = ops->ioctl ? ops->ioctl(&q, h, cmd, in, in_size, &out)
			   : -ENOTTY;

	(void)ino;
	(void)arg;
	(void)flags;
	if (out_size > sizeof(out))
		out_size = sizeof(out);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_ioctl(req, 0, &out, out_size);
}

static void op_release(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = ops_of(h->node);
	pid_t ended;

	(void)ino;
	if (ops->release)
		ops->release(&q, h);
	ended = file_release(q.fs, h);
	fuse_reply_err(req, 0);
	wills_execute(q.fs->wills, ended);
}

/* Locks */

static void op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		     struct flock *lock)
{
	struct request q = request_of(req);
	int r = locking_get(&q, handle_of(fi), fi, lock);

	(void)ino;
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_lock(req, lock);
}

static void op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		     struct flock *lock, int sleep)
{
	struct request q = request_of(req);
	int r = locking_set(&q, handle_of(fi), fi, lock, sleep);

	(void)ino;
	if (r != -EINPROGRESS)
		reply_result(req, r);
}

static void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		     int op)
{
	struct request q = request_of(req);
	int r = locking_flock(&q, handle_of(fi), fi, op);

	(void)ino;
	if (r != -EINPROGRESS)
		reply_result(req, r);
}

/* Directories */

static void drop_dir(struct fs *fs, struct handle *h)
{
	struct node *n = h->node;

	handle_free(h);
	node_put(fs->nodes, n);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct node *n = node_get(q.fs->nodes, ino);
	int r = check_dir(n);
	struct handle *h = r < 0 ? NULL : handle_new(n, &q.by, fi->flags);

	if (!h) {
		node_put(q.fs->nodes, n);
		reply_result(req, r < 0 ? r : -ENOMEM);
		return;
	}
	fi->fh = (uintptr_t)h;
	if (fuse_reply_open(req, fi) < 0)
		drop_dir(q.fs, h);
}

static int load_locked(struct request *q, struct handle *h)
{
	int r;

	handle_drop_entries(h);
	r = ops_of(h->node)->list(q, h);
	h->loaded = r == 0;
	return r;
}

static size_t fill_locked(fuse_req_t req, struct handle *h, char *buf,
			  size_t size, size_t from)
{
	size_t used = 0;

	for (size_t i = from; i < h->count; i++) {
		const struct dir_entry *e = &h->entries[i];
		struct stat st = { .st_ino = e->ino,
				   .st_mode = (mode_t)DTTOIF(e->type) };
		size_t n = fuse_add_direntry(req, buf + used, size - used,
					     e->name, &st, (off_t)i + 1);

		if (n > size - used)
			break;
		used += n;
	}
	return used;
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	auto_free char *buf = malloc(size);
	size_t used = 0;
	int r = buf ? 0 : -ENOMEM;

	(void)ino;
	pthread_mutex_lock(&h->dir_lock);
	if (!r && (off == 0 || !h->loaded))
		r = load_locked(&q, h);
	if (!r)
		used = fill_locked(req, h, buf, size, (size_t)off);
	pthread_mutex_unlock(&h->dir_lock);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_buf(req, buf, used);
}

static void op_releasedir(fuse_req_t req, fuse_ino_t ino,
			  struct fuse_file_info *fi)
{
	(void)ino;
	drop_dir(fs_of(req), handle_of(fi));
	fuse_reply_err(req, 0);
}

static void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
			struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = ops_of(h->node);

	(void)ino;
	(void)datasync; /* names are all that a directory has */
	reply_result(req, ops->fsyncdir ? ops->fsyncdir(&q, h) : 0);
}

/* INIT */

/* The most there is: a RELEASE beyond it is not queued by its close(2). */
#define MAX_BACKGROUND 65535

static void want(struct fuse_conn_info *conn, unsigned int cap)
{
	conn->want |= conn->capable & cap;
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fs *fs = userdata;

	want(conn, FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_DONT_MASK |
			   FUSE_CAP_POSIX_ACL | FUSE_CAP_PARALLEL_DIROPS |
			   FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_POSIX_LOCKS |
			   FUSE_CAP_FLOCK_LOCKS);
	/*
	 * The kernel drops the pages that a direct write makes old when that has
	 * ended, but not when it has ended asynchronously (fs/fuse/file.c,
	 * fuse_direct_IO()): so none does.
	 */
	conn->want &= ~(unsigned int)FUSE_CAP_ASYNC_DIO;
	/*
	 * All that is written to a version goes through its node.  To drop its
	 * pages whenever its time has moved would be to drop what another writer
	 * has just put there, and is still sending: who reads it again then may
	 * get what was there before (f04_loop_update).
	 */
	/* The gate reads every request's header from memory. */
	conn->want &= ~(unsigned int)(FUSE_CAP_SPLICE_READ |
				      FUSE_CAP_WRITEBACK_CACHE |
				      FUSE_CAP_AUTO_INVAL_DATA |
				      FUSE_CAP_HANDLE_KILLPRIV);
	/* Else the kernel asks for security.capability at every write. */
	channel_want(fs->channel, conn, CHANNEL_KILLPRIV_V2, 0);
	passthrough_begin(fs->pass, conn);
	conn->max_background = MAX_BACKGROUND;
	conn->congestion_threshold = MAX_BACKGROUND / 4 * 3;
	conn->time_gran = 1;
	if (fs->ready)
		fs->ready(fs->ready_arg);
}

const struct fuse_lowlevel_ops mount_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.releasedir = op_releasedir,
	.fsyncdir = op_fsyncdir,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
	.create = op_create,
	.fallocate = op_fallocate,
	.copy_file_range = op_copy_file_range,
	.lseek = op_lseek,
	.ioctl = op_ioctl,
	.getlk = op_getlk,
	.setlk = op_setlk,
	.flock = op_flock,
};
