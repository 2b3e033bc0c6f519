/* SPDX-License-Identifier: MIT */
/*
 * names: handlers that make, move and remove names.  Each finds the
 * directories, goes through core's door, and answers.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/sys.h"
#include "base/util.h"
#include "idemfs/control.h"
#include "mount/fs/fs.h"

static bool is_checkpoints(struct dir *dir, const char *name)
{
	return !dir->parent && !dir->marks && !strcmp(name, IDEMFS_CHECKPOINTS);
}

/* The directory to make @name in; @in_marks: may it be among the marks? */
static int place_to_make(const struct node_ref *p, const char *name,
			 bool in_marks, struct dir **ret)
{
	int r = fs_dir_of(p, name, ret);

	if (r < 0)
		return r;
	if (is_checkpoints(*ret, name))
		return -EEXIST;
	return (*ret)->marks && !in_marks ? -EPERM : 0;
}

static void finish_make(fuse_req_t req, struct dir *dir, const char *name,
			int r)
{
	if (r < 0)
		reply_result(req, r);
	else
		reply_name(req, fs_of(req), dir, name);
}

void fs_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		 mode_t mode)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	struct caller by = fs_caller(req);
	struct dir *dir = NULL;
	int r = place_to_make(&p, name, true, &dir);

	/* Dot names among the marks are idemfs' own. */
	if (!r && dir->marks && name[0] == '.')
		r = -EPERM;
	if (!r && dir->marks)
		r = marks_clear(fs, dir, name);
	if (!r)
		r = tree_mkdir(fs->versions, dir, name, mode, &by);
	finish_make(req, dir, name, r);
}

void fs_op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		 mode_t mode, dev_t rdev)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	struct caller by = fs_caller(req);
	struct dir *dir = NULL;
	int r = place_to_make(&p, name, false, &dir);

	if (!r)
		r = tree_mknod(fs->versions, dir, name, mode, rdev, &by);
	finish_make(req, dir, name, r);
}

void fs_op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent,
		   const char *name)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	struct caller by = fs_caller(req);
	struct dir *dir = NULL;
	int r = place_to_make(&p, name, false, &dir);

	if (!r)
		r = tree_symlink(fs->versions, dir, name, link, &by);
	finish_make(req, dir, name, r);
}

static int link_committed(struct fs *fs, struct node *n, struct dir *to,
			  const char *to_name)
{
	auto_dir *from = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = fs_place(fs, n, &from, &name, &key);

	if (!r)
		r = tree_link(fs->versions, from, name, &key, to, to_name);
	/* Replaced or renamed since he looked: let him look again. */
	return r == -ENOENT ? -ESTALE : r;
}

static int link_node(struct fs *fs, struct node *n, struct dir *to,
		     const char *to_name)
{
	auto_version *v = NULL;

	if (!n || n->dir)
		return n ? -EPERM : -ESTALE;
	if (fs_is_mark(n))
		return -EPERM;
	v = node_version(fs->nodes, n);
	/* Sealed meanwhile: then it is a committed file in a moment. */
	if (v && version_is_open(v))
		return tree_link_version(v, to, to_name);
	if (v)
		version_wait(v);
	return link_committed(fs, n, to, to_name);
}

static void reply_linked(fuse_req_t req, struct node *n, struct dir *dir,
			 const char *name)
{
	struct fs *fs = fs_of(req);
	struct found f = { .node = node_get(fs->nodes, n->id) };
	auto_version *v = node_version(fs->nodes, n);
	int r = fs_getattr(fs, n, NULL, &f.st, &f.attr_timeout);

	node_linked(fs->nodes, n, dir, name);
	fs_tidy_places(fs, n);
	/* A name that is pending is nobody else's; of many, see node.h. */
	f.entry_timeout = v || f.st.st_nlink > NODE_NAMES ? 0 : f.attr_timeout;
	if (r < 0) {
		node_put(fs->nodes, f.node);
		reply_result(req, r);
	} else {
		reply_found(req, fs, &f);
	}
}

void fs_op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		const char *newname)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	auto_node p = fs_node(fs, newparent);
	struct dir *dir;
	int r = place_to_make(&p, newname, false, &dir);

	if (!r)
		r = link_node(fs, n.n, dir, newname);
	if (r < 0)
		reply_result(req, r);
	else
		reply_linked(req, n.n, dir, newname);
}

void fs_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	struct caller by = fs_caller(req);
	struct dir *dir;
	int r = fs_dir_of(&p, name, &dir);

	if (!r)
		r = dir->marks ? marks_unlink(req, dir, name)
			       : tree_unlink(fs->versions, dir, name, &by);
	reply_result(req, r);
}

void fs_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	struct dir *dir;
	int r = fs_dir_of(&p, name, &dir);

	/*
	 * It always exists: what is empty of marks counts as removed, so that
	 * `rm -rf .checkpoints`, a fresh start, does not fail.
	 */
	if (!r && is_checkpoints(dir, name))
		r = marks_are_empty(fs) ? 0 : -ENOTEMPTY;
	else if (!r)
		r = dir->marks ? marks_rmdir(fs, dir, name)
			       : tree_rmdir(fs->versions, dir, name);
	reply_result(req, r);
}

static bool is_pending(struct fs *fs, struct dir *dir, const char *name)
{
	return atomic_load(&dir->pending) &&
	       versions_any(fs->versions, dir, name);
}

/*
 * What others write at @to_name stays there, but the kernel moves the dentry
 * of the old name to it, with all the time that it may be trusted.  So that is
 * looked up anew first, to be trusted for no time (redirect.h).
 */
static int distrust(fuse_req_t req, struct dir *dir, const char *name,
		    struct dir *to, const char *to_name, unsigned int flags)
{
	struct fs *fs = fs_of(req);
	pid_t tid = fuse_req_ctx(req)->pid;
	struct redirect *r;
	bool again;
	int code;

	/* What he was told is trusted for no time already. */
	if (!redirect_can(tid))
		return 0;
	if (!is_pending(fs, to, to_name) &&
	    !((flags & RENAME_EXCHANGE) && is_pending(fs, dir, name)))
		return 0;
	r = redirect_take(fs->redirects, tid);
	again = r && r->rename;
	if (r)
		redirect_end(fs->redirects, r);
	if (again)
		return 0;
	code = redirect_begin_rename(fs->redirects, tid, dir, name);
	return code < 0 ? code : -ESTALE;
}

static int rename_in_tree(fuse_req_t req, struct dir *dir, const char *name,
			  struct dir *to, const char *to_name,
			  unsigned int flags)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	int r;

	if (to->marks && !dir->marks)
		return marks_adopt(req, dir, name, to, to_name, flags);
	if (dir->marks != to->marks)
		return -EXDEV;
	if (is_checkpoints(dir, name) || is_checkpoints(to, to_name))
		return -EBUSY;
	if (dir->marks)
		return marks_rename(req, dir, name, to, to_name, flags);
	r = distrust(req, dir, name, to, to_name, flags);
	return r < 0 ? r
		     : tree_rename(fs->versions, dir, name, to, to_name, flags,
				   &by);
}

/* Where the committed file at @name is found from now on. */
static void note_moved(struct fs *fs, struct dir *dir, const char *name)
{
	struct file_key key;
	struct statx st;
	struct node *n;

	if (dir_statx(dir, name, &st) < 0 || S_ISDIR(st.stx_mode))
		return;
	key = statx_key(&st);
	n = node_find_file(fs->nodes, &key);
	if (!n)
		return;
	if (st.stx_nlink > 1)
		node_linked(fs->nodes, n, dir, name);
	else
		node_moved(fs->nodes, n, dir, name);
	fs_tidy_places(fs, n);
	node_put(fs->nodes, n);
}

void fs_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		  fuse_ino_t newparent, const char *newname, unsigned int flags)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	auto_node q = fs_node(fs, newparent);
	struct dir *dir, *to;
	int r = fs_dir_of(&p, name, &dir);

	if (!r)
		r = fs_dir_of(&q, newname, &to);
	if (!r)
		r = rename_in_tree(req, dir, name, to, newname, flags);
	if (!r) {
		note_moved(fs, to, newname);
		if (flags & RENAME_EXCHANGE)
			note_moved(fs, dir, name);
	}
	reply_result(req, r);
}

void fs_op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	char target[PATH_MAX + 1];
	auto_fd fd = -1;
	ssize_t size;
	int r = n.n ? fs_open_node(fs, n.n, O_PATH, &fd) : -ESTALE;

	if (r < 0) {
		reply_result(req, r);
		return;
	}
	size = readlinkat(fd, "", target, sizeof(target) - 1);
	if (size < 0) {
		fuse_reply_err(req, errno);
		return;
	}
	target[size] = '\0';
	fuse_reply_readlink(req, target);
}
