/* SPDX-License-Identifier: MIT */
#include "mount/entry/cache.h"

#include <string.h>

#include "base/util.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/entry/learning.h"
#include "mount/kernel/loop.h"

#define PENDING_TOLD_MAX 64 /* versions of one name: far more than there are */

double cache_timeout(struct fs *fs)
{
	return (double)fs->opt->cache_ms / 1000.0;
}

double cache_name_timeout(struct fs *fs)
{
	return learning_any(fs) ? 0 : cache_timeout(fs);
}

/*
 * 0 while a new name is about to appear, since the directory's times will move,
 * and when one has appeared since the attributes were read.  The flag is set
 * first: a close looks at it after it has counted itself in d->closing
 * (cache_forget_closing()).
 */
double cache_dir_timeout(struct fs *fs, struct dir *d, unsigned long epoch)
{
	if (atomic_load(&d->closing) || atomic_load(&d->epoch) != epoch)
		return 0;
	atomic_store(&d->attr_cached, true);
	return atomic_load(&d->closing) || atomic_load(&d->epoch) != epoch
		       ? 0
		       : cache_timeout(fs);
}

double cache_version_timeout(struct fs *fs, struct version *v)
{
	return version_is_moving(v) ? 0 : cache_timeout(fs);
}

static void forget_node(struct fs *fs, uint64_t id)
{
	fuse_lowlevel_notify_inval_inode(fs->se, id, -1, 0);
}

void cache_forget_node(struct fs *fs, struct node *n)
{
	forget_node(fs, n->id);
}

static void forget_dir(struct fs *fs, struct dir *d)
{
	struct node *n = node_for_dir(fs->nodes, d);

	if (n)
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

void cache_forget_version(struct fs *fs, struct version *v)
{
	/* A page may be locked until another worker has answered its READ. */
	loop_wait_begin();
	fuse_lowlevel_notify_inval_inode(fs->se, version_facts(v).owner, 0, 0);
	loop_wait_end();
}

void cache_forget_pending(struct fs *fs, struct dir *dir, const char *name)
{
	uint64_t owners[PENDING_TOLD_MAX];
	size_t n = versions_owners(fs->versions, dir, name, owners,
				   PENDING_TOLD_MAX);

	while (n > 0)
		forget_node(fs, owners[--n]);
}

void cache_forget_copyless(struct fs *fs, const struct file_key *key)
{
	uint64_t owners[PENDING_TOLD_MAX];
	size_t n =
		versions_owners_of(fs->versions, key, owners, PENDING_TOLD_MAX);

	while (n > 0)
		forget_node(fs, owners[--n]);
}

/* Readers of the file, or of another name of it, see ctime and link count. */
static void forget_replaced(struct fs *fs, struct version *v)
{
	struct version_facts facts = version_facts(v);
	struct node *n;

	if (!facts.replaces)
		return;
	n = node_find_file(fs->nodes, &facts.base);
	if (n && node_is_shared(fs->nodes, n))
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

/*
 * Called before close(2) returns.  From here on nothing of this is cached until
 * the promotion has happened: see cache_dir_timeout(), versions_wait_replaced()
 * and version_is_moving().
 */
void cache_forget_closing(struct fs *fs, struct version *v)
{
	struct dir *d;

	forget_replaced(fs, v);
	if (version_is_moving(v))
		forget_node(fs, version_facts(v).owner);

	while ((d = version_stale_dir(v))) {
		forget_dir(fs, d);
		dir_put(d);
	}
}

void cache_forget_file(struct fs *fs, const struct file_key *key)
{
	struct node *n = node_find_file(fs->nodes, key);

	if (n)
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

void cache_forget_base(struct fs *fs, struct version *v)
{
	struct version_facts facts = version_facts(v);

	if (facts.replaces)
		cache_forget_file(fs, &facts.base);
}

void cache_forget_name(struct fs *fs, struct dir *d, const char *name)
{
	struct node *n = node_for_dir(fs->nodes, d);

	if (n) {
		loop_wait_begin();
		fuse_lowlevel_notify_inval_entry(fs->se, n->id, name,
						 strlen(name));
		loop_wait_end();
	}
	node_put(fs->nodes, n);
}
