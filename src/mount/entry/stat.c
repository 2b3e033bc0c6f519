/* SPDX-License-Identifier: MIT */
/*
 * stat: where a node is, and what it looks like.
 */
#include <fcntl.h>

#include "base/util.h"
#include "mount/fs/fs.h"

/* Places */

/* Of several places the latest at which the file is. */
static int linked_place(struct fs *fs, struct node *n, struct dir **ret_dir,
			char **ret_name, struct file_key *ret_key)
{
	for (unsigned int i = 0;; i++) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL;
		struct file_key key;
		int r = node_place(fs->nodes, n, i, &dir, &name, &key);

		if (r < 0)
			return r;
		if (!dir_has(dir, name, &key))
			continue;
		*ret_dir = steal_ptr(&dir);
		*ret_name = steal_ptr(&name);
		*ret_key = key;
		return 0;
	}
}

void fs_tidy_places(struct fs *fs, struct node *n)
{
	bool crowded = node_is_crowded(fs->nodes, n);

	for (unsigned int i = 0; crowded;) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL;
		struct file_key key;

		if (node_place(fs->nodes, n, i, &dir, &name, &key) < 0)
			return;
		if (dir_has(dir, name, &key))
			i++;
		else if (!node_unplace(fs->nodes, n, dir, name))
			return;
	}
}

int fs_place(struct fs *fs, struct node *n, struct dir **ret_dir,
	     char **ret_name, struct file_key *ret_key)
{
	if (node_is_linked(fs->nodes, n) &&
	    !linked_place(fs, n, ret_dir, ret_name, ret_key))
		return 0;
	return node_place(fs->nodes, n, 0, ret_dir, ret_name, ret_key);
}

bool fs_leads_to(struct fs *fs, struct node *n, struct dir *dir,
		 const char *name, const struct file_key *key)
{
	struct lineage *l;
	bool same;

	if (dir_has(dir, name, key))
		return true;
	l = lineage_find(fs->core->rooms.lines, dir, name);
	same = l && l == node_line(fs->nodes, n, NULL);
	lineage_put(l);
	return same;
}

/* Attributes */

int fs_stat_version(struct version *v, struct stat *ret)
{
	bool bare = v->truncated && atomic_load(&v->fd) < 0;
	struct stat base;

	int r = version_stat(v, ret);

	if (r < 0)
		return r;
	/* It will replace its base; until it is opened it has no temp. */
	if (bare)
		ret->st_size = ret->st_blocks = 0;
	/*
	 * Who updates a file may check that it stays the one he opened, as
	 * SQLite does: the copy gets its own number when it is promoted.  Until
	 * then that of the base is not given to another file.
	 */
	if (!v->truncated && v->base >= 0 && !fstat(v->base, &base)) {
		ret->st_dev = base.st_dev;
		ret->st_ino = base.st_ino;
	}
	/* The kernel lets nobody link what has no link. */
	if (!ret->st_nlink && version_is_named(v))
		ret->st_nlink = 1;
	return 0;
}

int fs_open_node(struct fs *fs, struct node *n, int flags, int *ret_fd)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = fs_place(fs, n, &parent, &name, &key);

	if (!r)
		r = versions_open_file(fs->versions, parent, name, flags, &key,
				       ret_fd);
	/* A tail has gone in meanwhile: these bytes have another node. */
	if (!r && node_is_gone(fs->nodes, n)) {
		close_fd(*ret_fd);
		r = -ESTALE;
	}
	/* Replaced or gone, but somebody here may have it open. */
	if (r == -ESTALE || r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		r = node_reopen(fs->nodes, n, flags, ret_fd);
	return r;
}

static int stat_committed(struct fs *fs, struct node *n, struct stat *ret,
			  double *ret_timeout)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct statx st;
	struct file_key key, found;
	bool soon;
	auto_fd fd = -1;
	int r = fs_place(fs, n, &parent, &name, &key);

	soon = !r && node_is_shared(fs->nodes, n) &&
	       versions_wait_replaced(fs->versions, &key) == REPLACED_SOON;
	if (!r)
		r = versions_statx(fs->versions, parent, name, &st);
	if (!r) {
		found = statx_key(&st);
		statx_to_stat(&st, ret);
		if (file_key_equal(&found, &key)) {
			node_remember(fs->nodes, n, ret);
			*ret_timeout = soon ? 0 : fs_long_timeout(fs);
			return 0;
		}
	}
	r = node_reopen(fs->nodes, n, O_PATH, &fd);
	if (!r)
		return fstat(fd, ret) < 0 ? -errno : 0;
	/*
	 * Replaced between somebody's LOOKUP and this GETATTR, which the VFS
	 * sends for a permission check: an error would cost him the one retry
	 * that his OPEN may need.
	 */
	node_recall(fs->nodes, n, ret);
	return ret->st_mode ? 0 : -ESTALE;
}

static int stat_dir(struct fs *fs, struct dir *d, struct stat *ret,
		    double *ret_timeout)
{
	struct found f;
	int r;

	versions_wait_times(fs->versions, d);
	r = fs_found_dir(fs, d, &f);
	if (r < 0)
		return r;
	node_put(fs->nodes, f.node);
	*ret = f.st;
	*ret_timeout = f.attr_timeout;
	return 0;
}

int fs_getattr(struct fs *fs, struct node *n, struct handle *h,
	       struct stat *ret, double *ret_timeout)
{
	auto_version *v = NULL;
	int r;

	*ret_timeout = 0;
	if (n->dir)
		return n->dir->marks ? marks_stat(fs, n, ret)
				     : stat_dir(fs, n->dir, ret, ret_timeout);
	if (fs_is_mark(n))
		return marks_stat(fs, n, ret);
	v = node_version(fs->nodes, n);
	if (v && version_is_moving(v)) {
		version_wait(v);
		if (version_is_settled(v))
			version_put(steal_ptr(&v));
	}
	if (v) {
		r = fs_stat_version(v, ret);
		*ret_timeout = fs_version_timeout(fs, v);
	} else if (h) {
		r = fstat(handle_any_fd(h), ret) < 0 ? -errno : 0;
	} else if ((v = node_written(fs->nodes, n))) {
		r = fs_stat_version(v, ret);
	} else {
		r = stat_committed(fs, n, ret, ret_timeout);
	}
	if (!r)
		fs_fix_ino(fs, ret->st_dev, ret);
	return r;
}

void fs_op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	double timeout = 0;
	struct stat st;
	int r = -ESTALE;

	if (n.n)
		r = fs_getattr(fs, n.n, fi ? fs_handle(fi) : NULL, &st,
			       &timeout);
	if (r < 0)
		reply_result(req, r == -ENOENT ? -ESTALE : r);
	else
		fuse_reply_attr(req, &st, timeout);
}
