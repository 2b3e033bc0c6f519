/* SPDX-License-Identifier: MIT */
/*
 * attr: SETATTR.  What is set by path reaches the committed file and what is
 * pending at its name (F7); what is set by descriptor, that version alone.
 */
#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/digest/stream.h"
#include "mount/file/opened.h"
#include "mount/fs/fs.h"
#include "mount/kernel/session.h"

static struct timespec time_to_set(int to_set, int set, int now,
				   struct timespec given)
{
	if (!(to_set & set))
		return (struct timespec){ .tv_nsec = UTIME_OMIT };
	if (to_set & now)
		return (struct timespec){ .tv_nsec = UTIME_NOW };
	return given;
}

static struct attr_change change_of(const struct stat *attr, int to_set,
				    const struct caller *by)
{
	return (struct attr_change){
		.set_mode = to_set & FUSE_SET_ATTR_MODE,
		.set_uid = to_set & FUSE_SET_ATTR_UID,
		.set_gid = to_set & FUSE_SET_ATTR_GID,
		.set_times = to_set & (FUSE_SET_ATTR_ATIME |
				       FUSE_SET_ATTR_MTIME),
		.touch = !to_set,
		.mode = attr->st_mode,
		.uid = attr->st_uid,
		.gid = attr->st_gid,
		.by = by,
		.times = {
			time_to_set(to_set, FUSE_SET_ATTR_ATIME,
				    FUSE_SET_ATTR_ATIME_NOW, attr->st_atim),
			time_to_set(to_set, FUSE_SET_ATTR_MTIME,
				    FUSE_SET_ATTR_MTIME_NOW, attr->st_mtim),
		},
	};
}

static bool changes_anything(const struct attr_change *c)
{
	return c->set_mode || c->set_uid || c->set_gid || c->set_times ||
	       c->touch;
}

static int apply(int fd, const void *arg)
{
	return attr_change_fd(fd, arg);
}

/* @shown: what the caller sees there; NULL: what is committed. */
static int change_both(struct fs *fs, struct dir *dir, const char *name,
		       const struct file_key *key, const struct attr_change *c,
		       struct version *shown)
{
	struct attr_change harmless = *c;
	int r;

	harmless.mode = attr_harmless(c->mode);
	r = tree_change_both(fs->versions, dir, name, key,
			     &(struct tree_change){ apply, c, &harmless,
						    c->by->uid, shown });
	if (!r)
		fs_forget_pending(fs, dir, name);
	return r;
}

static int change_by_path(struct fs *fs, struct node *n,
			  const struct attr_change *c, struct version *v)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = fs_place(fs, n, &parent, &name, &key);

	/* A pending version is no committed file: whatever is at that path. */
	if (v) {
		if (!r)
			r = version_same_owner(v, parent, name, &key);
		if (!r)
			r = change_both(fs, parent, name, &key, c, v);
		/* It need not be what @v began from. */
		if (!r)
			fs_forget_file_attr(fs, &key);
		return r == -ENOENT || r == -ESTALE ? 0 : r;
	}
	if (!r)
		r = change_both(fs, parent, name, &key, c, NULL);
	if (!r && node_is_linked(fs->nodes, n))
		fs_forget_based(fs, &key);
	if (r == -ESTALE || r == -ENOENT) {
		auto_fd fd = -1;

		r = node_reopen(fs->nodes, n, O_PATH, &fd);
		if (!r)
			r = attr_change_fd(fd, c);
	}
	return r;
}

static int change_attributes(struct fs *fs, struct node *n,
			     const struct attr_change *c, pid_t tid)
{
	auto_version *v = NULL;
	int r;

	if (n->dir)
		return tree_change_dir(fs->versions, n->dir, c);
	v = node_version(fs->nodes, n);
	if (!v)
		return change_by_path(fs, n, c, NULL);
	r = tree_change_version(v, c);
	if (!r && node_take_path(fs->nodes, n, tid))
		r = change_by_path(fs, n, c, v);
	fs_forget_base_attr(fs, v);
	return r;
}

/* Sizes */

static int truncate_fd(struct version *v, const struct caller *by, int fd,
		       off_t size)
{
	auto_access as = { 0 };
	int r = access_write(&as, by, fd);

	if (r < 0)
		return r;
	return v ? stream_truncate(v, fd, size) : sys.ftruncate(fd, size);
}

static int truncate_handle(struct fs *fs, struct handle *h,
			   const struct caller *by, off_t size)
{
	int fd, r = handle_truncate_fd(h, size, &fd);

	if (!r)
		r = truncate_fd(h->version, by, fd, size);
	if (!r && session_kills_priv())
		r = attr_kill_priv(fd, session_kills_priv());
	if (h->version)
		version_note_error(h->version, r);
	if (h->version && h->apart)
		fs_forget_version(fs, h->version);
	return r;
}

/* truncate(2) of a name is an open, a truncation and a close. */
static int truncate_version(struct fs *fs, struct version *v,
			    const struct caller *by, off_t size)
{
	struct writer w;
	int fd, r = version_open(v, by, size ? 0 : O_TRUNC, &w);

	(void)fs;
	if (r < 0)
		return r;
	r = version_fd_for_write(v, &fd);
	if (!r)
		r = truncate_fd(v, by, fd, size);
	if (!r && session_kills_priv())
		r = attr_kill_priv(fd, session_kills_priv());
	version_note_error(v, r);
	version_flush(&w, by->tid);
	fs_forget_closing(fs, v);
	if (version_seal(&w))
		version_settle(v);
	return r;
}

static int truncate_in_place(struct fs *fs, struct node *n,
			     const struct caller *by, off_t size)
{
	auto_fd fd = -1;
	int r = fs_open_node(fs, n, O_WRONLY, &fd);

	if (!r)
		fs_note_in_place(fs, n);
	if (!r)
		r = truncate_fd(NULL, by, fd, size);
	if (!r && session_kills_priv())
		r = attr_kill_priv(fd, session_kills_priv());
	return r;
}

/* As open_by_fd() of open.c. */
static int truncate_by_fd(struct fs *fs, struct node *n,
			  const struct caller *by, off_t size)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	auto_version *v = NULL;
	struct file_key key;
	int r = fs_place(fs, n, &dir, &name, &key);

	if (!r && !fs_leads_to(fs, n, dir, name, &key))
		r = -ENOENT;
	if (!r)
		r = fs_reserve(fs, dir, name, by->tid, size == 0, &v);
	if (r == -ENOENT || r == -ESTALE || r == VERSION_IN_PLACE)
		return truncate_in_place(fs, n, by, size);
	if (r < 0)
		return r;
	r = opened_may(v, &key, by, O_WRONLY);
	if (!r) {
		fs_forget_name(fs, dir, name);
		r = truncate_version(fs, v, by, size);
	}
	fs_forget_version(fs, v);
	version_unhold(v);
	return r;
}

/*
 * To be as long as it is?  Then only its time moves.  overlayfs does that to what
 * it has copied up, and can be sent back nowhere (open.c).
 */
static bool has_size(struct fs *fs, struct dir *dir, const char *name,
		     const struct file_key *key, off_t size)
{
	struct file_key found;
	struct statx st;

	if (session_kills_priv() || versions_any(fs->versions, dir, name) ||
	    dir_statx(dir, name, &st) < 0)
		return false;
	found = statx_key(&st);
	return file_key_equal(&found, key) && st.stx_size == (uint64_t)size &&
	       !(st.stx_attributes & STATX_ATTR_APPEND);
}

static int touch_mtime(struct fs *fs, struct node *n, const struct caller *by)
{
	struct attr_change c = { .set_times = true,
				 .by = by,
				 .times = { { .tv_nsec = UTIME_OMIT },
					    { .tv_nsec = UTIME_NOW } } };

	return change_by_path(fs, n, &c, NULL);
}

/* Sends the caller back to look the name up once more (redirect.h). */
static int redirect_truncate(struct fs *fs, struct node *n,
			     const struct caller *by, off_t size)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	struct redirect *old;
	int r = fs_place(fs, n, &parent, &name, &key);

	if (r < 0)
		return r;
	if (fs_opens_in_place(fs, parent, name, size == 0) ||
	    node_is_written(fs->nodes, n))
		return truncate_in_place(fs, n, by, size);
	if (has_size(fs, parent, name, &key, size))
		return touch_mtime(fs, n, by);
	if (!redirect_can(by->tid))
		return truncate_by_fd(fs, n, by, size);
	old = redirect_take(fs->redirects, by->tid);
	if (old) {
		bool again = old->node == n->id;

		redirect_end(fs->redirects, old);
		/* No LOOKUP came between. */
		if (again)
			return truncate_by_fd(fs, n, by, size);
	}
	return fs_send_back(fs, n, by->tid, O_WRONLY | (size ? 0 : O_TRUNC));
}

static int truncate_node(struct fs *fs, struct node *n, const struct caller *by,
			 off_t size)
{
	auto_version *v = node_version(fs->nodes, n);
	struct redirect *r;
	int code;

	if (n->dir)
		return -EISDIR;
	if (!v)
		return redirect_truncate(fs, n, by, size);
	r = redirect_take(fs->redirects, by->tid);
	code = truncate_version(fs, v, by, size);
	if (r)
		redirect_end(fs->redirects, r);
	return code == -ESTALE ? redirect_truncate(fs, n, by, size) : code;
}

static int set_size(struct fs *fs, struct node *n, struct handle *h,
		    const struct caller *by, off_t size)
{
	if (h && handle_can_write(h))
		return truncate_handle(fs, h, by, size);
	return truncate_node(fs, n, by, size);
}

void fs_op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		   int to_set, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	auto_node n = fs_node(fs, ino);
	struct handle *h = fi ? fs_handle(fi) : NULL;
	struct attr_change change = change_of(attr, to_set, &by);
	double timeout = 0;
	struct stat st;
	int r = n.n ? 0 : -ESTALE;

	if (!r && fs_is_mark(n.n)) {
		marks_setattr(req, n.n, attr, to_set, fi);
		return;
	}
	if (!r && (to_set & FUSE_SET_ATTR_SIZE))
		r = set_size(fs, n.n, h, &by, attr->st_size);
	if (!r && changes_anything(&change))
		r = change_attributes(fs, n.n, &change, by.tid);
	if (!r)
		r = fs_getattr(fs, n.n, h, &st, &timeout);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_attr(req, &st, timeout);
}

/* Filesystems */

/* The directory that @n is, or that it was found in: a reference, or NULL. */
static struct dir *dir_near(struct fs *fs, struct node *n)
{
	auto_version *v = NULL;
	auto_free char *name = NULL;
	struct dir *dir = NULL;
	struct file_key key;

	if (!n || n->dir)
		return n ? dir_get(n->dir) : NULL;
	v = node_version(fs->nodes, n);
	if (v)
		version_place(v, &dir, &name);
	else
		fs_place(fs, n, &dir, &name, &key);
	return dir;
}

void fs_op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	auto_dir *dir = dir_near(fs, n.n);
	auto_pin pin = { 0 };
	struct statvfs st;
	int fd = fs->root;

	/* A filesystem mounted inside tells its own numbers. */
	if (dir && !dir_pin(dir, &pin))
		fd = pin.fd;
	if (fstatvfs(fd, &st) < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_statfs(req, &st);
}
