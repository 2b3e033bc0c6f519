/* SPDX-License-Identifier: MIT */
/*
 * inflight: .checkpoints/.inflight, a view of what is being written (fs.h).
 *
 * A node of the view holds a place and no version: a version keeps its bytes
 * on the disk, and the kernel may remember a node for long.  Who has it open
 * has the version, and reads on when it has been promoted or discarded.
 *
 * Nothing of it may be cached: it grows without the kernel's knowledge.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "mount/fs/fs.h"

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
	if (!v || v->id != key.ino)
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
		return fs_stat_version(v, ret);
	/* It has ended, but who has it open still asks for its size. */
	r = node_reopen(fs->nodes, n, O_PATH, &fd);
	if (!r && fstat(fd, ret) < 0)
		r = -errno;
	return r;
}

int inflight_stat(struct fs *fs, struct node *n, struct stat *ret)
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

int inflight_fd(struct fs *fs, struct node *n, int *ret_fd)
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

static int found_view(struct fs *fs, const struct file_key *key, mode_t type,
		      struct dir *dir, const char *name, struct found *ret)
{
	struct node *n = node_for_view(fs->nodes, CONTROL_INFLIGHT, key, type,
				       dir, name);
	int r = n ? inflight_stat(fs, n, &ret->st) : -ENOMEM;

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

static int found_dir(struct fs *fs, struct dir *d, struct found *ret)
{
	struct file_key key = key_of(d->key.ino, d->key.dev, d->key.born);

	return found_view(fs, &key, S_IFDIR, d, "", ret);
}

int inflight_top(struct fs *fs, struct found *ret)
{
	return found_dir(fs, backing_root(fs->backing), ret);
}

int inflight_lookup(struct fs *fs, struct node *n, const char *name,
		    struct found *ret)
{
	auto_dir *d = NULL, *sub = NULL;
	auto_version *v = NULL;
	struct file_key key;
	struct statx st;
	int r = shown_dir(fs, n, &d);

	*ret = (struct found){ 0 };
	if (r < 0)
		return r;
	if (reserved_name(d, name))
		return -ENOENT;
	v = versions_newest(fs->versions, d, name);
	if (v) {
		key = key_of(v->id, 0, 0);
		return found_view(fs, &key, S_IFREG, d, name, ret);
	}
	r = dir_statx(d, name, &st);
	if (r < 0 || !S_ISDIR(st.stx_mode))
		return r < 0 ? r : -ENOENT;
	key = statx_key(&st);
	sub = dir_intern(d, name, &key);
	return sub ? found_dir(fs, sub, ret) : -ENOMEM;
}

/* Listing: what is under way here, and the directories that lead to more */

struct list {
	const char *path;
	void (*each)(void *arg, const char *name, unsigned char type);
	void *arg;
};

static void list_version(void *arg, const struct version_info *info)
{
	const struct list *l = arg;
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
	l->each(l->arg, name, rest[n] ? DT_DIR : DT_REG);
}

int inflight_list(struct fs *fs, struct node *n,
		  void (*each)(void *arg, const char *name, unsigned char type),
		  void *arg)
{
	auto_dir *d = NULL;
	auto_free char *path = NULL;
	struct list l = { .each = each, .arg = arg };
	int r = shown_dir(fs, n, &d);

	if (r < 0)
		return r;
	path = dir_path(d, NULL);
	if (!path)
		return -ENOMEM;
	l.path = path;
	versions_each(fs->versions, list_version, &l);
	return 0;
}

/* Opening */

int inflight_open(struct fs *fs, struct handle *h)
{
	int r;

	if (handle_can_write(h) || (h->flags & O_TRUNC))
		return -EROFS;
	r = shown_version(fs, h->node, &h->version);
	return r < 0 ? r : version_note_reader(h->version);
}
