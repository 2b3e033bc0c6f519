/* SPDX-License-Identifier: MIT */
/*
 * cache: how long the kernel may remember names and attributes, and what it is
 * told to forget.
 */
#include <string.h>

#include "base/util.h"
#include "mount/fs/fs.h"
#include "mount/kernel/session.h"

#define PENDING_TOLD_MAX 64 /* versions of one name: far more than there are */

double fs_long_timeout(struct fs *fs)
{
	return (double)fs->opt->cache_ms / 1000.0;
}

/*
 * Not while a new name is about to appear, since the directory's times will
 * move, nor when one has since its attributes were taken.  The flag comes first:
 * who closes looks at it after he is counted (fs_forget_closing()).
 */
double fs_dir_timeout(struct fs *fs, struct dir *d, unsigned long epoch)
{
	if (atomic_load(&d->closing) || atomic_load(&d->epoch) != epoch)
		return 0;
	atomic_store(&d->attr_cached, true);
	return atomic_load(&d->closing) || atomic_load(&d->epoch) != epoch
		       ? 0
		       : fs_long_timeout(fs);
}

double fs_version_timeout(struct fs *fs, struct version *v)
{
	return version_is_moving(v) ? 0 : fs_long_timeout(fs);
}

static void forget_node(struct fs *fs, uint64_t id)
{
	fuse_lowlevel_notify_inval_inode(fs->se, id, -1, 0);
}

void fs_forget_node_attr(struct fs *fs, struct node *n)
{
	forget_node(fs, n->id);
}

void fs_forget_attr(struct fs *fs, struct dir *d)
{
	struct node *n = node_for_dir(fs->nodes, d);

	if (n)
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

void fs_forget_version(struct fs *fs, struct version *v)
{
	/* A page may be locked until another worker has answered its READ. */
	session_wait_begin();
	fuse_lowlevel_notify_inval_inode(fs->se, v->owner, 0, 0);
	session_wait_end();
}

void fs_forget_pending(struct fs *fs, struct dir *dir, const char *name)
{
	uint64_t owners[PENDING_TOLD_MAX];
	size_t n = versions_owners(fs->versions, dir, name, owners,
				   PENDING_TOLD_MAX);

	while (n > 0)
		forget_node(fs, owners[--n]);
}

void fs_forget_based(struct fs *fs, const struct file_key *key)
{
	uint64_t owners[PENDING_TOLD_MAX];
	size_t n =
		versions_owners_of(fs->versions, key, owners, PENDING_TOLD_MAX);

	while (n > 0)
		forget_node(fs, owners[--n]);
}

/* Readers of it, or of another name of it, see its ctime and link count. */
static void forget_replaced(struct fs *fs, struct version *v)
{
	struct node *n = node_find_file(fs->nodes, &v->base_key);

	if (n && node_is_shared(fs->nodes, n))
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

/*
 * Before close(2) returns.  From here on nothing of this is cached until it has
 * happened: fs_dir_timeout(), versions_wait_replaced(), version_is_moving().
 */
void fs_forget_closing(struct fs *fs, struct version *v)
{
	struct dir *d;

	if (v->replaces)
		forget_replaced(fs, v);
	if (version_is_moving(v))
		forget_node(fs, v->owner);

	while ((d = version_stale_dir(v))) {
		fs_forget_attr(fs, d);
		dir_put(d);
	}
}

void fs_forget_file_attr(struct fs *fs, const struct file_key *key)
{
	struct node *n = node_find_file(fs->nodes, key);

	if (n)
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

void fs_forget_base_attr(struct fs *fs, struct version *v)
{
	if (v->replaces)
		fs_forget_file_attr(fs, &v->base_key);
}

void fs_forget_name(struct fs *fs, struct dir *d, const char *name)
{
	struct node *n = node_for_dir(fs->nodes, d);

	if (n) {
		session_wait_begin();
		fuse_lowlevel_notify_inval_entry(fs->se, n->id, name,
						 strlen(name));
		session_wait_end();
	}
	node_put(fs->nodes, n);
}
