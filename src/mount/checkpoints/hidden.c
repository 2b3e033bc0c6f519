/* SPDX-License-Identifier: MIT */
/*
 * hidden: --stale hide, by which a mark whose outputs were deleted or changed
 * behind the mount's back reads as absent, so that its step is done again.
 *
 * It stays where it is, and what it told of may come back; but once a script
 * makes something at its name, it is forgotten, as if rm(1) had been there
 * before: what it told is not told again by the new one.
 */
#include <string.h>

#include "base/util.h"
#include "core/marks/maker.h"
#include "mount/fs/fs.h"

bool marks_hide(struct fs *fs, struct dir *dir, const char *name, ino_t ino)
{
	auto_free char *path = NULL;

	if (fs->opt->stale != STALE_HIDE)
		return false;
	standing_ask(fs->standing, STANDING_WAIT_MS);
	path = standing_any(fs->standing) ? dir_path(dir, name) : NULL;
	return path && standing_is_stale(fs->standing, path, ino, NULL);
}

/* 1 and why, when the mark was made by somebody whom @by need not believe. */
static int why_not_believed(struct dir *dir, const char *name,
			    const struct caller *by, char why[STANDING_WHY])
{
	struct maker m;
	int r = maker_of(dir, name, &m);

	if (r < 0 || maker_is_believed(&m, by->uid))
		return r;
	snprintf(why, STANDING_WHY, "it was made by another user (%u)",
		 (unsigned int)(m.user == by->uid ? m.owner : m.user));
	return 1;
}

int marks_why_stale(struct fs *fs, struct node *n, const struct caller *by,
		    char why[STANDING_WHY])
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL, *path = NULL;
	struct file_key key;
	int r = n->control ? -ENODATA : fs_place(fs, n, &dir, &name, &key);

	if (!r)
		r = why_not_believed(dir, name, by, why);
	if (r)
		return r < 0 ? r : (int)strlen(why);
	standing_ask(fs->standing, STANDING_WAIT_MS);
	path = dir_path(dir, name);
	if (!path)
		return -ENOMEM;
	return standing_is_stale(fs->standing, path, key.ino, why)
		       ? (int)strlen(why)
		       : -ENODATA;
}

static bool is_hidden(struct fs *fs, struct dir *dir, const char *name)
{
	struct statx st;

	return fs->opt->stale == STALE_HIDE && !dir_statx(dir, name, &st) &&
	       S_ISREG(st.stx_mode) && marks_hide(fs, dir, name, st.stx_ino);
}

int marks_clear(struct fs *fs, struct dir *dir, const char *name)
{
	int r;

	if (!is_hidden(fs, dir, name))
		return 0;
	r = checkpoint_remove(fs->versions, dir, name);
	if (!r)
		standing_tidy(fs->standing);
	return r == -ENOENT ? 0 : r;
}

struct walk {
	struct fs *fs;
	struct dir *dir;
	bool any;
};

static void clear_one(void *arg, const char *name)
{
	struct walk *w = arg;

	/* If it fails, the group is not empty, and that is said. */
	marks_clear(w->fs, w->dir, name);
}

int marks_clear_group(struct fs *fs, struct dir *dir, const char *name)
{
	struct walk w = { .fs = fs };
	auto_dir *sub = NULL;
	struct file_key key;
	struct statx st;
	int r;

	if (fs->opt->stale != STALE_HIDE)
		return 0;
	r = dir_statx(dir, name, &st);
	if (r < 0 || !S_ISDIR(st.stx_mode))
		return r;
	key = statx_key(&st);
	sub = w.dir = dir_intern(dir, name, &key);
	if (!sub)
		return -ENOMEM;
	dir_each_name(sub, clear_one, &w);
	return 0;
}

static void see_one(void *arg, const char *name)
{
	struct walk *w = arg;

	w->any = w->any || !is_hidden(w->fs, w->dir, name);
}

bool marks_have_any(struct fs *fs, struct dir *dir)
{
	struct walk w = { fs, dir, false };

	dir_each_name(dir, see_one, &w);
	return w.any;
}
