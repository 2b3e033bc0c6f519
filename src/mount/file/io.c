/* SPDX-License-Identifier: MIT */
/*
 * file: what is done to an open file.
 */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/digest/stream.h"
#include "mount/fs/fs.h"
#include "mount/kernel/passthrough.h"
#include "mount/kernel/session.h"

/* Text of a mark or a control file: read from memory. */
static void read_text(fuse_req_t req, struct handle *h, size_t size, off_t off)
{
	auto_free char *copy = NULL;

	pthread_mutex_lock(&h->text_lock);
	if (off < 0 || (size_t)off >= h->size)
		size = 0;
	else if (size > h->size - (size_t)off)
		size = h->size - (size_t)off;
	copy = size ? malloc(size) : NULL;
	if (copy)
		memcpy(copy, h->text + off, size);
	pthread_mutex_unlock(&h->text_lock);
	/* Once it is answered, the handle may be closed and gone. */
	if (size && !copy)
		fuse_reply_err(req, ENOMEM);
	else
		fuse_reply_buf(req, copy, size);
}

static void read_fd(fuse_req_t req, int fd, size_t size, off_t off)
{
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(size);

	buf.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	buf.buf[0].fd = fd;
	buf.buf[0].pos = off;
	fuse_reply_data(req, &buf, (enum fuse_buf_copy_flags)0);
}

/* A mark has no end of file where its manifest ends and the note begins. */
static void read_mark(fuse_req_t req, struct handle *h, size_t size, off_t off)
{
	if (h->mark_fd < 0) {
		read_text(req, h, size, off);
		return;
	}
	if (off < 0 || off >= h->mark_size)
		size = 0;
	else if ((off_t)size > h->mark_size - off)
		size = (size_t)(h->mark_size - off);
	read_fd(req, h->mark_fd, size, h->mark_from + off);
}

void fs_op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	struct handle *h = fs_handle(fi);
	int fd, r;

	(void)ino;
	if (fs_is_mark(h->node) && !h->version) {
		read_mark(req, h, size, off);
		return;
	}
	r = handle_read_fd(h, off + (off_t)size, &fd);
	if (r < 0)
		reply_result(req, r);
	else
		read_fd(req, fd, size, off);
}

/*
 * @append: behind the end of its version, wherever the kernel thinks that is.
 * @kill: the writer may not keep set-id bits and capabilities.
 */
static int write_bytes(struct handle *h, const char *buf, size_t size,
		       off_t off, bool append, const struct caller *by,
		       const struct caller *kill)
{
	struct version *v = h->version;
	auto_access as = { 0 };
	struct stat st = { 0 };
	int fd, r = append ? version_stat(v, &st) : 0;

	if (!r)
		r = handle_write_fd_at(h, append ? st.st_size : off, &fd);
	if (!r)
		r = access_write(&as, by, fd);
	if (!r)
		r = v ? stream_write(v, fd, buf, size, off, append)
		      : sys_pwrite_all(fd, buf, size, off);
	access_end(&as);
	if (!r && kill)
		r = attr_kill_priv(fd, kill);
	return r;
}

void fs_op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
		 off_t off, struct fuse_file_info *fi)
{
	struct handle *h = fs_handle(fi);
	/* The kernel knows one size of a node: that of another version. */
	bool append = h->apart && (fi->flags & O_APPEND);
	/* What the kernel writes back is of no process. */
	struct caller by = fi->writepage ? h->by : fs_caller(req);
	int r;

	(void)ino;
	if (fs_is_mark(h->node))
		r = marks_write(h, buf, size, off);
	else
		r = write_bytes(h, buf, size, off, append, &by,
				session_kills_priv());
	if (h->version) {
		version_note_error(h->version, r);
		if (h->apart)
			fs_forget_version(fs_of(req), h->version);
		if (fi->writepage)
			version_mapped_write(h->version);
	}
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_write(req, size);
}

static void flushed(void *arg, struct version *v, int result)
{
	fuse_req_t req = arg;

	fs_forget_closing(fs_of(req), v);
	reply_result(req, result);
}

/* Once it is answered, maybe by another thread, the handle may be gone. */
static int flush_writer(fuse_req_t req, struct handle *h)
{
	struct fs *fs = fs_of(req);
	int r;

	if (h->backing_id && passthrough_is_full(fs->pass, h->version))
		version_note_error(h->version, -ENOSPC);
	r = version_flush_later(&h->w, fuse_req_ctx(req)->pid, flushed, req);
	if (r != VERSION_LATER)
		fs_forget_closing(fs, h->version);
	return r;
}

void fs_op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct handle *h = fs_handle(fi);
	pid_t ended =
		fs_locks_close(fs, h, fi->lock_owner, fuse_req_ctx(req)->pid);
	int r = 0;

	(void)ino;
	if (fs_is_mark(h->node))
		r = marks_flush(fs, h, fuse_req_ctx(req)->pid);
	else if (h->writing)
		r = flush_writer(req, h);
	if (r != VERSION_LATER)
		reply_result(req, r);
	wills_execute(fs->wills, ended);
}

void fs_op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi)
{
	struct handle *h = fs_handle(fi);
	int fd, r;

	(void)ino;
	if (fs_is_mark(h->node)) {
		reply_result(req, h->node->control == CONTROL_STEP
					  ? marks_step(req, h)
					  : marks_save(fs_of(req), h));
		return;
	}
	if (h->version) {
		/* What passes through is written and synced past us. */
		reply_result(req, version_fsync(h->version, datasync,
						(h->flags & O_DSYNC) &&
							!h->backing_id));
		return;
	}
	fd = handle_any_fd(h);
	session_wait_begin();
	r = datasync ? sys.fdatasync(fd) : sys.fsync(fd);
	session_wait_end();
	reply_result(req, r);
}

/* These two carry no flag (FUSE_HANDLE_KILLPRIV_V2). */
static int kill_priv(fuse_req_t req, int fd)
{
	struct caller by = fs_caller(req);

	return by.uid ? attr_kill_priv(fd, &by) : 0;
}

void fs_op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset,
		     off_t length, struct fuse_file_info *fi)
{
	struct handle *h = fs_handle(fi);
	struct caller by = fs_caller(req);
	auto_access as = { 0 };
	int fd, r = fs_is_mark(h->node) ? -EOPNOTSUPP : handle_write_fd(h, &fd);

	(void)ino;
	if (!r)
		r = access_write(&as, &by, fd);
	if (!r)
		r = sys.fallocate(fd, mode, offset, length);
	access_end(&as);
	if (h->version)
		stream_broken(h->version);
	if (!r)
		r = kill_priv(req, fd);
	reply_result(req, r);
}

void fs_op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			   struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			   off_t off_out, struct fuse_file_info *fi_out,
			   size_t len, int flags)
{
	struct handle *in = fs_handle(fi_in), *out = fs_handle(fi_out);
	struct caller by = fs_caller(req);
	auto_access as = { 0 };
	ssize_t n;
	int from, fd, r = 0;

	(void)ino_in;
	(void)ino_out;
	/* -EOPNOTSUPP: the kernel copies by reading and writing. */
	if (flags || fs_is_mark(in->node) || fs_is_mark(out->node))
		r = -EOPNOTSUPP;
	if (!r)
		r = handle_write_fd(out, &fd);
	if (!r)
		r = handle_read_fd(in, INT64_MAX, &from);
	if (!r)
		r = access_write(&as, &by, fd);
	if (r < 0) {
		reply_result(req, r);
		return;
	}
	session_wait_begin();
	n = sys.copy_file_range(from, &off_in, fd, &off_out, len);
	session_wait_end();
	access_end(&as);
	if (n > 0)
		kill_priv(req, fd);
	if (n == -EXDEV || n == -EINVAL)
		n = -EOPNOTSUPP;
	if (out->version) {
		stream_broken(out->version);
		version_note_error(out->version, n < 0 ? (int)n : 0);
	}
	if (n < 0)
		reply_result(req, (int)n);
	else
		fuse_reply_write(req, (size_t)n);
}

void fs_op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
		 struct fuse_file_info *fi)
{
	struct handle *h = fs_handle(fi);
	int fd, r = fs_is_mark(h->node) ? -EINVAL : 0;
	off_t at;

	(void)ino;
	if (!r)
		r = handle_read_fd(h, INT64_MAX, &fd);
	if (r < 0) {
		reply_result(req, r);
		return;
	}
	at = lseek(fd, off, whence);
	if (at < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_lseek(req, at);
}
