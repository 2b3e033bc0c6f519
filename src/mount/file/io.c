/* SPDX-License-Identifier: MIT */
/*
 * io: what is done to an open file.
 */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/digest/stream.h"
#include "core/tree/tree.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/file/file.h"
#include "mount/file/locking.h"
#include "mount/file/opened.h"
#include "mount/kernel/loop.h"
#include "mount/kernel/passthrough.h"
#include "mount/node/handle.h"

int file_read(struct request *q, struct handle *h, size_t size, off_t off,
	      struct bytes *ret)
{
	int fd, r = handle_fd(h, FD_TO_READ, off + (off_t)size, &fd);

	(void)q;
	if (!r)
		*ret = (struct bytes){ .fd = fd, .at = off, .size = size };
	return r;
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
	int fd, r = append ? version_stat_shown(v, &st) : 0;

	if (!r)
		r = handle_fd(h, FD_TO_WRITE, append ? st.st_size : off, &fd);
	if (!r)
		r = access_write(&as, by, fd);
	if (!r)
		r = v ? stream_write(version_stream(v), fd, buf, size, off,
				     append)
		      : sys_pwrite_all(fd, buf, size, off);
	access_end(&as);
	if (!r && kill)
		r = attr_kill_priv(fd, kill);
	return r;
}

int file_write(struct request *q, struct handle *h, const char *buf,
	       size_t size, off_t off, struct fuse_file_info *fi)
{
	/* The kernel knows one size of a node: that of another version. */
	bool append = h->apart && (fi->flags & O_APPEND);
	/* What the kernel writes back is of no process. */
	const struct caller *by = fi->writepage ? &h->by : &q->by;
	int r = write_bytes(h, buf, size, off, append, by, loop_kills_priv());

	if (!h->version)
		return r;
	version_note_error(h->version, r);
	if (h->apart)
		cache_forget_version(q->fs, h->version);
	if (fi->writepage)
		version_mapped_write(h->version);
	return r;
}

static void flushed(void *arg, struct version *v, int result)
{
	fuse_req_t req = arg;

	cache_forget_closing(fs_of(req), v);
	reply_result(req, result);
}

int file_flush(struct request *q, struct handle *h)
{
	struct fs *fs = q->fs;
	int r;

	if (!h->writing)
		return 0;
	if (h->backing_id && passthrough_is_full(fs->pass, h->version))
		version_note_error(h->version, -ENOSPC);
	r = version_flush_later(&h->w, q->by.tid, flushed, q->req);
	if (r != VERSION_LATER)
		cache_forget_closing(fs, h->version);
	return r;
}

int file_fsync(struct request *q, struct handle *h, int datasync)
{
	int fd, r;

	(void)q;
	/* What passes through is written and synced past us. */
	if (h->version)
		return version_fsync(h->version, datasync,
				     (h->flags & O_DSYNC) && !h->backing_id);
	fd = handle_any_fd(h);
	loop_wait_begin();
	r = datasync ? sys.fdatasync(fd) : sys.fsync(fd);
	loop_wait_end();
	return r;
}

/* These two carry no flag (FUSE_HANDLE_KILLPRIV_V2). */
static int kill_priv(struct request *q, int fd)
{
	return q->by.uid ? attr_kill_priv(fd, &q->by) : 0;
}

int file_fallocate(struct request *q, struct handle *h, int mode, off_t off,
		   off_t size)
{
	auto_access as = { 0 };
	int fd, r = handle_fd(h, FD_TO_WRITE, 0, &fd);

	if (!r)
		r = access_write(&as, &q->by, fd);
	if (!r)
		r = sys.fallocate(fd, mode, off, size);
	access_end(&as);
	if (h->version)
		stream_broken(version_stream(h->version));
	return r < 0 ? r : kill_priv(q, fd);
}

/* copy_file_range(2), which may wait for the disk. */
static ssize_t copy_range(int from, off_t from_off, int to, off_t to_off,
			  size_t size)
{
	ssize_t n;

	loop_wait_begin();
	n = sys.copy_file_range(from, &from_off, to, &to_off, size);
	loop_wait_end();
	/* The kernel copies by reading and writing then. */
	return n == -EXDEV || n == -EINVAL ? -EOPNOTSUPP : n;
}

ssize_t file_copy(struct request *q, struct handle *from, off_t from_off,
		  struct handle *to, off_t to_off, size_t size)
{
	auto_access as = { 0 };
	ssize_t n;
	int in, out, r = handle_fd(to, FD_TO_WRITE, 0, &out);

	if (!r)
		r = handle_fd(from, FD_TO_READ, INT64_MAX, &in);
	if (!r)
		r = access_write(&as, &q->by, out);
	if (r < 0)
		return r;
	n = copy_range(in, from_off, out, to_off, size);
	access_end(&as);
	if (n > 0)
		kill_priv(q, out);
	if (to->version) {
		stream_broken(version_stream(to->version));
		version_note_error(to->version, n < 0 ? (int)n : 0);
	}
	return n;
}

int file_lseek(struct request *q, struct handle *h, off_t off, int whence,
	       off_t *ret)
{
	int fd, r = handle_fd(h, FD_TO_READ, INT64_MAX, &fd);
	off_t at;

	(void)q;
	if (r < 0)
		return r;
	at = lseek(fd, off, whence);
	if (at < 0)
		return -errno;
	*ret = at;
	return 0;
}

void file_passes_release(struct fs *fs, struct handle *h)
{
	locking_release(fs, h);
	if (h->writing)
		h->settles = version_seal(&h->w);
}

pid_t file_release(struct fs *fs, struct handle *h)
{
	pid_t ended = h->ended;

	locking_released(fs, h);
	opened_leave(fs, h);
	/* The gate has sealed it, in the order of the kernel's queue. */
	if (h->settles)
		version_settle(h->version);
	node_drop_handle(fs->nodes, h);
	return ended;
}
