/* SPDX-License-Identifier: MIT */
/*
 * setattr: owner, mode and times.  What is set by path reaches the committed
 * file and the versions that are pending at its name (F7); what is set by
 * descriptor, that version alone.
 */
#include <fcntl.h>
#include <sys/statvfs.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/tree/tree.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/entry/place.h"
#include "mount/file/file.h"
#include "mount/metadata/metadata.h"

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
	r = tree_change_both(
		fs->versions, dir, name, key,
		&(struct tree_change){ apply, c, &harmless, c->by, shown });
	if (!r)
		cache_forget_pending(fs, dir, name);
	return r;
}

static int change_by_path(struct fs *fs, struct node *n,
			  const struct attr_change *c, struct version *v)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = place_find(fs, n, &parent, &name, &key);

	/* A pending version is no committed file: whatever is at that path. */
	if (v) {
		if (!r)
			r = version_same_owner(v, parent, name, &key);
		if (!r)
			r = change_both(fs, parent, name, &key, c, v);
		/* It need not be what @v began from. */
		if (!r)
			cache_forget_file(fs, &key);
		return r == -ENOENT || r == -ESTALE ? 0 : r;
	}
	if (!r)
		r = change_both(fs, parent, name, &key, c, NULL);
	if (!r && node_is_linked(fs->nodes, n))
		cache_forget_copyless(fs, &key);
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
	cache_forget_base(fs, v);
	return r;
}

/* Only the mtime: what truncate(2) does to a file that has that size. */
static int touch_mtime(struct fs *fs, struct node *n, const struct caller *by)
{
	struct attr_change c = { .set_times = true,
				 .by = by,
				 .times = { { .tv_nsec = UTIME_OMIT },
					    { .tv_nsec = UTIME_NOW } } };

	return change_by_path(fs, n, &c, NULL);
}

int metadata_setattr(struct request *q, struct node *n, struct handle *h,
		     const struct stat *attr, int to_set)
{
	struct attr_change change = change_of(attr, to_set, &q->by);
	int r = 0;

	if (to_set & FUSE_SET_ATTR_SIZE)
		r = file_truncate(q, n, h, attr->st_size);
	if (r == FILE_UNCHANGED)
		r = touch_mtime(q->fs, n, &q->by);
	if (!r && changes_anything(&change))
		r = change_attributes(q->fs, n, &change, q->by.tid);
	return r;
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
		version_first_name(v, &dir, &name);
	else
		place_find(fs, n, &dir, &name, &key);
	return dir;
}

int metadata_statfs(struct fs *fs, struct node *n, struct statvfs *ret)
{
	auto_dir *dir = dir_near(fs, n);
	auto_pin pin = { 0 };
	int fd = fs->root;

	/* A filesystem that is mounted inside has its own numbers. */
	if (dir && !dir_pin(dir, &pin))
		fd = pin.fd;
	return fstatvfs(fd, ret) < 0 ? -errno : 0;
}
