/* SPDX-License-Identifier: MIT */
/*
 * entry: what is at a name, as the kernel is told of it.
 */
#include "mount/entry/entry.h"
#include "base/util.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/entry/place.h"

/* @st was taken when the epoch of @d was @epoch. */
static int entry_of_dir_as(struct fs *fs, struct dir *d, unsigned long epoch,
			   const struct statx *st, struct entry *ret)
{
	ret->node = node_for_dir(fs->nodes, d);
	if (!ret->node)
		return -ENOMEM;
	statx_to_stat(st, &ret->st);
	fs_fix_ino(fs, d->key.dev, &ret->st);
	ret->entry_timeout = cache_name_timeout(fs);
	ret->attr_timeout = cache_dir_timeout(fs, d, epoch);
	return 0;
}

int entry_of_dir(struct fs *fs, struct dir *d, struct entry *ret)
{
	unsigned long epoch = atomic_load(&d->epoch);
	struct statx st;
	int r = versions_statx(fs->versions, d, NULL, &st);

	return r < 0 ? r : entry_of_dir_as(fs, d, epoch, &st, ret);
}

/*
 * What a pending version looks like.  Its name is looked up each time; its
 * attributes change through its own node, or cache_forget_pending() is called.
 */
int entry_of_version(struct fs *fs, struct version *v, struct dir *dir,
		     const char *name, pid_t tid, struct entry *ret)
{
	int r = version_stat_shown(v, &ret->st);

	if (r < 0)
		return r;
	fs_fix_ino(fs, ret->st.st_dev, &ret->st);
	ret->node = node_get(fs->nodes, version_facts(v).owner);
	if (!ret->node)
		return -ESTALE;
	/*
	 * The version may be settled, even discarded, before the GETATTR and
	 * OPEN of this walk come.  They must be answered, and be led back here.
	 */
	node_moved(fs->nodes, ret->node, dir, name);
	node_remember(fs->nodes, ret->node, &ret->st);
	node_note_path(fs->nodes, ret->node, tid);
	ret->entry_timeout = 0;
	ret->attr_timeout = cache_version_timeout(fs, v);
	return 0;
}

/*
 * @st may be older than a rename of it.  So a directory that was not known there
 * is looked at again, while nothing can be renamed.
 */
static int entry_of_subdir(struct fs *fs, struct dir *dir, const char *name,
			   struct statx st, struct entry *ret)
{
	struct file_key key = statx_key(&st);
	auto_dir *d = NULL;
	int r = 0;

	if (backing_is_hidden(fs->backing, &key))
		return -ENOENT;
	d = dir_find_at(dir, name, &key);
	if (!d)
		r = tree_know_dir(fs->versions, dir, name, &st, &d);
	if (r < 0)
		return r == -ENOTDIR ? -ESTALE : r;
	atomic_store(&d->mount, st.stx_mnt_id);
	/* Taken before @d was known: as if nothing had come up in it. */
	return entry_of_dir_as(fs, d, 0, &st, ret);
}

int entry_of_file(struct fs *fs, struct dir *dir, const char *name,
		  const struct statx *st, struct entry *ret)
{
	struct file_key key = statx_key(st);

	if (S_ISDIR(st->stx_mode))
		return entry_of_subdir(fs, dir, name, *st, ret);
	ret->node = node_for_file(fs->nodes, &key, st->stx_mode, dir, name);
	if (!ret->node)
		return -ENOMEM;
	place_tidy(fs, ret->node);
	if (st->stx_nlink > NODE_NAMES)
		ret->entry_timeout = 0;
	versions_share_line(fs->versions, dir, name, &key);
	statx_to_stat(st, &ret->st);
	node_remember(fs->nodes, ret->node, &ret->st);
	fs_fix_ino(fs, key.dev, &ret->st);
	return 0;
}
