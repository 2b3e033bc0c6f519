/* SPDX-License-Identifier: MIT */
/*
 * xattr: extended attributes and ACLs.  Setting follows the rule of setattr.c.
 */
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "core/tree/tree.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/entry/place.h"
#include "mount/metadata/metadata.h"

#define PROC_PATH 64 /* bytes of "/proc/self/fd/N" */

static int apply(int fd, const void *arg)
{
	return xattr_change_fd(fd, arg);
}

static int change_dir(struct dir *d, const struct xattr_change *c)
{
	auto_pin pin = { 0 };
	int r = dir_pin(d, &pin);

	if (!r)
		r = apply(pin.fd, c);
	dir_forget_traits(d);
	return r;
}

/* As change_both() in setattr.c. */
static int change_place(struct fs *fs, struct dir *parent, const char *name,
			const struct file_key *key,
			const struct xattr_change *c, struct version *shown)
{
	struct xattr_change harmless = *c;
	int r;

	harmless.harmless = true;
	r = tree_change_both(
		fs->versions, parent, name, key,
		&(struct tree_change){ apply, c, &harmless, c->by, shown });
	/* An ACL changes the mode. */
	cache_forget_pending(fs, parent, name);
	return r;
}

static int change_version(struct fs *fs, struct node *n, struct version *v,
			  const struct xattr_change *c)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = version_fill(v);

	version_note_changed(v);
	if (!r)
		r = apply(version_fd_for_read(v), c);
	/* By path: the committed file too, if there is one. */
	if (!r && node_take_path(fs->nodes, n, c->by->tid) &&
	    !place_find(fs, n, &parent, &name, &key) &&
	    !version_same_owner(v, parent, name, &key)) {
		struct xattr_change again = *c;

		again.flags = 0;
		change_place(fs, parent, name, &key, &again, v);
		cache_forget_file(fs, &key);
	}
	cache_forget_base(fs, v);
	return r;
}

static int change(struct fs *fs, struct node *n, const struct xattr_change *c)
{
	auto_version *v = NULL;
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r;

	if (n->dir)
		return change_dir(n->dir, c);
	v = node_version(fs->nodes, n);
	if (v)
		return change_version(fs, n, v, c);
	r = place_find(fs, n, &parent, &name, &key);
	if (!r)
		r = change_place(fs, parent, name, &key, c, NULL);
	if (r == -ESTALE || r == -ENOENT || r == -ENOTDIR) {
		auto_fd fd = -1;

		/* Gone from there: by a handle, or found again by a LOOKUP. */
		r = node_reopen(fs->nodes, n, O_PATH, &fd);
		if (!r)
			r = apply(fd, c);
	}
	return r;
}

int metadata_setxattr(struct request *q, struct node *n, const char *name,
		      const char *value, size_t size, int flags)
{
	struct xattr_change c = { .name = name,
				  .value = value ? value : "",
				  .size = size,
				  .flags = flags,
				  .by = &q->by };

	return change(q->fs, n, &c);
}

int metadata_removexattr(struct request *q, struct node *n, const char *name)
{
	struct xattr_change c = { .name = name, .by = &q->by };

	return change(q->fs, n, &c);
}

/* A descriptor (O_PATH) of what @n is, which the caller closes. */
static int open_any(struct fs *fs, struct node *n, int *ret_fd)
{
	auto_version *v = node_version(fs->nodes, n);
	auto_pin pin = { 0 };
	int fd = -1, r = 0;

	if (n->dir) {
		r = dir_pin(n->dir, &pin);
		fd = r < 0 ? r : dup(pin.fd);
	} else if (v) {
		fd = dup(version_fd_for_read(v));
	} else {
		r = place_open(fs, n, O_PATH, &fd);
	}
	if (r < 0)
		return r;
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* The only path that leads to an O_PATH descriptor and nothing else. */
static void path_of(int fd, char path[PROC_PATH])
{
	snprintf(path, PROC_PATH, "/proc/self/fd/%d", fd);
}

ssize_t metadata_fgetxattr(int fd, const char *name, char *buf, size_t size)
{
	char path[PROC_PATH];
	ssize_t n;

	path_of(fd, path);
	n = getxattr(path, name, buf, size);
	return n < 0 ? -errno : n;
}

/* As the kernel does below: trusted.* is shown to root alone. */
static ssize_t without_trusted(char *list, ssize_t n)
{
	char *to = list;

	for (char *p = list, *next; p < list + n; p = next) {
		next = p + strlen(p) + 1;
		if (!strncmp(p, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN))
			continue;
		memmove(to, p, (size_t)(next - p));
		to += next - p;
	}
	return to - list;
}

ssize_t metadata_flistxattr(const struct caller *by, int fd, char *buf,
			    size_t size)
{
	auto_free char *all = NULL;
	char path[PROC_PATH];
	ssize_t n;

	path_of(fd, path);
	if (by->uid == 0) {
		n = listxattr(path, buf, size);
		return n < 0 ? -errno : n;
	}
	all = malloc(XATTR_LIST_MAX);
	if (!all)
		return -ENOMEM;
	n = listxattr(path, all, XATTR_LIST_MAX);
	if (n < 0)
		return -errno;
	n = without_trusted(all, n);
	if (size && (size_t)n > size)
		return -ERANGE;
	if (size)
		memcpy(buf, all, (size_t)n);
	return n;
}

/*
 * The kernel asks this before each write to a file.  Whatever has made a file
 * just now has given it no capabilities, and nor has a file that had no xattrs.
 */
ssize_t metadata_getxattr(struct request *q, struct node *n, const char *name,
			  char *buf, size_t size)
{
	auto_version *v = node_version(q->fs->nodes, n);
	auto_fd fd = -1;
	int r;

	if (v && !strcmp(name, XATTR_NAME_CAPS) && version_is_bare(v))
		return -ENODATA;
	r = open_any(q->fs, n, &fd);
	return r < 0 ? r : metadata_fgetxattr(fd, name, buf, size);
}

ssize_t metadata_listxattr(struct request *q, struct node *n, char *buf,
			   size_t size)
{
	auto_fd fd = -1;
	int r = open_any(q->fs, n, &fd);

	return r < 0 ? r : metadata_flistxattr(&q->by, fd, buf, size);
}
