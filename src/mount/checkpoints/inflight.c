/* SPDX-License-Identifier: MIT */
/*
 * inflight: .checkpoints/.inflight, a view of what is being written, for
 * readers.
 *
 * Its directories show the backing ones of the same path, its files the newest
 * version that is under way there.  Modes, owners and ACLs are theirs, without
 * the right to write.
 *
 * A node of the view holds a place and no version: a version keeps its bytes on
 * the disk, and the kernel may remember a node for long.  A handle on it has
 * the version, and reads on when that has been promoted or discarded.
 *
 * Nothing of it may be cached: it grows without the kernel's knowledge.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "idemfs/control.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/checkpoints/inflight.h"
#include "mount/checkpoints/opening.h"
#include "mount/entry/entry.h"
#include "mount/file/file.h"
#include "mount/metadata/metadata.h"
#include "mount/name/listing.h"
#include "mount/node/handle.h"

#define NO_WRITE (~(mode_t)0222)

/* The directory that @n shows, and its path from the root. */
static int shown_dir(struct fs *fs, struct node *n, struct dir **ret)
{
	auto_free char *name = NULL;
	struct file_key key;

	if (n->type != S_IFDIR)
		return -ENOTDIR;
	return node_place(fs->nodes, n, 0, ret, &name, &key);
}

/* The version that @n shows, while it is under way: -ESTALE after that. */
static int shown_version(struct fs *fs, struct node *n, struct version **ret)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	auto_version *v = NULL;
	struct file_key key;
	int r = node_place(fs->nodes, n, 0, &dir, &name, &key);

	if (r < 0)
		return r;
	v = versions_newest(fs->versions, dir, name);
	if (!v || version_facts(v).id != key.ino)
		return -ESTALE;
	*ret = steal_ptr(&v);
	return 0;
}

static int stat_dir(struct dir *d, struct stat *ret)
{
	auto_pin pin = { 0 };
	struct statx st;
	int r = dir_pin(d, &pin);

	if (!r)
		r = fd_statx(pin.fd, &st);
	if (!r)
		statx_to_stat(&st, ret);
	return r;
}

static int stat_file(struct fs *fs, struct node *n, struct stat *ret)
{
	auto_version *v = NULL;
	auto_fd fd = -1;
	int r = shown_version(fs, n, &v);

	if (!r)
		return version_stat_shown(v, ret);
	/* It has ended, but a process that has it open asks for its size. */
	r = node_reopen(fs->nodes, n, O_PATH, &fd);
	if (!r && fstat(fd, ret) < 0)
		r = -errno;
	return r;
}

static int stat_node(struct fs *fs, struct node *n, struct stat *ret)
{
	auto_dir *d = NULL;
	int r;

	if (n->type == S_IFDIR) {
		r = shown_dir(fs, n, &d);
		if (!r)
			r = stat_dir(d, ret);
	} else {
		r = stat_file(fs, n, ret);
	}
	if (r < 0)
		return r;
	ret->st_mode &= NO_WRITE;
	ret->st_ino = n->id;
	return 0;
}

/* A descriptor of what @n shows, to ask for its ACL. */
static int open_shown(struct fs *fs, struct node *n, int *ret_fd)
{
	auto_dir *d = NULL;
	auto_pin pin = { 0 };
	auto_version *v = NULL;
	int fd = -1, r;

	if (n->type == S_IFDIR) {
		r = shown_dir(fs, n, &d);
		if (!r)
			r = dir_pin(d, &pin);
		fd = pin.fd;
	} else {
		r = shown_version(fs, n, &v);
		if (!r)
			fd = version_fd_for_read(v);
	}
	if (!r)
		fd = dup(fd);
	if (!r && fd < 0)
		r = -errno;
	if (!r)
		*ret_fd = fd;
	return r;
}

/* Finding */

static int entry_of_view(struct fs *fs, const struct file_key *key, mode_t type,
			 struct dir *dir, const char *name, struct entry *ret)
{
	struct node *n = node_for_inflight(fs->nodes, key, type, dir, name);
	int r = n ? stat_node(fs, n, &ret->st) : -ENOMEM;

	if (r < 0)
		node_put(fs->nodes, n);
	else
		ret->node = n;
	return r == -ESTALE ? -ENOENT : r;
}

/* Keys of the view are those of no file: a device that there is not. */
static struct file_key key_of(uint64_t number, uint64_t dev, uint64_t born)
{
	return (struct file_key){ .dev = ~dev, .ino = number, .born = ~born };
}

static int entry_of_view_dir(struct fs *fs, struct dir *d, struct entry *ret)
{
	struct file_key key = key_of(d->key.ino, d->key.dev, d->key.born);

	return entry_of_view(fs, &key, S_IFDIR, d, "", ret);
}

int inflight_top(struct fs *fs, struct entry *ret)
{
	return entry_of_view_dir(fs, backing_root(fs->backing), ret);
}

static int lookup(struct request *q, struct node *n, const char *name,
		  struct entry *ret)
{
	struct fs *fs = q->fs;
	auto_dir *d = NULL, *sub = NULL;
	auto_version *v = NULL;
	struct file_key key;
	struct statx st;
	int r = shown_dir(fs, n, &d);

	*ret = (struct entry){ 0 };
	if (r < 0)
		return r;
	if (reserved_name(d, name))
		return -ENOENT;
	v = versions_newest(fs->versions, d, name);
	if (v) {
		key = key_of(version_facts(v).id, 0, 0);
		return entry_of_view(fs, &key, S_IFREG, d, name, ret);
	}
	r = dir_statx(d, name, &st);
	if (r < 0 || !S_ISDIR(st.stx_mode))
		return r < 0 ? r : -ENOENT;
	key = statx_key(&st);
	sub = dir_intern(d, name, &key);
	return sub ? entry_of_view_dir(fs, sub, ret) : -ENOMEM;
}

/* Listing: what is under way here, and the directories that lead to more */

struct list {
	const char *path;
	struct noted *names;
};

static void list_version(void *arg, const struct version_info *info)
{
	struct list *l = arg;
	const char *rest = info->path;
	size_t n = strlen(l->path);
	char name[NAME_MAX + 1];

	if (n && (strncmp(rest, l->path, n) != 0 || rest[n] != '/'))
		return;
	rest += n ? n + 1 : 0;
	n = strcspn(rest, "/");
	if (!n || n > NAME_MAX)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)n, rest);
	/* No number is known yet, and 0 would hide the name. */
	listing_note(&l->names, name, UINT64_MAX, rest[n] ? DT_DIR : DT_REG);
}

static int list_view(struct request *q, struct handle *h)
{
	auto_dir *d = NULL;
	auto_free char *path = NULL;
	struct list l = { 0 };
	int r = shown_dir(q->fs, h->node, &d);

	if (r < 0)
		return r;
	path = dir_path(d, NULL);
	if (!path)
		return -ENOMEM;
	l.path = path;
	versions_each(q->fs->versions, list_version, &l);
	return listing_add_noted(h, l.names);
}

/* Opening */

static int load(struct request *q, struct handle *h)
{
	int r;

	if (handle_can_write(h) || (h->flags & O_TRUNC))
		return -EROFS;
	r = shown_version(q->fs, h->node, &h->version);
	return r < 0 ? r : version_note_reader(h->version);
}

static int open_view(struct request *q, struct node *n,
		     struct fuse_file_info *fi, struct handle **ret)
{
	return opening_open(q, n, fi, load, ret);
}

/* Attributes */

static int getattr(struct request *q, struct node *n, struct handle *h,
		   struct stat *ret, double *ret_timeout)
{
	(void)h;
	(void)ret_timeout;
	return stat_node(q->fs, n, ret);
}

static ssize_t get_xattr(struct request *q, struct node *n, const char *name,
			 char *buf, size_t size)
{
	auto_fd fd = -1;
	int r = strcmp(name, IDEMFS_XATTR_STALE) ? open_shown(q->fs, n, &fd)
						 : -ENODATA;

	return r < 0 ? r : metadata_fgetxattr(fd, name, buf, size);
}

static ssize_t list_xattr(struct request *q, struct node *n, char *buf,
			  size_t size)
{
	auto_fd fd = -1;
	int r = open_shown(q->fs, n, &fd);

	return r < 0 ? r : metadata_flistxattr(&q->by, fd, buf, size);
}

const struct node_ops inflight_ops = {
	.refusal = -EROFS,
	.xattr_refusal = -EROFS,
	.lookup = lookup,
	.getattr = getattr,
	.getxattr = get_xattr,
	.listxattr = list_xattr,
	.open = open_view,
	.unopen = opening_undo,
	.read = file_read,
	.list = list_view,
};
