/* SPDX-License-Identifier: MIT */
/*
 * found: what stands at a name, as the kernel is told of it.
 */
#include "base/util.h"
#include "mount/fs/fs.h"

/* @st was taken when the epoch of @d was @epoch. */
static int found_dir(struct fs *fs, struct dir *d, unsigned long epoch,
		     const struct statx *st, struct found *ret)
{
	ret->node = node_for_dir(fs->nodes, d);
	if (!ret->node)
		return -ENOMEM;
	statx_to_stat(st, &ret->st);
	fs_fix_ino(fs, d->key.dev, &ret->st);
	ret->entry_timeout = fs_long_timeout(fs);
	ret->attr_timeout = fs_dir_timeout(fs, d, epoch);
	return 0;
}

int fs_found_dir(struct fs *fs, struct dir *d, struct found *ret)
{
	unsigned long epoch = atomic_load(&d->epoch);
	struct statx st;
	int r = versions_statx(fs->versions, d, NULL, &st);

	return r < 0 ? r : found_dir(fs, d, epoch, &st, ret);
}

/*
 * What a pending version looks like.  Its name is looked up each time; its
 * attributes change through its own node, or fs_forget_pending() is called.
 */
int fs_found_version(struct fs *fs, struct version *v, struct dir *dir,
		     const char *name, pid_t tid, struct found *ret)
{
	int r = fs_stat_version(v, &ret->st);

	if (r < 0)
		return r;
	fs_fix_ino(fs, ret->st.st_dev, &ret->st);
	ret->node = node_get(fs->nodes, v->owner);
	if (!ret->node)
		return -ESTALE;
	/*
	 * It may be settled, even dropped, before the GETATTR and OPEN of this
	 * walk come: they must be answered, and be led back here.
	 */
	node_moved(fs->nodes, ret->node, dir, name);
	node_remember(fs->nodes, ret->node, &ret->st);
	node_note_path(fs->nodes, ret->node, tid);
	ret->entry_timeout = 0;
	ret->attr_timeout = fs_version_timeout(fs, v);
	return 0;
}

int fs_found_file(struct fs *fs, struct dir *dir, const char *name,
		  const struct statx *st, struct found *ret)
{
	struct file_key key = statx_key(st);

	if (S_ISDIR(st->stx_mode) && backing_is_hidden(fs->backing, &key))
		return -ENOENT;
	if (S_ISDIR(st->stx_mode)) {
		auto_dir *d = dir_intern(dir, name, &key);

		if (d)
			atomic_store(&d->mount, st->stx_mnt_id);
		/* Taken before @d was known: as if nothing had come up in it. */
		return d ? found_dir(fs, d, 0, st, ret) : -ENOMEM;
	}
	ret->node = node_for_file(fs->nodes, &key, st->stx_mode, dir, name);
	if (!ret->node)
		return -ENOMEM;
	fs_tidy_places(fs, ret->node);
	if (st->stx_nlink > NODE_NAMES)
		ret->entry_timeout = 0;
	versions_share_line(fs->versions, dir, name, &key);
	statx_to_stat(st, &ret->st);
	node_remember(fs->nodes, ret->node, &ret->st);
	fs_fix_ino(fs, key.dev, &ret->st);
	return 0;
}

/* Answers */

static struct fuse_entry_param entry_param(const struct found *f)
{
	return (struct fuse_entry_param){
		.ino = f->node->id,
		.generation = 0,
		.attr = f->st,
		.attr_timeout = f->attr_timeout,
		.entry_timeout = f->entry_timeout,
	};
}

void reply_found(fuse_req_t req, struct fs *fs, struct found *f)
{
	struct fuse_entry_param e = entry_param(f);

	node_told(fs->nodes, f->node);
	if (fuse_reply_entry(req, &e) < 0)
		node_forget(fs->nodes, e.ino, 1);
	node_put(fs->nodes, f->node);
}

int reply_created(fuse_req_t req, struct fs *fs, struct found *f,
		  struct fuse_file_info *fi)
{
	struct fuse_entry_param e = entry_param(f);
	int r;

	node_told(fs->nodes, f->node);
	r = fuse_reply_create(req, &e, fi);
	if (r < 0)
		node_forget(fs->nodes, e.ino, 1);
	node_put(fs->nodes, f->node);
	return r;
}
