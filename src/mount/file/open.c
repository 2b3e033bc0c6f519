/* SPDX-License-Identifier: MIT */
/*
 * open: OPEN and RELEASE.
 *
 * An open for reading gets a descriptor of what is committed, or shares the
 * version that its own process is writing.  An open for writing gets a version
 * of its own or joins one; when the path led to a committed file, it is sent
 * back once, to be led to the pending one (redirect.h).
 */
#include <fcntl.h>

#include "base/util.h"
#include "mount/file/opened.h"
#include "mount/fs/fs.h"
#include "mount/kernel/session.h"

/* Pending versions */

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
	struct caller by = fs_caller(req);
	struct redirect *r = redirect_take(fs->redirects, by.tid);
	struct handle *h;
	int code = -ESTALE;

	/* What was reserved for another open may not suit this one. */
	if (!r ||
	    redirect_is_of(r, opened_is_write(fi->flags), fi->flags & O_TRUNC))
		code = opened_version(fs, n, v, &by, fi->flags, &h);
	if (r)
		redirect_end(fs->redirects, r);
	if (code < 0)
		return code;
	/* His look by path was for this open, not for what he sets next. */
	node_take_path(fs->nodes, n, by.tid);
	if (h->writing)
		key_by_temp(fs, n, v);
	/* Whatever is cached came through this node. */
	fi->keep_cache = 1;
	opened_reply(req, fs, h, fi);
	return 0;
}

/* Committed files */

static int reply_fd(fuse_req_t req, struct node *n, int fd,
		    struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	struct handle *h;
	struct stat st;
	int r = opened_fd(fs, n, fd, &by, fi->flags, &h);

	if (r < 0)
		return r;
	if (!fstat(fd, &st))
		fi->keep_cache = node_cache_holds(fs->nodes, n, &st);
	opened_reply(req, fs, h, fi);
	return 0;
}

static int send_back(struct fs *fs, struct node *n, struct dir *dir,
		     const char *name, pid_t tid, int flags)
{
	int r = redirect_begin(fs->redirects, tid, n->id, dir, name,
			       opened_is_write(flags), flags & O_TRUNC);

	return r < 0 ? r : -ESTALE;
}

int fs_send_back(struct fs *fs, struct node *n, pid_t tid, int flags)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = fs_place(fs, n, &dir, &name, &key);

	return r < 0 ? r : send_back(fs, n, dir, name, tid, flags);
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
		r = opened_fd(fs, n, steal_fd(&fd), &by, fi->flags, &h);
	if (r < 0)
		return r == -ESTALE ? -ENOENT : r;
	h->apart = true;
	fi->direct_io = 1;
	opened_reply(req, fs, h, fi);
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
		code = fs_open_node(fs, n, fi->flags & OPENED_FLAGS, &fd);
	/* Replaced since he looked: let him look again, once. */
	if (code == -ESTALE)
		return last ? open_newest(req, n, fi)
			    : fs_send_back(fs, n, tid, fi->flags);
	return code < 0 ? code : reply_fd(req, n, fd, fi);
}

static int open_in_place(fuse_req_t req, struct node *n,
			 struct fuse_file_info *fi)
{
	int fd, r = fs_open_node(fs_of(req), n, fi->flags & OPENED_FLAGS, &fd);

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
		      const char *name, const struct file_key *key,
		      struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	auto_version *v = NULL;
	struct handle *h;
	int r = fs_reserve(fs, dir, name, by.tid, fi->flags & O_TRUNC, &v);

	/* Unlinked: nobody else can come to it, so it is written in place. */
	if (r == -ENOENT || r == -ESTALE || r == VERSION_IN_PLACE)
		return open_in_place(req, n, fi);
	if (r < 0)
		return r;
	r = opened_may(v, key, &by, fi->flags);
	/* He might map the committed file, and write to it. */
	if (!r && (fi->flags & O_ACCMODE) == O_RDWR &&
	    node_passes(fs->nodes, n))
		r = -ETXTBSY;
	if (!r)
		r = opened_version(fs, n, v, &by, fi->flags, &h);
	version_unhold(v);
	if (r < 0)
		return r;
	fs_forget_name(fs, dir, name);
	h->apart = true;
	fi->direct_io = 1;
	opened_reply(req, fs, h, fi);
	return 0;
}

/*
 * overlayfs opens what it has found long ago, walks no path again, and goes on
 * with the inode that it knows: so that stays.  It asks for O_NOATIME
 * (fs/overlayfs/file.c, OVL_OPEN_FLAGS), as hardly any program does to write.
 */
static bool is_overlays(int flags)
{
	return flags & O_NOATIME;
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
	if (is_overlays(fi->flags) ||
	    fs_opens_in_place(fs, dir, name, fi->flags & O_TRUNC))
		return open_in_place(req, n, fi);
	if (!again && redirect_can(tid))
		return fs_send_back(fs, n, tid, fi->flags);
	return fs_leads_to(fs, n, dir, name, &key)
		       ? open_by_fd(req, n, dir, name, &key, fi)
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
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct redirect *r;
	bool missed;

	if (version_is_seen(v, tid) || !redirect_can(tid))
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
	/*
	 * What has no name cannot be looked up.  The node of a new file has no
	 * place until somebody has looked that up, but its version has.
	 */
	return version_place(v, &dir, &name) < 0
		       ? 0
		       : send_back(fs, n, dir, name, tid, flags);
}

static int open_node(fuse_req_t req, struct node *n, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	auto_version *v = NULL;
	int r;

	if (n->dir)
		return -EISDIR;
	v = node_version(fs->nodes, n);
	if (v && !opened_is_write(fi->flags))
		version_wait(v);
	if (v && !version_is_settled(v)) {
		r = turn_away(fs, n, v, fuse_req_ctx(req)->pid, fi->flags);
		if (r < 0)
			return r;
		r = open_pending(req, n, v, fi);
		if (r != -ESTALE)
			return r;
	}
	return opened_is_write(fi->flags) ? open_for_writing(req, n, fi)
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

void fs_op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct handle *h = fs_handle(fi);
	pid_t ended = h->ended;

	(void)ino;
	fs_locks_released(fs, h);
	opened_leave(fs, h);
	/* The gate has sealed it, in the order of the kernel's queue. */
	if (h->settles)
		version_settle(h->version);
	opened_drop(fs, h);
	fuse_reply_err(req, 0);
	wills_execute(fs->wills, ended);
}
