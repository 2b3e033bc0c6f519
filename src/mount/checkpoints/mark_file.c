/* SPDX-License-Identifier: MIT */
/*
 * mark_file: a mark, as a file.
 */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/marks/mark.h"
#include "core/tree/tree.h"
#include "idemfs/control.h"
#include "mount/checkpoints/buffer.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/checkpoints/files.h"
#include "mount/checkpoints/hidden.h"
#include "mount/checkpoints/making.h"
#include "mount/checkpoints/notes.h"
#include "mount/checkpoints/opening.h"
#include "mount/entry/place.h"
#include "mount/node/handle.h"

static int stat_mark(struct fs *fs, struct node *n, struct stat *ret)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	struct statx st;
	int r = place_find(fs, n, &dir, &name, &key);

	if (!r)
		r = dir_statx(dir, name, &st);
	if (r < 0)
		return r;
	statx_to_stat(&st, ret);
	ret->st_mode &= ~(mode_t)S_ISVTX; /* core/verify/stale.h */
	return mark_size(dir, name, &ret->st_size);
}

/* While it is open for writing, a mark has the size of what was written. */
static void add_unsaved(struct handle *h, void *arg)
{
	struct stat *ret = arg;

	LOCK_SCOPE(&h->text.lock);
	if (h->text.edits != h->text.saved)
		ret->st_size = (off_t)h->text.size;
}

int mark_file_stat(struct fs *fs, struct node *n, struct stat *ret)
{
	int r = stat_mark(fs, n, ret);

	if (!r)
		node_each_handle(fs->nodes, n, add_unsaved, ret);
	return r;
}

static int mark_getattr(struct request *q, struct node *n, struct handle *h,
			struct stat *ret, double *ret_timeout)
{
	(void)h;
	(void)ret_timeout;
	return mark_file_stat(q->fs, n, ret);
}

/* Opening */

/* A writer begins with the note there was, if any. */
static int load_note(struct handle *h, const struct mark_text *text)
{
	int r;

	if (!text->noted || (h->flags & O_TRUNC))
		return 0;
	if (text->size > IDEMFS_NOTE_MAX)
		return -EFBIG;
	LOCK_SCOPE(&h->text.lock);
	r = handle_resize_text_locked(h, (size_t)text->size);
	if (r < 0)
		return r;
	if (sys_pread_all(text->fd, h->text.bytes, h->text.size, text->from) !=
	    text->size)
		return -EIO;
	/* The mark is made anew, without it: so it is written again. */
	h->text.edits++;
	return 0;
}

/* Opening a mark for writing makes it anew. */
static int load_mark(struct request *q, struct handle *h)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct mark_text text;
	struct file_key key;
	int r = place_find(q->fs, h->node, &dir, &name, &key);

	if (!r)
		r = mark_open(dir, name, &text);
	if (r < 0)
		return r;
	if (handle_can_write(h)) {
		r = load_note(h, &text);
		close_fd(text.fd);
		return r < 0 ? r : making_again(q, h->node);
	}
	h->mark.fd = text.fd;
	h->mark.from = text.from;
	h->mark.size = text.size;
	return 0;
}

static int open_mark(struct request *q, struct node *n,
		     struct fuse_file_info *fi, struct handle **ret)
{
	return opening_open(q, n, fi, load_mark, ret);
}

/* A mark has no end of file where its manifest ends and the note begins. */
static int read_mark(struct request *q, struct handle *h, size_t size,
		     off_t off, struct bytes *ret)
{
	if (h->mark.fd < 0)
		return buffer_read(q, h, size, off, ret);
	if (off < 0 || off >= h->mark.size)
		size = 0;
	else if ((off_t)size > h->mark.size - off)
		size = (size_t)(h->mark.size - off);
	*ret = (struct bytes){ .fd = h->mark.fd,
			       .at = h->mark.from + off,
			       .size = size };
	return 0;
}

static int flush_mark(struct request *q, struct handle *h)
{
	return notes_flush(q->fs, h, q->by.tid);
}

static int fsync_mark(struct request *q, struct handle *h, int datasync)
{
	(void)datasync;
	return notes_save(q->fs, h);
}

/* Changing */

/*
 * Setting the times of a mark to now makes it anew, as Python's Path.touch()
 * does.  Not so while the mark is open for writing: it was made then, as
 * touch(1) does.
 */
static void note_writer(struct handle *h, void *arg)
{
	if (handle_can_write(h))
		*(bool *)arg = true;
}

static int touch(struct request *q, struct node *n)
{
	bool open = false;

	node_each_handle(q->fs->nodes, n, note_writer, &open);
	return open ? 0 : making_again(q, n);
}

/* A program that restores a mark says when it was made. */
static bool is_dated(int to_set)
{
	return (to_set & FUSE_SET_ATTR_MTIME) &&
	       !(to_set & FUSE_SET_ATTR_MTIME_NOW);
}

/* A mark that is noted is another file than the one that was opened. */
static int open_mark_file(struct fs *fs, struct node *n, int *ret_fd)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = place_find(fs, n, &dir, &name, &key);

	return r < 0 ? r : dir_open_file(dir, name, O_PATH, NULL, ret_fd);
}

/* Its owner, mode and times are those of a file like any other. */
static int change_mark(struct fs *fs, struct node *n, const struct stat *attr,
		       int to_set)
{
	struct attr_change c = {
		.set_mode = to_set & FUSE_SET_ATTR_MODE,
		.set_uid = to_set & FUSE_SET_ATTR_UID,
		.set_gid = to_set & FUSE_SET_ATTR_GID,
		.mode = attr->st_mode & 0666,
		.uid = attr->st_uid,
		.gid = attr->st_gid,
		.set_times = is_dated(to_set),
		.times = { attr->st_atim, attr->st_mtim },
	};
	auto_fd fd = -1;
	int r = open_mark_file(fs, n, &fd);

	if (!(to_set & FUSE_SET_ATTR_ATIME) ||
	    (to_set & FUSE_SET_ATTR_ATIME_NOW))
		c.times[0].tv_nsec = UTIME_OMIT;

	return r < 0 ? r : attr_change_fd(fd, &c);
}

static int mark_setattr(struct request *q, struct node *n, struct handle *h,
			const struct stat *attr, int to_set)
{
	int r = 0;

	if (is_dated(to_set) ||
	    (to_set &
	     (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)))
		r = change_mark(q->fs, n, attr, to_set);
	if (!r && (to_set & FUSE_SET_ATTR_SIZE) && h)
		r = buffer_truncate(h, attr->st_size);
	if (!r && (to_set & FUSE_SET_ATTR_MTIME) && !is_dated(to_set))
		r = touch(q, n);
	return r;
}

/* IDEMFS_XATTR_STALE is all that a mark has. */
static ssize_t mark_getxattr(struct request *q, struct node *n,
			     const char *name, char *buf, size_t size)
{
	char why[STALE_WHY];
	int r;

	if (strcmp(name, IDEMFS_XATTR_STALE) != 0)
		return -ENODATA;
	r = hidden_why(q->fs, n, &q->by, why);
	if (r >= 0 && size && (size_t)r > size)
		return -ERANGE;
	if (r > 0 && size)
		memcpy(buf, why, (size_t)r);
	return r;
}

const struct node_ops mark_ops = {
	.refusal = -ENOTDIR,
	.xattr_refusal = -EOPNOTSUPP,
	.getattr = mark_getattr,
	.setattr = mark_setattr,
	.getxattr = mark_getxattr,
	.open = open_mark,
	.unopen = opening_undo,
	.read = read_mark,
	.write = buffer_write,
	.flush = flush_mark,
	.fsync = fsync_mark,
};
