/* SPDX-License-Identifier: MIT */
/*
 * files: from OPEN and CREATE to RELEASE, and locks.
 *
 * Once a handler has replied, the handle may be closed and freed by another
 * thread: it is not touched any more.
 */
#include "base/util.h"
#include "core/exit_locks/exit_locks.h"
#include "mount/entry/learning.h"
#include "mount/entry/redirect.h"
#include "mount/file/file.h"
#include "mount/file/locking.h"
#include "mount/kernel/loop.h"
#include "mount/node/handle.h"
#include "mount/ops/handlers.h"
#include "mount/ops/kinds.h"
#include "mount/ops/reply.h"

/* A file that was created, or @r. */
static void reply_create(struct request *q, const struct node_ops *ops,
			 struct entry *f, struct handle *h,
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
	struct entry f = { 0 };
	int r = kinds_check_dir(in);

	if (!r) {
		ops = kinds_of(in);
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
	struct entry f = { 0 };
	int r = kinds_at(in, name, &ops);

	if (!r)
		r = ops->create ? ops->create(q, in, name, mode, fi, &f, &h)
				: ops->refusal;
	if (!r && in->kind == NODE_TREE)
		learning_created(q, in->dir, name, fi->flags);
	if (!r)
		learning_opened(q, f.node, h, fi->flags);
	reply_create(q, ops, &f, h, fi, r);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	struct request q = request_in_session(req);
	auto_node p = fs_node(q.fs, parent);
	struct redirect *sent = redirect_take(q.fs->redirects, q.by.tid);

	/* It was sent back to a file that is gone by now: so it creates it. */
	if (sent)
		redirect_end(q.fs->redirects, sent);
	if (loop_is_tmpfile())
		tmpfile_in(&q, p.n, mode, fi);
	else
		create_in(&q, p.n, name, mode, fi);
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = request_in_session(req);
	auto_node n = fs_node(q.fs, ino);
	struct handle *h = NULL;
	int r = n.n ? -EISDIR : -ESTALE;

	if (n.n && kinds_of(n.n)->open)
		r = kinds_of(n.n)->open(&q, n.n, fi, &h);
	if (!r)
		learning_opened(&q, n.n, h, fi->flags);
	if (r < 0)
		reply_result(req, r);
	else if (fuse_reply_open(req, fi) < 0)
		kinds_of(n.n)->unopen(&q, h, fi);
}

static void reply_file(fuse_req_t req, const struct bytes *b)
{
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(b->size);

	buf.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	buf.buf[0].fd = b->fd;
	buf.buf[0].pos = b->at;
	fuse_reply_data(req, &buf, (enum fuse_buf_copy_flags)0);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	struct bytes b = { .fd = -1 };
	int r = kinds_of(h->node)->read(&q, h, size, off, &b);

	(void)ino;
	if (r < 0)
		reply_result(req, r);
	else if (b.fd >= 0)
		reply_file(req, &b);
	else
		fuse_reply_buf(req, b.text, b.size);
	free(b.text);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	int r = kinds_of(h->node)->write(&q, h, buf, size, off, fi);

	(void)ino;
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_write(req, size);
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = kinds_of(h->node);
	pid_t ended = locking_close(q.fs, h, fi->lock_owner, q.by.tid);
	int r = ops->flush ? ops->flush(&q, h) : 0;

	(void)ino;
	if (r != VERSION_LATER)
		reply_result(req, r);
	exit_locks_drop(q.fs->exit_locks, ended);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = kinds_of(h->node);

	(void)ino;
	reply_result(req, ops->fsync ? ops->fsync(&q, h, datasync) : 0);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
		  off_t size, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = kinds_of(h->node);

	(void)ino;
	reply_result(req, ops->fallocate
				  ? ops->fallocate(&q, h, mode, off, size)
				  : -EOPNOTSUPP);
}

void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			off_t off_out, struct fuse_file_info *fi_out,
			size_t size, int flags)
{
	struct request q = request_of(req);
	struct handle *from = handle_of(fi_in), *to = handle_of(fi_out);
	const struct node_ops *ops = kinds_of(from->node);
	ssize_t n = -EOPNOTSUPP; /* the kernel copies by reading and writing */

	(void)ino_in;
	(void)ino_out;
	if (!flags && ops->copy && ops == kinds_of(to->node))
		n = ops->copy(&q, from, off_in, to, off_out, size);
	if (n < 0)
		reply_result(req, (int)n);
	else
		fuse_reply_write(req, (size_t)n);
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = kinds_of(h->node);
	off_t at;
	int r = ops->lseek ? ops->lseek(&q, h, off, whence, &at) : -EINVAL;

	(void)ino;
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_lseek(req, at);
}

void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
	      struct fuse_file_info *fi, unsigned int flags, const void *in,
	      size_t in_size, size_t out_size)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = kinds_of(h->node);
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

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = kinds_of(h->node);
	pid_t ended;

	(void)ino;
	if (ops->release)
		ops->release(&q, h);
	ended = file_release(q.fs, h);
	fuse_reply_err(req, 0);
	exit_locks_drop(q.fs->exit_locks, ended);
}

/* Locks */

void op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
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

void op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
	      struct flock *lock, int sleep)
{
	struct request q = request_of(req);
	int r = locking_set(&q, handle_of(fi), fi, lock, sleep);

	(void)ino;
	if (r != -EINPROGRESS)
		reply_result(req, r);
}

void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op)
{
	struct request q = request_of(req);
	int r = locking_flock(&q, handle_of(fi), fi, op);

	(void)ino;
	if (r != -EINPROGRESS)
		reply_result(req, r);
}
