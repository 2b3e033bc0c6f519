/* SPDX-License-Identifier: MIT */
#include "mount/entry/in_place.h"

#include "base/util.h"
#include "core/changes/note.h"
#include "core/version/sqlite.h"
#include "mount/entry/place.h"

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
		sqlite_is_in_place(fs->versions, dir, database));
}

bool in_place_is(struct fs *fs, struct dir *dir, const char *name)
{
	return matches_rule(fs, dir, name) || goes_with_database(fs, dir, name);
}

bool in_place_opens(struct fs *fs, struct dir *dir, const char *name,
		    bool trunc)
{
	return in_place_is(fs, dir, name) ||
	       (!trunc && !fs->opt->in_place_none && sqlite_is_live(dir, name));
}

void in_place_note(struct fs *fs, struct node *n, const struct caller *by)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;

	if (!place_find(fs, n, &dir, &name, &key))
		note_in_place(&fs->core->rooms.notes, dir, name, by->session);
}
