/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/hidden.h"

#include <string.h>

#include "base/util.h"
#include "core/marks/checkpoint.h"
#include "core/marks/maker.h"
#include "mount/entry/place.h"

bool hidden_is(struct fs *fs, struct dir *dir, const char *name, ino_t ino)
{
	auto_free char *path = NULL;

	if (fs->opt->stale != STALE_HIDE)
		return false;
	stale_ask(fs->stale, STALE_WAIT_MS);
	path = stale_any(fs->stale) ? dir_path(dir, name) : NULL;
	return path && stale_has(fs->stale, path, ino, NULL);
}

/* 1 and why, when a user made the mark that @by need not believe. */
static int why_not_believed(struct dir *dir, const char *name,
			    const struct caller *by, char why[STALE_WHY])
{
	struct maker m;
	int r = maker_of(dir, name, &m);

	if (r < 0 || maker_is_believed(&m, by->uid))
		return r;
	snprintf(why, STALE_WHY, "it was made by another user (%u)",
		 (unsigned int)(m.user == by->uid ? m.owner : m.user));
	return 1;
}

int hidden_why(struct fs *fs, struct node *n, const struct caller *by,
	       char why[STALE_WHY])
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL, *path = NULL;
	struct file_key key;
	int r = place_find(fs, n, &dir, &name, &key);

	if (!r)
		r = why_not_believed(dir, name, by, why);
	if (r)
		return r < 0 ? r : (int)strlen(why);
	stale_ask(fs->stale, STALE_WAIT_MS);
	path = dir_path(dir, name);
	if (!path)
		return -ENOMEM;
	return stale_has(fs->stale, path, key.ino, why) ? (int)strlen(why)
							: -ENODATA;
}

static bool is_hidden_mark(struct fs *fs, struct dir *dir, const char *name)
{
	struct statx st;

	return fs->opt->stale == STALE_HIDE && !dir_statx(dir, name, &st) &&
	       S_ISREG(st.stx_mode) && hidden_is(fs, dir, name, st.stx_ino);
}

int hidden_clear(struct fs *fs, struct dir *dir, const char *name)
{
	int r;

	if (!is_hidden_mark(fs, dir, name))
		return 0;
	r = checkpoint_remove(fs->versions, dir, name);
	if (!r)
		stale_tidy(fs->stale);
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

	/* If it fails, the group is not empty, and rmdir(2) says so. */
	hidden_clear(w->fs, w->dir, name);
}

int hidden_clear_group(struct fs *fs, struct dir *dir, const char *name)
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

	w->any = w->any || !is_hidden_mark(w->fs, w->dir, name);
}

bool hidden_leaves_any(struct fs *fs, struct dir *dir)
{
	struct walk w = { fs, dir, false };

	dir_each_name(dir, see_one, &w);
	return w.any;
}
