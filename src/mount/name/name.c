/* SPDX-License-Identifier: MIT */
/*
 * name: making, moving and removing names of the backing tree.
 */
#include <fcntl.h>
#include <limits.h>

#include "base/util.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "mount/entry/entry.h"
#include "mount/entry/learning.h"
#include "mount/entry/place.h"
#include "mount/entry/redirect.h"
#include "mount/name/name.h"

int name_lookup(struct request *q, struct node *in, const char *name,
		struct entry *ret)
{
	int r = entry_lookup(q->fs, in->dir, name, q->by.tid, ret);

	learning_looked(q, in->dir, name, r, ret);
	return r;
}

int name_mkdir(struct request *q, struct node *in, const char *name,
	       mode_t mode)
{
	return tree_mkdir(q->fs->versions, in->dir, name, mode, &q->by);
}

int name_mknod(struct request *q, struct node *in, const char *name,
	       mode_t mode, dev_t dev)
{
	return tree_mknod(q->fs->versions, in->dir, name, mode, dev, &q->by);
}

int name_symlink(struct request *q, struct node *in, const char *name,
		 const char *target)
{
	return tree_symlink(q->fs->versions, in->dir, name, target, &q->by);
}

static int link_committed(struct request *q, struct node *n, struct dir *to,
			  const char *to_name)
{
	struct fs *fs = q->fs;
	auto_dir *from = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = place_find(fs, n, &from, &name, &key);

	if (!r)
		r = tree_link(fs->versions, from, name, &key, to, to_name,
			      &q->by);
	/* Replaced or renamed since the LOOKUP: the caller looks again. */
	return r == -ENOENT ? -ESTALE : r;
}

static int link_node(struct request *q, struct node *n, struct dir *to,
		     const char *to_name)
{
	auto_version *v = NULL;

	/* Nothing of .checkpoints is a file of the tree. */
	if (n->dir || n->kind != NODE_TREE)
		return -EPERM;
	v = node_version(q->fs->nodes, n);
	/* Sealed meanwhile: then it is a committed file in a moment. */
	if (v && version_is_open(v))
		return tree_link_version(v, to, to_name);
	if (v)
		version_wait_settled(v);
	return link_committed(q, n, to, to_name);
}

static int entry_of_linked(struct fs *fs, struct node *n, struct dir *dir,
			   const char *name, struct entry *ret)
{
	struct entry f = { .node = node_get(fs->nodes, n->id) };
	auto_version *v = node_version(fs->nodes, n);
	int r = entry_getattr(fs, n, NULL, &f.st, &f.attr_timeout);

	node_linked(fs->nodes, n, dir, name);
	place_tidy(fs, n);
	/* A pending name is the writers' alone; of many names, see node.h. */
	f.entry_timeout = v || f.st.st_nlink > NODE_NAMES || learning_any(fs)
				  ? 0
				  : f.attr_timeout;
	if (r < 0)
		node_put(fs->nodes, f.node);
	else
		*ret = f;
	return r;
}

int name_link(struct request *q, struct node *n, struct node *in,
	      const char *name, struct entry *ret)
{
	int r;

	learning_linked(q, n);
	r = link_node(q, n, in->dir, name);
	return r < 0 ? r : entry_of_linked(q->fs, n, in->dir, name, ret);
}

int name_unlink(struct request *q, struct node *in, const char *name)
{
	return tree_unlink(q->fs->versions, in->dir, name, &q->by);
}

int name_rmdir(struct request *q, struct node *in, const char *name)
{
	return tree_rmdir(q->fs->versions, in->dir, name, &q->by);
}

/*
 * What others write at @to_name stays there, but the kernel moves the dentry of
 * the old name to it, with the time for which that may be trusted.  So the old
 * name is looked up anew first, and may be trusted for no time (redirect.h).
 */
static int distrust(struct request *q, struct dir *dir, const char *name,
		    struct dir *to, const char *to_name, unsigned int flags)
{
	struct fs *fs = q->fs;
	pid_t tid = q->by.tid;
	struct redirect *r;
	bool again;
	int code;

	/* Its LOOKUPs are never cached. */
	if (!redirect_can(tid))
		return 0;
	if (!versions_any(fs->versions, to, to_name) &&
	    !((flags & RENAME_EXCHANGE) &&
	      versions_any(fs->versions, dir, name)))
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

/* The committed file that is at @name now is found there from now on. */
void name_moved(struct fs *fs, struct dir *dir, const char *name)
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
	place_tidy(fs, n);
	node_put(fs->nodes, n);
}

static int rename_seen(struct request *q, struct dir *dir, const char *name,
		       struct dir *to, const char *to_name, unsigned int flags)
{
	struct learning_moved moved, other = { 0 };
	int r;

	learning_moving(q, dir, name, &moved);
	if (flags & RENAME_EXCHANGE)
		learning_moving(q, to, to_name, &other);
	r = tree_rename(q->fs->versions, dir, name, to, to_name, flags, &q->by);
	learning_moved(q, &moved, r);
	learning_moved(q, &other, r);
	return r;
}

int name_rename(struct request *q, struct node *in, const char *name,
		struct node *to, const char *to_name, unsigned int flags)
{
	struct fs *fs = q->fs;
	int r = distrust(q, in->dir, name, to->dir, to_name, flags);

	if (!r)
		r = rename_seen(q, in->dir, name, to->dir, to_name, flags);
	if (r < 0)
		return r;
	name_moved(fs, to->dir, to_name);
	if (flags & RENAME_EXCHANGE)
		name_moved(fs, in->dir, name);
	return 0;
}

int name_readlink(struct request *q, struct node *n, char *buf, size_t size)
{
	auto_fd fd = -1;
	ssize_t got;
	int r = place_open(q->fs, n, O_PATH, &fd);

	if (r < 0)
		return r;
	got = readlinkat(fd, "", buf, size - 1);
	if (got < 0)
		return -errno;
	buf[got] = '\0';
	return 0;
}
