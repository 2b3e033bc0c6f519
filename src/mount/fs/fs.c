/* SPDX-License-Identifier: MIT */
/*
 * fs: what handlers of all kinds need (fs.h).
 */
#include "mount/fs/fs.h"

#include "base/util.h"
#include "core/changes/note.h"
#include "core/version/sqlite.h"

void reply_result(fuse_req_t req, int r)
{
	fuse_reply_err(req, -r);
}

struct caller fs_caller(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct caller){ .tid = ctx->pid,
				.uid = ctx->uid,
				.gid = ctx->gid,
				.umask = ctx->umask };
}

static bool matches_rule(struct fs *fs, struct dir *dir, const char *name)
{
	auto_free char *path = NULL;

	if (!rules_count(fs->opt->in_place))
		return false;
	if (!rules_need_path(fs->opt->in_place))
		return rules_match(fs->opt->in_place, name);
	path = dir_path(dir, name);
	return path && rules_match(fs->opt->in_place, path);
}

/* Does it stand beside a database that is in place? */
static bool goes_with_database(struct fs *fs, struct dir *dir, const char *name)
{
	auto_free char *database = sqlite_database_of(name);

	if (!database)
		return false;
	return matches_rule(fs, dir, database) ||
	       (!fs->opt->in_place_none &&
		sqlite_is_placed(fs->versions, dir, database));
}

bool fs_in_place(struct fs *fs, struct dir *dir, const char *name)
{
	return matches_rule(fs, dir, name) || goes_with_database(fs, dir, name);
}

bool fs_opens_in_place(struct fs *fs, struct dir *dir, const char *name,
		       bool trunc)
{
	return fs_in_place(fs, dir, name) ||
	       (!trunc && !fs->opt->in_place_none && sqlite_is_live(dir, name));
}

void fs_note_in_place(struct fs *fs, struct node *n)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;

	if (!fs_place(fs, n, &dir, &name, &key))
		change_in_place(fs->versions, dir, name);
}

/* A file on another filesystem inside the tree gets a number of its own. */
uint64_t fs_ino(struct fs *fs, uint64_t dev, uint64_t ino)
{
	return dev == backing_root(fs->backing)->key.dev
		       ? ino
		       : ino ^ (dev << 40 | dev >> 24);
}

void fs_fix_ino(struct fs *fs, uint64_t dev, struct stat *st)
{
	st->st_ino = fs_ino(fs, dev, st->st_ino);
}
