/* SPDX-License-Identifier: MIT */
/*
 * getattr: what a node of the tree looks like.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/entry/entry.h"
#include "mount/entry/place.h"
#include "mount/node/handle.h"

static int stat_committed(struct fs *fs, struct node *n, struct stat *ret,
			  double *ret_timeout)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct statx st;
	struct file_key key, found;
	bool soon;
	auto_fd fd = -1;
	int r = place_find(fs, n, &parent, &name, &key);

	soon = !r && node_is_shared(fs->nodes, n) &&
	       versions_wait_replaced(fs->versions, &key) == REPLACED_SOON;
	if (!r)
		r = versions_statx(fs->versions, parent, name, &st);
	if (!r) {
		found = statx_key(&st);
		statx_to_stat(&st, ret);
		if (file_key_equal(&found, &key)) {
			node_remember(fs->nodes, n, ret);
			*ret_timeout = soon ? 0 : cache_timeout(fs);
			return 0;
		}
	}
	r = node_reopen(fs->nodes, n, O_PATH, &fd);
	if (!r)
		return fstat(fd, ret) < 0 ? -errno : 0;
	/*
	 * The file was replaced between a LOOKUP and this GETATTR, which the
	 * VFS sends for a permission check.  An error would cost the caller
	 * the one retry that its OPEN may need.
	 */
	node_recall(fs->nodes, n, ret);
	return ret->st_mode ? 0 : -ESTALE;
}

static int stat_dir(struct fs *fs, struct dir *d, struct stat *ret,
		    double *ret_timeout)
{
	struct entry f;
	int r;

	versions_wait_times(fs->versions, d);
	r = entry_of_dir(fs, d, &f);
	if (r < 0)
		return r;
	node_put(fs->nodes, f.node);
	*ret = f.st;
	*ret_timeout = f.attr_timeout;
	return 0;
}

int entry_getattr(struct fs *fs, struct node *n, struct handle *h,
		  struct stat *ret, double *ret_timeout)
{
	auto_version *v = NULL;
	int r;

	*ret_timeout = 0;
	if (n->dir)
		return stat_dir(fs, n->dir, ret, ret_timeout);
	v = node_version(fs->nodes, n);
	if (v && version_is_moving(v)) {
		version_wait_settled(v);
		if (version_is_settled(v))
			version_put(steal_ptr(&v));
	}
	if (v) {
		r = version_stat_shown(v, ret);
		*ret_timeout = cache_version_timeout(fs, v);
	} else if (h) {
		r = fstat(handle_any_fd(h), ret) < 0 ? -errno : 0;
	} else if ((v = node_written(fs->nodes, n))) {
		r = version_stat_shown(v, ret);
	} else {
		r = stat_committed(fs, n, ret, ret_timeout);
	}
	if (!r)
		fs_fix_ino(fs, ret->st_dev, ret);
	return r;
}
