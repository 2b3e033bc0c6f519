/* SPDX-License-Identifier: MIT */
/*
 * attr: attributes of what is in the tree: of a directory, of a version, or of
 * a committed file and what is pending at its name.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/changes/note.h"
#include "core/flush/flush.h"
#include "core/temp/filesystems.h"
#include "core/tree/tree.h"
#include "core/version/for_tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"

int tree_change_dir(struct versions *t, struct dir *dir,
		    const struct attr_change *c)
{
	auto_pin pin = { 0 };
	int r;

	versions_wait_dir(t, dir);
	/* A promotion puts back the times that it found. */
	TREE_SCOPE(versions_rooms(t)->tree, dir);
	r = dir_pin(dir, &pin);
	if (!r)
		r = attr_change_fd(pin.fd, c);
	dir_forget_traits(dir);
	return r;
}

/* Has nothing replaced the file there that @v began from? */
static bool is_base_at(struct version *v, struct dir *dir, const char *name)
{
	struct version_facts facts = version_facts(v);
	struct file_key key;
	struct statx st;

	if (!facts.replaces || dir_statx(dir, name, &st) < 0)
		return false;
	key = statx_key(&st);
	return file_key_equal(&facts.base, &key);
}

static int change_base(struct version *v, const struct attr_change *c)
{
	struct note_times times;
	auto_free char *name = NULL;
	struct dir *dir = NULL;
	int fd = version_fd_for_read(v), r;

	note_times_begin(fd, &times);
	r = attr_change_fd(fd, c);
	if (!version_first_name(v, &dir, &name) && is_base_at(v, dir, name))
		note_times_end(&versions_rooms(version_facts(v).table)->notes,
			       dir, name, fd, &times,
			       c->by ? c->by->session : 0);
	dir_put(dir);
	return r;
}

int tree_change_version(struct version *v, const struct attr_change *c)
{
	struct dir *near = version_facts(v).near;
	int r = version_fill(v);

	if (r < 0)
		return r;
	if (near)
		filesystems_prepare(
			versions_rooms(version_facts(v).table)->filesystems,
			near);
	VERSION_NAMES_SCOPE(v, 0);
	return version_temp_fd(v) < 0 ? change_base(v, c)
				      : attr_change_fd(version_temp_fd(v), c);
}

/*
 * Does a caller that sees @v see the committed file @key?  An update that has
 * written nothing shows the file that it came from, which may have been
 * replaced since.
 */
static bool shows_committed(const struct version *v, const struct file_key *key)
{
	struct version_facts facts;

	if (!v)
		return true;
	facts = version_facts(v);
	return version_own_fd(v) < 0 && facts.replaces &&
	       file_key_equal(&facts.base, key);
}

/* *ret_owner: its owner before the change. */
static int change_committed(struct versions *t, struct dir *dir,
			    const char *name, const struct file_key *key,
			    const struct tree_change *c, uid_t *ret_owner)
{
	const void *arg = shows_committed(c->shown, key) ? c->arg : c->harmless;
	struct note_times times;
	struct stat st;
	auto_fd fd = -1;
	int r = dir_open_file(dir, name, O_PATH, key, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	note_times_begin(fd, &times);
	r = c->apply(fd, arg);
	note_times_end(&versions_rooms(t)->notes, dir, name, fd, &times,
		       c->by->session);
	if (!r)
		*ret_owner = st.st_uid;
	return r;
}

static bool is_of(int fd, uid_t owner)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == owner;
}

/*
 * Versions without a copy get the change from the committed file later.
 * Another user may have a new file pending there, which the right to change the
 * committed file does not include.
 */
static void change_one(struct version *v, uid_t owner,
		       const struct tree_change *c)
{
	bool own = v == c->shown && version_is_of(v, c->by->uid);
	int fd = version_own_fd(v);

	if (fd >= 0 && !is_of(fd, owner))
		return;
	version_note_changed(v);
	if (fd >= 0)
		c->apply(fd, own ? c->arg : c->harmless);
}

/* A change of attributes may wait for the disk: so t->lock is not held. */
static void change_pending(struct versions *t, struct dir *dir,
			   const char *name, uid_t owner,
			   const struct tree_change *c)
{
	struct version *v = versions_older_at(t, dir, name, NULL), *older;

	for (; v; v = older) {
		change_one(v, owner, c);
		older = versions_older_at(t, dir, name, v);
		version_put(v);
	}
}

int tree_change_both(struct versions *t, struct dir *dir, const char *name,
		     const struct file_key *key, const struct tree_change *c)
{
	uid_t owner;
	int r;

	filesystems_prepare(versions_rooms(t)->filesystems, dir);
	NAME_SCOPE(t, dir, name);
	r = change_committed(t, dir, name, key, c, &owner);
	if (r < 0)
		return r;
	if (atomic_load(&dir->pending))
		change_pending(t, dir, name, owner, c);
	flush_touch(versions_rooms(t)->flush);
	filesystems_note(versions_rooms(t)->filesystems, dir);
	return 0;
}
