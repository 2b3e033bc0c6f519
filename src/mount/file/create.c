/* SPDX-License-Identifier: MIT */
/*
 * create: CREATE and TMPFILE.
 *
 * The kernel believes that there is nothing.  But something may have come
 * since, or be pending and not shown to the caller: so the name is looked at
 * again.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/tree/tree.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/entry/entry.h"
#include "mount/entry/in_place.h"
#include "mount/entry/place.h"
#include "mount/entry/redirect.h"
#include "mount/file/file.h"
#include "mount/file/opened.h"
#include "mount/node/handle.h"

/* One CREATE: what it asks for, and what it answers. */
struct creation {
	struct request *q;
	struct dir *dir;
	const char *name;
	mode_t mode;
	struct fuse_file_info *fi;
	struct entry *entry;
	struct handle **handle;
};

static int entry_of_new(struct fs *fs, struct version *v, struct node *n,
			struct entry *f)
{
	struct file_key key;
	struct statx st;
	int r = fd_statx(version_fd_for_read(v), &st);

	if (r < 0)
		return r;
	key = statx_key(&st);
	if (version_temp_fd(v) >= 0)
		node_set_key(fs->nodes, n, &key);
	*f = (struct entry){ .node = node_get(fs->nodes, n->id),
			     .attr_timeout = cache_timeout(fs) };
	statx_to_stat(&st, &f->st);
	/* It may be discarded before the GETATTR of another walk comes. */
	node_remember(fs->nodes, n, &f->st);
	fs_fix_ino(fs, key.dev, &f->st);
	return f->node ? 0 : -ESTALE;
}

/* @h is on a version, and is what the kernel gets. */
static int finish_new(struct creation *c, struct handle *h)
{
	struct fs *fs = c->q->fs;
	int r;

	c->fi->keep_cache = 1;
	opened_publish(fs, h, c->fi);
	r = entry_of_new(fs, h->version, h->node, c->entry);
	if (r < 0)
		opened_unpublish(fs, h, c->fi);
	else
		*c->handle = h;
	return r;
}

/* Takes @fd, which is open on the file of c->entry. */
static int finish_fd(struct creation *c, int fd)
{
	struct fs *fs = c->q->fs;
	struct node *n = c->entry->node;
	int r = opened_fd(fs, n, fd, &c->q->by, c->fi->flags, c->handle);

	if (r < 0)
		node_put(fs->nodes, n);
	else
		opened_publish(fs, *c->handle, c->fi);
	return r;
}

/* A new file; without a name if there is none. */
static int create_version(struct creation *c)
{
	struct fs *fs = c->q->fs;
	struct version_new spec = { .dir = c->dir,
				    .name = c->name,
				    .mode = c->mode,
				    .excl = c->name && (c->fi->flags & O_EXCL),
				    .by = c->q->by };
	struct node *n = node_for_new(fs->nodes, S_IFREG);
	struct handle *h = n ? handle_new(n, &spec.by, c->fi->flags) : NULL;
	int r;

	if (!h) {
		node_put(fs->nodes, n);
		return -ENOMEM;
	}
	spec.owner = n->id;
	r = version_create(fs->versions, &spec, &h->w, &h->version);
	if (r < 0) {
		node_drop_handle(fs->nodes, h);
		return r;
	}
	h->writing = true;
	node_set_version(fs->nodes, n, h->version);
	return finish_new(c, h);
}

/* After a CREATE that returns no regular file the kernel sends no RELEASE. */
static int check_regular(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : -ENXIO;
}

/*
 * CREATE for reading alone, as flock(1) does.  What is committed meanwhile is
 * opened, so that all that lock the file lock one file.  -ESTALE for what is no
 * regular file: the kernel looks again.
 */
static int create_by_reading(struct creation *c)
{
	struct fs *fs = c->q->fs;
	auto_fd fd = -1;
	int r = entry_lookup(fs, c->dir, c->name, c->q->by.tid, c->entry);

	if (r < 0)
		return r;
	r = place_open(fs, c->entry->node, O_RDONLY, &fd);
	if (!r)
		r = check_regular(fd);
	if (!r)
		r = access_open(fd, &c->q->by, c->fi->flags);
	if (r < 0)
		node_put(fs->nodes, c->entry->node);
	else
		r = finish_fd(c, steal_fd(&fd));
	if (r == -ESTALE)
		return -ENOENT;
	return r == -ENXIO ? -ESTALE : r;
}

/*
 * CREATE without O_EXCL, of a name that is there after all.  Without O_TRUNC it
 * shares what others have pending (F4), or begins from what is committed by
 * now, as an OPEN does.  -ESTALE for what is no regular file: the kernel looks
 * again.
 */
static int create_by_joining(struct creation *c)
{
	struct fs *fs = c->q->fs;
	const struct caller *by = &c->q->by;
	int flags = c->fi->flags;
	auto_version *v = NULL;
	auto_node n = { fs, NULL };
	struct handle *h;
	int r = entry_reserve(fs, c->dir, c->name, by->tid, flags & O_TRUNC,
			      &v);

	if (r)
		return r == -ELOOP ? -ESTALE : r;
	n = fs_node(fs, version_facts(v).owner);
	r = n.n ? access_open(version_fd_for_read(v), by, flags) : -ESTALE;
	if (!r)
		r = opened_version(fs, n.n, v, by, flags, &h);
	version_unhold(v);
	return r < 0 ? r : finish_new(c, h);
}

/* Takes @placed: the name may lead elsewhere by now. */
static int finish_placed(struct creation *c, int placed)
{
	auto_fd fd = placed;
	struct statx st;
	int r = fd_statx(fd, &st);

	*c->entry = (struct entry){ 0 };
	if (!r)
		r = entry_of_file(c->q->fs, c->dir, c->name, &st, c->entry);
	return r < 0 ? r : finish_fd(c, steal_fd(&fd));
}

static int create_in_place(struct creation *c)
{
	int flags = c->fi->flags & (OPENED_FLAGS | O_EXCL);
	int fd, r = tree_create(c->q->fs->versions, c->dir, c->name, flags,
				c->mode, &c->q->by, &fd);

	return r < 0 ? r : finish_placed(c, fd);
}

/*
 * An open for reading makes a file to lock it.  Nothing will be written to it,
 * so it is committed at once, empty.
 */
static int create_empty(struct creation *c)
{
	int fd, r = tree_create_empty(c->q->fs->versions, c->dir, c->name,
				      O_RDONLY, c->mode, &c->q->by, &fd);

	/* Another one came first: what is there is opened. */
	if (r == -EEXIST && !(c->fi->flags & O_EXCL))
		return -ESTALE;
	return r < 0 ? r : finish_placed(c, fd);
}

/* What is there after all, or others have pending; -ENOENT: nothing. */
static int create_by_finding(struct creation *c)
{
	struct statx st;
	int r = -ENOENT;

	if (c->fi->flags & O_EXCL)
		return r;
	if (!entry_is_write(c->fi->flags))
		r = create_by_reading(c);
	if (r != -ENOENT)
		return r;
	if ((c->fi->flags & O_TRUNC) && dir_statx(c->dir, c->name, &st) < 0)
		return r;
	return create_by_joining(c);
}

int file_create(struct request *q, struct node *in, const char *name,
		mode_t mode, struct fuse_file_info *fi, struct entry *ret,
		struct handle **ret_handle)
{
	struct creation c = { q, in->dir, name, mode, fi, ret, ret_handle };
	int r;

	if (reserved_name(c.dir, name))
		return -EPERM;
	if (in_place_is(q->fs, c.dir, name))
		return create_in_place(&c);
	r = create_by_finding(&c);
	if (r != -ENOENT)
		return r;
	return entry_is_write(fi->flags) ? create_version(&c)
					 : create_empty(&c);
}

int file_tmpfile(struct request *q, struct node *in, mode_t mode,
		 struct fuse_file_info *fi, struct entry *ret,
		 struct handle **ret_handle)
{
	struct creation c = { q, in->dir, NULL, mode, fi, ret, ret_handle };

	/* The kernel itself, as overlayfs has it, never sends a FLUSH. */
	if ((fi->flags & O_TMPFILE) != O_TMPFILE)
		return -EOPNOTSUPP;
	return create_version(&c);
}
