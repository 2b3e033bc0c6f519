/* SPDX-License-Identifier: MIT */
/*
 * marks: the virtual directory .checkpoints.
 *
 * Its directories are real ones below .idemfs/marks, and go through the same
 * handlers as any; its files are marks, which only exist behind a barrier
 * (core/marks/checkpoint.h), and the control files (include/idemfs/control.h).
 */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/marks/maker.h"
#include "core/marks/mark.h"
#include "idemfs/control.h"
#include "mount/fs/fs.h"
#include "mount/kernel/session.h"

/* Finding */

/* Who may make files at the root may make marks: its mode is the root's. */
static int stat_top(struct fs *fs, struct stat *ret)
{
	struct stat root;

	if (fstat(fs->root, &root) < 0)
		return -errno;
	/* Its own number, also when it shows a run that lies below it. */
	ret->st_ino = backing_marks(fs->backing)->key.ino;
	ret->st_mode = S_IFDIR | (root.st_mode & 07777);
	ret->st_uid = root.st_uid;
	ret->st_gid = root.st_gid;
	return 0;
}

static int stat_mark(struct fs *fs, struct node *n, struct stat *ret)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	struct statx st;
	int r = fs_place(fs, n, &dir, &name, &key);

	if (!r)
		r = dir_statx(dir, name, &st);
	if (r < 0)
		return r;
	statx_to_stat(&st, ret);
	ret->st_mode &= ~(mode_t)S_ISVTX; /* core/verify/stale.h */
	return mark_size(dir, name, &ret->st_size);
}

static int stat_dir(struct fs *fs, struct dir *d, struct stat *ret)
{
	auto_pin pin = { 0 };
	struct statx st;
	int r = dir_pin(d->parent ? d : marks_listed(fs), &pin);

	if (!r)
		r = fd_statx(pin.fd, &st);
	if (r < 0)
		return r;
	statx_to_stat(&st, ret);
	if (!ret->st_nlink)
		ret->st_nlink = 2; /* it is nowhere: state_open_fixed() */
	return d->parent ? 0 : stat_top(fs, ret);
}

/* While it is open for writing, a mark has the size of what was written. */
static void add_unsaved(struct handle *h, void *arg)
{
	struct stat *ret = arg;

	LOCK_SCOPE(&h->text_lock);
	if (h->edits != h->saved)
		ret->st_size = (off_t)h->size;
}

int marks_stat(struct fs *fs, struct node *n, struct stat *ret)
{
	int r;

	if (fs_is_inflight(n))
		return inflight_stat(fs, n, ret);
	if (n->control) {
		control_stat(fs, n, ret);
		return 0;
	}
	if (n->dir)
		return stat_dir(fs, n->dir, ret);
	r = stat_mark(fs, n, ret);
	if (!r)
		node_each_handle(fs->nodes, n, add_unsaved, ret);
	return r;
}

static int found_node(struct fs *fs, struct node *n, struct found *ret)
{
	int r = n ? marks_stat(fs, n, &ret->st) : -ENOMEM;

	if (r < 0)
		node_put(fs->nodes, n);
	else
		ret->node = n;
	return r;
}

int marks_lookup(struct fs *fs, struct dir *dir, const char *name,
		 struct found *ret)
{
	auto_dir *sub = NULL;
	struct file_key key;
	struct statx st;
	int control, r;

	if (!dir->marks)
		return found_node(
			fs, node_for_dir(fs->nodes, backing_marks(fs->backing)),
			ret);
	control = control_of(dir, name);
	if (control == CONTROL_INFLIGHT)
		return inflight_top(fs, ret);
	if (control)
		return found_node(fs, node_for_control(fs->nodes, control),
				  ret);
	r = dir_statx(dir, name, &st);
	if (r < 0)
		return r;
	key = statx_key(&st);
	if (!S_ISDIR(st.stx_mode) && marks_hide(fs, dir, name, st.stx_ino))
		return -ENOENT;
	if (S_ISDIR(st.stx_mode)) {
		sub = dir_intern(dir, name, &key);
		return found_node(fs, sub ? node_for_dir(fs->nodes, sub) : NULL,
				  ret);
	}
	return found_node(
		fs, node_for_file(fs->nodes, &key, st.stx_mode, dir, name),
		ret);
}

bool marks_are_empty(struct fs *fs)
{
	return !marks_have_any(fs, marks_listed(fs));
}

/* Making */

struct barrier {
	struct fs *fs;
	atomic_bool interrupted;
};

static void interrupt(fuse_req_t req, void *data)
{
	struct barrier *b = data;

	(void)req;
	atomic_store(&b->interrupted, true);
	versions_wake(b->fs->versions);
}

/* Makes the mark, or renames it to @to_name; Ctrl-C ends the wait (C7). */
static int behind_barrier(fuse_req_t req, struct checkpoint *c, struct dir *to,
			  const char *to_name, unsigned int flags)
{
	struct fs *fs = fs_of(req);
	struct barrier b = { .fs = fs };
	int r;

	c->by = fs_caller(req);
	c->interrupted = &b.interrupted;
	fuse_req_interrupt_func(req, interrupt, &b);
	r = to ? checkpoint_rename(fs->versions, c, to, to_name, flags)
	       : checkpoint_make(fs->versions, c);
	fuse_req_interrupt_func(req, NULL, NULL);
	return r;
}

static int make_mark(fuse_req_t req, struct checkpoint *c)
{
	/* Dot names are idemfs' own; a temp name of mktemp may begin so. */
	int r = control_of(c->dir, c->name)
			? -EACCES
			: marks_clear(fs_of(req), c->dir, c->name);

	return r ? r : behind_barrier(req, c, NULL, NULL, 0);
}

/* A mark that is new. */
static int make_new(fuse_req_t req, const struct checkpoint *spec)
{
	struct fs *fs = fs_of(req);
	struct checkpoint c = *spec;
	struct stat in;
	/* The top is what it is shown as, be it a run. */
	bool top = c.dir == marks_listed(fs);
	int r = stat_dir(fs, top ? backing_marks(fs->backing) : c.dir, &in);

	c.in = &in;
	return r < 0 ? r : make_mark(req, &c);
}

int marks_make(fuse_req_t req, struct dir *dir, const char *name, mode_t mode,
	       const struct step *step)
{
	struct checkpoint c = {
		.dir = dir, .name = name, .mode = mode, .step = step
	};

	return make_new(req, &c);
}

static bool mark_exists(struct dir *dir, const char *name)
{
	struct statx st;

	return !dir_statx(dir, name, &st);
}

static struct handle *mark_handle(fuse_req_t req, struct node *n, int flags)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	struct handle *h = handle_new(node_get(fs->nodes, n->id), &by, flags);

	if (h) {
		h->budget = fs->texts;
		h->opener = writer_process(by.tid);
	} else {
		node_put(fs->nodes, n);
	}
	return h;
}

static void drop_mark_handle(struct fs *fs, struct handle *h)
{
	struct node *n = h->node;

	node_remove_handle(fs->nodes, n, h);
	handle_free(h);
	node_put(fs->nodes, n);
}

static void publish(struct fs *fs, struct handle *h, struct fuse_file_info *fi)
{
	node_add_handle(fs->nodes, h->node, h, 0);
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1;
	fi->noflush = !handle_can_write(h);
}

void marks_create(fuse_req_t req, struct dir *dir, const char *name,
		  mode_t mode, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct found f = { 0 };
	struct handle *h;
	int r = marks_clear(fs, dir, name);

	if (!r && (fi->flags & O_EXCL) && mark_exists(dir, name))
		r = -EEXIST;
	if (!r)
		r = marks_make(req, dir, name, mode, NULL);
	if (!r)
		r = marks_lookup(fs, dir, name, &f);
	if (r < 0) {
		reply_result(req, r);
		return;
	}
	h = mark_handle(req, f.node, fi->flags);
	if (!h) {
		node_put(fs->nodes, f.node);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	publish(fs, h, fi);
	if (reply_created(req, fs, &f, fi) < 0)
		drop_mark_handle(fs, h);
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
	LOCK_SCOPE(&h->text_lock);
	r = handle_resize_text_locked(h, (size_t)text->size);
	if (r < 0)
		return r;
	if (sys_pread_all(text->fd, h->text, h->size, text->from) != text->size)
		return -EIO;
	/* The mark is made anew, without it: so it is written again. */
	h->edits++;
	return 0;
}

static int load_mark(struct fs *fs, struct node *n, struct handle *h)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct mark_text text;
	struct file_key key;
	int r = fs_place(fs, n, &dir, &name, &key);

	if (!r)
		r = mark_open(dir, name, &text);
	if (r < 0)
		return r;
	if (handle_can_write(h)) {
		r = load_note(h, &text);
		close_fd(text.fd);
		return r;
	}
	h->mark_fd = text.fd;
	h->mark_from = text.from;
	h->mark_size = text.size;
	return 0;
}

static int load_text(fuse_req_t req, struct node *n, struct handle *h)
{
	struct fs *fs = fs_of(req);

	if (fs_is_inflight(n))
		return inflight_open(fs, h);
	if (!n->control)
		return load_mark(fs, n, h);
	if (n->control == CONTROL_STEP)
		return marks_line_of_step(fs, h);
	return control_open(req, n, &h->text, &h->size);
}

/* Opening a mark for writing makes it anew: touch(1) does that (C6). */
static int remake(fuse_req_t req, struct node *n)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = fs_place(fs_of(req), n, &dir, &name, &key);
	struct checkpoint c = { .dir = dir, .name = name };
	struct statx st;

	if (!r)
		r = dir_statx(dir, name, &st);
	if (r < 0)
		return r;
	c.mode = st.stx_mode & 0777;
	r = make_mark(req, &c);
	/* From here on the node is that one. */
	if (!r && !dir_statx(dir, name, &st)) {
		key = statx_key(&st);
		node_set_key(fs_of(req)->nodes, n, &key);
	}
	return r;
}

void marks_open(fuse_req_t req, struct node *n, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct handle *h = mark_handle(req, n, fi->flags);
	int r = h ? 0 : -ENOMEM;

	if (!r && handle_can_write(h) && !fs_is_inflight(n))
		r = n->control && n->control != CONTROL_STEP ? -EACCES : 0;
	if (!r)
		r = load_text(req, n, h);
	if (!r && handle_can_write(h) && !n->control)
		r = remake(req, n);
	if (r < 0) {
		if (h) {
			handle_free(h);
			node_put(fs->nodes, n);
		}
		reply_result(req, r);
		return;
	}
	publish(fs, h, fi);
	if (fuse_reply_open(req, fi) < 0)
		drop_mark_handle(fs, h);
}

/* Changing */

/*
 * Setting the times of a mark to now makes it anew (Python's Path.touch() does
 * just that), unless somebody has it open for writing: touch(1) has made it
 * then.
 */
static void note_writer(struct handle *h, void *arg)
{
	if (handle_can_write(h))
		*(bool *)arg = true;
}

static int touch(fuse_req_t req, struct node *n)
{
	bool open = false;

	node_each_handle(fs_of(req)->nodes, n, note_writer, &open);
	return open ? 0 : remake(req, n);
}

/* What restores a mark says when it was made. */
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
	int r = fs_place(fs, n, &dir, &name, &key);

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

void marks_setattr(fuse_req_t req, struct node *n, struct stat *attr,
		   int to_set, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct stat st;
	int r = fs_is_inflight(n) ? -EROFS : n->control ? -EPERM : 0;

	if (!r && (is_dated(to_set) ||
		   (to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID |
			      FUSE_SET_ATTR_GID))))
		r = change_mark(fs, n, attr, to_set);
	if (!r && (to_set & FUSE_SET_ATTR_SIZE) && fi)
		r = notes_truncate(fs_handle(fi), attr->st_size);
	if (!r && (to_set & FUSE_SET_ATTR_MTIME) && !is_dated(to_set))
		r = touch(req, n);
	if (!r)
		r = marks_stat(fs, n, &st);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_attr(req, &st, 0);
}

/* Removing, renaming */

int marks_unlink(fuse_req_t req, struct dir *dir, const char *name)
{
	struct fs *fs = fs_of(req);
	int r = control_of(dir, name)
			? -EPERM
			: checkpoint_remove(fs->versions, dir, name);

	if (!r)
		standing_tidy(fs->standing);
	return r;
}

int marks_rmdir(struct fs *fs, struct dir *dir, const char *name)
{
	int r = control_of(dir, name) ? -EPERM : 0;

	if (!r && marks_is_run(fs, dir, name))
		r = -EBUSY;
	if (!r)
		r = marks_clear_group(fs, dir, name);
	return r ? r : tree_rmdir(fs->versions, dir, name);
}

int marks_rename(fuse_req_t req, struct dir *dir, const char *name,
		 struct dir *to, const char *to_name, unsigned int flags)
{
	struct checkpoint c = { .dir = dir, .name = name };
	auto_dir *moved = NULL;
	struct file_key key;
	struct statx st;
	int r;

	if (control_of(dir, name) || control_of(to, to_name))
		return -EPERM;
	if (marks_is_run(fs_of(req), dir, name) ||
	    marks_is_run(fs_of(req), to, to_name))
		return -EBUSY;
	r = dir_statx(dir, name, &st);
	if (!r && !(flags & RENAME_EXCHANGE))
		r = marks_clear(fs_of(req), to, to_name);
	if (r < 0)
		return r;
	key = statx_key(&st);
	moved = dir_find(dir->backing, &key);
	r = behind_barrier(req, &c, to, to_name, flags);
	if (!r && moved)
		dir_moved(moved, to, to_name);
	if (!r)
		standing_tidy(fs_of(req)->standing);
	return r;
}

/* Reads the committed file at @name, when it can be a note. */
static int read_note(struct dir *dir, const char *name, uid_t uid,
		     char **ret_text, size_t *ret_size)
{
	struct file_key key;
	struct statx st;
	auto_fd fd = -1;
	int r = dir_statx(dir, name, &st);

	/*
	 * mv(1) then copies, and says what it cannot; a rename needs no right
	 * to read, but this does.
	 */
	if (r == -ENOENT || (!r && !S_ISREG(st.stx_mode)) ||
	    (!r && uid != 0 && uid != st.stx_uid))
		return -EXDEV;
	/* That file, not what may have come to its name since. */
	if (!r) {
		key = statx_key(&st);
		r = dir_open_file(dir, name, O_RDONLY, &key, &fd);
	}
	if (!r)
		r = sys_read_fd(fd, IDEMFS_NOTE_MAX, ret_text, ret_size);
	return r == -EFBIG ? -EXDEV : r;
}

int marks_adopt(fuse_req_t req, struct dir *dir, const char *name,
		struct dir *to, const char *to_name, unsigned int flags)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	auto_free char *note = NULL, *going = dir_path(dir, name);
	struct checkpoint c = { .dir = to, .name = to_name, .mode = 0666 };
	int r = going ? marks_clear(fs, to, to_name) : -ENOMEM;

	if (r < 0)
		return r;
	if (flags & ~(unsigned int)RENAME_NOREPLACE)
		r = -EINVAL;
	else if (flags && mark_exists(to, to_name))
		r = -EEXIST;
	if (!r)
		r = read_note(dir, name, by.uid, &note, &c.note_size);
	c.note = note;
	c.going = going;
	if (!r)
		r = make_new(req, &c);
	if (!r)
		r = tree_unlink(fs->versions, dir, name, &by);
	return r;
}
