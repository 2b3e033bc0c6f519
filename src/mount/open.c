/* SPDX-License-Identifier: MIT */
/*
 * open: CREATE, TMPFILE and OPEN.
 *
 * An open for reading gets a descriptor of what is committed, or shares the
 * version that its own process is writing.  An open for writing gets a version
 * of its own or joins one; when the path led to a committed file, it is sent
 * back once, to be led to the pending one (redirect.h).
 */
#include <fcntl.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/stream.h"
#include "mount/channel.h"
#include "mount/fs.h"
#include "mount/passthrough.h"
#include "mount/session.h"

/* What of the caller's flags matters to a descriptor of ours. */
#define BACKING_FLAGS (O_ACCMODE | O_APPEND | O_TRUNC)

static bool is_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

static struct handle *new_handle(struct fs *fs, struct node *n, int flags)
{
	struct handle *h = handle_new(node_get(fs->nodes, n->id), flags);

	if (!h)
		node_put(fs->nodes, n);
	return h;
}

static void drop_handle(struct fs *fs, struct handle *h)
{
	struct node *n = h->node;

	handle_free(h);
	node_put(fs->nodes, n);
}

/* Set-id bits are cleared by whoever writes: passed through, nobody would. */
static bool has_set_id(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || (st.st_mode & (S_ISUID | S_ISGID));
}

/*
 * A writable mapping of what passes through does not keep the FUSE file, and so
 * not the version, open: so an open of a version for reading and writing, which
 * alone can have one, goes through us.
 */
static bool may_pass(struct fs *fs, const struct handle *h, int fd)
{
	if (fd < 0 || h->apart)
		return false;
	if (!h->version)
		return !handle_can_write(h) || !has_set_id(fd);
	if (!h->writing)
		return true;
	return (h->flags & O_ACCMODE) != O_RDWR && !has_set_id(fd) &&
	       passthrough_has_room(fs->pass, h->version);
}

/* What @h would pass through to, if it is the first of its node; or 0. */
static int backing_of(struct fs *fs, const struct handle *h)
{
	int fd = h->version ? atomic_load(&h->version->fd) : h->fd;

	if (!passthrough_is_on(fs->pass) || !may_pass(fs, h, fd) ||
	    !node_is_first_handle(fs->nodes, h->node))
		return 0;
	return passthrough_open(fs->pass, fd);
}

static void enter_node(struct fs *fs, struct handle *h,
		       struct fuse_file_info *fi)
{
	int spare = node_add_handle(fs->nodes, h->node, h, backing_of(fs, h));

	passthrough_close(fs->pass, spare);
	if (!h->backing_id)
		return;
	fi->keep_cache = 0;
	channel_pass_to(fi, h->backing_id);
	if (h->writing) {
		stream_broken(h->version);
		version_note_unseen(h->version);
	}
	if (h->writing && (h->flags & O_ACCMODE) == O_RDWR)
		version_note_mappable(h->version);
}

static void leave_node(struct fs *fs, struct handle *h)
{
	int id = node_remove_handle(fs->nodes, h->node, h);

	passthrough_close(fs->pass, id);
}

/* The handle is whole: the node knows it, the kernel gets it. */
static void publish(struct fs *fs, struct handle *h, struct fuse_file_info *fi)
{
	enter_node(fs, h, fi);
	fi->fh = (uintptr_t)h;
	/* What O_CREAT | O_RDONLY made is judged by its FLUSH, too. */
	fi->noflush = !h->writing && !handle_can_write(h) &&
		      !fs_has_locks(fs, h);
}

/* What was to be said with that answer is not said with the next one. */
static void unpublish(struct fs *fs, struct handle *h,
		      struct fuse_file_info *fi)
{
	channel_pass_to(fi, 0);
	leave_node(fs, h);
	if (h->writing && version_seal(&h->w))
		version_settle(h->version);
	drop_handle(fs, h);
}

static void reply_open(fuse_req_t req, struct fs *fs, struct handle *h,
		       struct fuse_file_info *fi)
{
	publish(fs, h, fi);
	if (fuse_reply_open(req, fi) < 0)
		unpublish(fs, h, fi);
}

/* Pending versions */

static int open_version(struct fs *fs, struct node *n, struct version *v,
			pid_t tid, int flags, struct handle **ret)
{
	struct handle *h = new_handle(fs, n, flags);
	int r;

	if (!h)
		return -ENOMEM;
	h->version = version_get(v);
	r = is_write(flags) ? version_open(v, tid, flags, &h->w)
			    : version_note_reader(v);
	if (r < 0) {
		drop_handle(fs, h);
		return r;
	}
	h->writing = is_write(flags);
	/* With O_TRUNC only, and so it has a temp. */
	if (session_kills_priv())
		attr_kill_priv(version_fd_for_read(v), session_kills_priv());
	*ret = h;
	return 0;
}

/* The number that the file will have when it is committed. */
static void key_by_temp(struct fs *fs, struct node *n, struct version *v)
{
	int fd = atomic_load(&v->fd);
	struct file_key key;
	struct statx st;

	if (fd < 0 || fd_statx(fd, &st) < 0)
		return;
	key = statx_key(&st);
	node_set_key(fs->nodes, n, &key);
}

/* OPEN of the node of a pending version: 0, or -ESTALE when it is settled. */
static int open_pending(fuse_req_t req, struct node *n, struct version *v,
			struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	pid_t tid = fuse_req_ctx(req)->pid;
	struct redirect *r = redirect_take(fs->redirects, tid);
	struct handle *h;
	int code = -ESTALE;

	/* What was reserved for another open may not suit this one. */
	if (!r || redirect_is_of(r, is_write(fi->flags), fi->flags & O_TRUNC))
		code = open_version(fs, n, v, tid, fi->flags, &h);
	if (r)
		redirect_end(fs->redirects, r);
	if (code < 0)
		return code;
	/* His look by path was for this open, not for what he sets next. */
	node_take_path(fs->nodes, n, tid);
	if (h->writing)
		key_by_temp(fs, n, v);
	/* Whatever is cached came through this node. */
	fi->keep_cache = 1;
	reply_open(req, fs, h, fi);
	return 0;
}

/* Committed files */

static int open_fd(struct fs *fs, struct node *n, int fd, int flags,
		   struct handle **ret)
{
	struct handle *h = new_handle(fs, n, flags);

	if (!h) {
		close_fd(fd);
		return -ENOMEM;
	}
	h->fd = fd;
	*ret = h;
	return 0;
}

static int reply_fd(fuse_req_t req, struct node *n, int fd,
		    struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct handle *h;
	struct stat st;
	int r = open_fd(fs, n, fd, fi->flags, &h);

	if (r < 0)
		return r;
	if (!fstat(fd, &st))
		fi->keep_cache = node_cache_holds(fs->nodes, n, &st);
	reply_open(req, fs, h, fi);
	return 0;
}

int fs_send_back(struct fs *fs, struct node *n, pid_t tid, int flags)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = fs_place(fs, n, &dir, &name, &key);

	if (!r)
		r = redirect_begin(fs->redirects, tid, n->id, dir, name,
				   is_write(flags), flags & O_TRUNC);
	return r < 0 ? r : -ESTALE;
}

/*
 * What has the name of @n by now, past the page cache, which is @n's: for who
 * was sent back already, and found it replaced once more, or cannot be.
 */
static int open_newest(fuse_req_t req, struct node *n,
		       struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	struct handle *h = NULL;
	auto_fd fd = -1;
	int r = fs_place(fs, n, &dir, &name, &key);

	if (!r)
		r = versions_open_file(fs->versions, dir, name, O_RDONLY, NULL,
				       &fd);
	if (!r)
		r = access_open(fd, &by, fi->flags);
	if (!r)
		r = open_fd(fs, n, steal_fd(&fd), fi->flags, &h);
	if (r < 0)
		return r == -ESTALE ? -ENOENT : r;
	h->apart = true;
	fi->direct_io = 1;
	reply_open(req, fs, h, fi);
	return 0;
}

static int open_for_reading(fuse_req_t req, struct node *n,
			    struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	pid_t tid = fuse_req_ctx(req)->pid;
	struct redirect *r = redirect_take(fs->redirects, tid);
	bool last = !redirect_can(tid) ||
		    (r && redirect_is_of(r, false, false));
	int fd = -1, code = 0;

	if (r && r->fd >= 0 && r->target == n->id)
		fd = steal_fd(&r->fd);
	if (r)
		redirect_end(fs->redirects, r);
	if (fd < 0)
		code = fs_open_node(fs, n, fi->flags & BACKING_FLAGS, &fd);
	/* Replaced since he looked: let him look again, once. */
	if (code == -ESTALE)
		return last ? open_newest(req, n, fi)
			    : fs_send_back(fs, n, tid, fi->flags);
	return code < 0 ? code : reply_fd(req, n, fd, fi);
}

static int open_in_place(fuse_req_t req, struct node *n,
			 struct fuse_file_info *fi)
{
	int fd, r = fs_open_node(fs_of(req), n, fi->flags & BACKING_FLAGS, &fd);

	if (!r)
		fs_note_in_place(fs_of(req), n);
	if (!r && session_kills_priv())
		attr_kill_priv(fd, session_kills_priv());
	return r < 0 ? r : reply_fd(req, n, fd, fi);
}

/*
 * A reopen by descriptor (/proc/self/fd/N) of a committed file, or an open by
 * who cannot be sent back: no LOOKUP leads anywhere else, so the handle is on
 * the file's own node, past its page cache, which belongs to the committed
 * version; also when that has been replaced by a newer one, from which the next
 * begins.
 */
static int open_by_fd(fuse_req_t req, struct node *n, struct dir *dir,
		      const char *name, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	auto_version *v = NULL;
	struct handle *h;
	int r;

	/* He might map the committed file, and write to it. */
	if ((fi->flags & O_ACCMODE) == O_RDWR && node_passes(fs->nodes, n))
		return -ETXTBSY;
	r = fs_reserve(fs, dir, name, by.tid, fi->flags & O_TRUNC, &v);
	/* Unlinked: nobody else can come to it, so it is written in place. */
	if (r == -ENOENT || r == -ESTALE)
		return open_in_place(req, n, fi);
	if (r < 0)
		return r;
	r = access_open(version_fd_for_read(v), &by, fi->flags);
	if (!r)
		r = open_version(fs, n, v, by.tid, fi->flags, &h);
	version_unhold(v);
	if (r < 0)
		return r;
	fs_forget_name(fs, dir, name);
	h->apart = true;
	fi->direct_io = 1;
	reply_open(req, fs, h, fi);
	return 0;
}

static int open_for_writing(fuse_req_t req, struct node *n,
			    struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	pid_t tid = fuse_req_ctx(req)->pid;
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	struct redirect *r;
	bool again;
	int code = fs_place(fs, n, &dir, &name, &key);

	if (code < 0)
		return code;
	r = redirect_take(fs->redirects, tid);
	again = r && r->node == n->id &&
		redirect_is_of(r, true, fi->flags & O_TRUNC);
	if (r)
		redirect_end(fs->redirects, r);
	if (fs_in_place(fs, dir, name))
		return open_in_place(req, n, fi);
	if (!again && redirect_can(tid))
		return fs_send_back(fs, n, tid, fi->flags);
	return fs_leads_to(fs, n, dir, name, &key)
		       ? open_by_fd(req, n, dir, name, fi)
		       : open_in_place(req, n, fi);
}

/*
 * Who is not writing @v is led to it by a path for a moment: the kernel makes
 * the dentry of a new file (d_instantiate() in fuse_create_open()) while it
 * still trusts what it was told of the name's absence, and a walk in between
 * asks us nothing.  He is sent back; or, if that was done and he found nothing,
 * and the same has happened again, there is nothing.  Who comes by descriptor
 * (/proc/PID/fd/N) is back at once, and is right.  0: he may have it.
 */
static int turn_away(struct fs *fs, struct node *n, struct version *v,
		     pid_t tid, int flags)
{
	struct redirect *r;
	bool missed;

	if (version_is_writer(v, tid) || !redirect_can(tid))
		return 0;
	r = redirect_take(fs->redirects, tid);
	if (r && (r->node == n->id || r->version == v)) {
		redirect_put(fs->redirects, r);
		return 0;
	}
	missed = r && r->missed;
	if (r)
		redirect_end(fs->redirects, r);
	if (missed)
		return -ENOENT;
	/* What has no name cannot be looked up. */
	return fs_send_back(fs, n, tid, flags) == -ESTALE ? -ESTALE : 0;
}

static int open_node(fuse_req_t req, struct node *n, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	auto_version *v = NULL;
	int r;

	if (n->dir)
		return -EISDIR;
	v = node_version(fs->nodes, n);
	if (v && !is_write(fi->flags))
		version_wait(v);
	if (v && !version_is_settled(v)) {
		r = turn_away(fs, n, v, fuse_req_ctx(req)->pid, fi->flags);
		if (r < 0)
			return r;
		r = open_pending(req, n, v, fi);
		if (r != -ESTALE)
			return r;
	}
	return is_write(fi->flags) ? open_for_writing(req, n, fi)
				   : open_for_reading(req, n, fi);
}

void fs_op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	auto_node n = fs_node(fs_of(req), ino);
	int r = n.n ? 0 : -ESTALE;

	if (!r && fs_is_mark(n.n)) {
		marks_open(req, n.n, fi);
		return;
	}
	if (!r)
		r = open_node(req, n.n, fi);
	if (r < 0)
		reply_result(req, r);
}

/* New files */

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
	publish(fs, h, fi);
	r = found_new(fs, h->version, h->node, &f);
	if (r < 0) {
		unpublish(fs, h, fi);
		reply_result(req, r);
		return;
	}
	if (reply_created(req, fs, &f, fi) < 0)
		unpublish(fs, h, fi);
}

static int create_version(fuse_req_t req, const struct version_new *given,
			  bool anonymous, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct version_new spec = *given;
	struct node *n = node_for_new(fs->nodes, S_IFREG);
	struct handle *h = n ? handle_new(n, fi->flags) : NULL;
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
		drop_handle(fs, h);
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
		r = open_fd(fs, f.node, steal_fd(&fd), fi->flags, &h);
	if (r < 0) {
		node_put(fs->nodes, f.node);
		if (r == -ESTALE)
			return -ENOENT;
		return r == -ENXIO ? -ESTALE : r;
	}
	publish(fs, h, fi);
	if (reply_created(req, fs, &f, fi) < 0)
		unpublish(fs, h, fi);
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

	if (r < 0)
		return r == -ELOOP ? -ESTALE : r;
	n = fs_node(fs, v->owner);
	r = n.n ? access_open(version_fd_for_read(v), &by, fi->flags) : -ESTALE;
	if (!r)
		r = open_version(fs, n.n, v, by.tid, fi->flags, &h);
	version_unhold(v);
	if (!r)
		reply_new(req, h, fi);
	return r;
}

static int create_in_place(fuse_req_t req, struct dir *dir, const char *name,
			   mode_t mode, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	struct found f = { 0 };
	struct handle *h;
	struct statx st;
	auto_fd fd = -1;
	int r = tree_create(fs->versions, dir, name,
			    fi->flags & (BACKING_FLAGS | O_EXCL), mode, &by,
			    &fd);

	/* What was opened: the name may lead elsewhere by now. */
	if (!r)
		r = fd_statx(fd, &st);
	if (!r)
		r = fs_found_file(fs, dir, name, &st, &f);
	if (r < 0)
		return r;
	r = open_fd(fs, f.node, steal_fd(&fd), fi->flags, &h);
	if (r < 0) {
		node_put(fs->nodes, f.node);
		return r;
	}
	publish(fs, h, fi);
	if (reply_created(req, fs, &f, fi) < 0)
		unpublish(fs, h, fi);
	return 0;
}

static int create(fuse_req_t req, struct dir *dir, const char *name,
		  mode_t mode, struct fuse_file_info *fi)
{
	struct version_new spec = { .dir = dir,
				    .name = name,
				    .mode = mode,
				    .excl = fi->flags & O_EXCL,
				    .by = fs_caller(req) };
	struct statx st;
	int r;

	if (tree_reserved(dir, name))
		return -EPERM;
	if (fs_in_place(fs_of(req), dir, name))
		return create_in_place(req, dir, name, mode, fi);
	if (!is_write(fi->flags) && !(fi->flags & O_EXCL)) {
		r = create_by_reading(req, dir, name, fi);
		if (r != -ENOENT)
			return r;
	}
	if (!(fi->flags & O_EXCL) &&
	    (!(fi->flags & O_TRUNC) || !dir_statx(dir, name, &st))) {
		r = create_by_joining(req, dir, name, fi);
		if (r != -ENOENT)
			return r;
	}
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

	if (!r && spec.dir->marks)
		r = -EOPNOTSUPP;
	if (!r)
		r = create_version(req, &spec, true, fi);
	if (r < 0)
		reply_result(req, r);
}

void fs_op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct handle *h = fs_handle(fi);
	pid_t ended = h->ended;

	(void)ino;
	fs_locks_released(fs, h);
	leave_node(fs, h);
	/* The gate has sealed it, in the order of the kernel's queue. */
	if (h->settles)
		version_settle(h->version);
	drop_handle(fs, h);
	fuse_reply_err(req, 0);
	wills_execute(fs->wills, ended);
}
