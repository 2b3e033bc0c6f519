/* SPDX-License-Identifier: MIT */
#include "core/tree/tree.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/obstacle.h"
#include "core/backing/reserved.h"
#include "core/changes/intent.h"
#include "core/changes/note.h"
#include "core/flush/vouched.h"
#include "core/flush/write_ahead.h"
#include "core/process/ancestry.h"
#include "core/temp/filesystems.h"
#include "core/tree/make.h"
#include "core/tree/rename_side.h"
#include "core/version/for_tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"

#define RENAME_AGAIN 1	/* when what is renamed has its bytes on disk */
#define RENAME_OF_DIR 2 /* when it takes the whole tree */
#define SWAP_NAME STATE_TEMP_PREFIX "swap"

/* Making names */

int tree_may_make(struct versions *t, struct dir *dir, const char *name)
{
	if (reserved_name(dir, name))
		return -EPERM;
	return versions_any(t, dir, name) ? -EEXIST : 0;
}

/* @to_name leads to the same file as @name. */
static void share_line(struct versions *t, struct dir *dir, const char *name,
		       struct dir *to, const char *to_name)
{
	struct lineage *l = lineage_find(versions_rooms(t)->lines, dir, name);

	if (l)
		lineage_name(l, to, to_name);
	lineage_put(l);
}

mode_t tree_mode_for(struct dir *dir, mode_t mode, const struct caller *by)
{
	struct dir_traits traits = { 0 };

	if (dir_get_traits(dir, &traits) < 0 || !traits.default_acl)
		mode &= ~by->umask;
	return mode;
}

/* What a new name is. */
struct making {
	int (*call)(const struct making *m, int dirfd, const char *name);
	mode_t mode;
	dev_t dev;
	const char *target;
};

static int call_mkdir(const struct making *m, int dirfd, const char *name)
{
	return sys.mkdirat(dirfd, name, m->mode);
}

static int call_mknod(const struct making *m, int dirfd, const char *name)
{
	return sys.mknodat(dirfd, name, m->mode, m->dev);
}

static int call_symlink(const struct making *m, int dirfd, const char *name)
{
	return sys.symlinkat(m->target, dirfd, name);
}

static int make(struct versions *t, struct dir *dir, const char *name,
		const struct making *m, const struct caller *by)
{
	const struct rooms *rooms = versions_rooms(t);
	auto_access as = { 0 };
	auto_pin pin = { 0 };
	int r = tree_may_make(t, dir, name);

	if (!r)
		r = dir_pin(dir, &pin);
	if (r < 0)
		return r;
	filesystems_prepare(rooms->filesystems, dir);
	TREE_SCOPE(rooms->tree, dir);
	INTENT_SCOPE(rooms->intent, dir, name);
	r = access_begin(&as, by);
	if (!r)
		r = m->call(m, pin.fd, name);
	access_end(&as);
	if (!r)
		note_made(&rooms->notes, dir, name, by->session);
	return r;
}

int tree_mkdir(struct versions *t, struct dir *dir, const char *name,
	       mode_t mode, const struct caller *by)
{
	struct making m = { .call = call_mkdir,
			    .mode = tree_mode_for(dir, mode, by) };

	return make(t, dir, name, &m, by);
}

int tree_mknod(struct versions *t, struct dir *dir, const char *name,
	       mode_t mode, dev_t dev, const struct caller *by)
{
	struct making m = { .call = call_mknod,
			    .mode = tree_mode_for(dir, mode, by),
			    .dev = dev };

	return make(t, dir, name, &m, by);
}

int tree_symlink(struct versions *t, struct dir *dir, const char *name,
		 const char *target, const struct caller *by)
{
	struct making m = { .call = call_symlink, .target = target };

	return make(t, dir, name, &m, by);
}

/* Is @name in @dir file @key? */
static int check_is(struct dir *dir, const char *name,
		    const struct file_key *key)
{
	struct statx st;
	struct file_key found;
	int r = dir_statx(dir, name, &st);

	if (r < 0)
		return r;
	found = statx_key(&st);
	return file_key_equal(&found, key) ? 0 : -ESTALE;
}

int tree_link(struct versions *t, struct dir *dir, const char *name,
	      const struct file_key *key, struct dir *to, const char *to_name,
	      const struct caller *by)
{
	auto_pin from_pin = { 0 }, pin = { 0 };
	int r = tree_may_make(t, to, to_name);

	if (r < 0)
		return r;
	filesystems_prepare(versions_rooms(t)->filesystems, to);
	auto_hold hold = versions_hold_both(t, dir, name, to, to_name);
	INTENT_SCOPE(versions_rooms(t)->intent, to, to_name);
	r = check_is(dir, name, key);
	if (!r)
		r = dir_pin(dir, &from_pin);
	if (!r)
		r = dir_pin(to, &pin);
	if (!r)
		r = sys.linkat(from_pin.fd, name, pin.fd, to_name, 0);
	if (r < 0)
		return r;
	share_line(t, dir, name, to, to_name);
	note_named(&versions_rooms(t)->notes, to, to_name, by->session);
	return 0;
}

int tree_link_version(struct version *v, struct dir *to, const char *to_name)
{
	struct versions *t = version_facts(v).table;
	struct statx st;
	int fd, r = tree_may_make(t, to, to_name);

	if (r < 0)
		return r;
	/* Its bytes are copied, if they have to be, before names wait. */
	r = version_fd(v, FD_TO_LINK, 0, &fd);
	if (r < 0)
		return r;
	VERSION_NAMES_SCOPE(v, dir_set_of(to));
	r = dir_statx(to, to_name, &st);
	if (!r)
		return -EEXIST;
	if (r == -ENOENT && !dir_is_gone(to))
		r = obstacle_to_new(to);
	return r < 0 ? r : version_add_name(v, to, to_name);
}

/* Removing names */

/*
 * In a sticky directory: with the committed file at @name, would a new one go
 * that another user has pending there?
 */
static bool takes_along(struct versions *t, struct dir *dir, const char *name,
			uid_t uid)
{
	struct statx st;

	return versions_are_anothers(t, dir, name, uid) &&
	       !dir_statx(dir, name, &st);
}

int tree_unlink(struct versions *t, struct dir *dir, const char *name,
		const struct caller *by)
{
	struct ancestry asker;
	auto_pin pin = { 0 };
	int r = reserved_name(dir, name) ? -ENOENT : dir_pin(dir, &pin);

	if (r < 0)
		return r;
	/* Versions that were closed before come and go; @dir is not held. */
	versions_wait_settled(t, dir, name);
	versions_asker(t, dir, name, by->tid, &asker);
	filesystems_prepare(versions_rooms(t)->filesystems, dir);
	NAME_SCOPE(t, dir, name);
	if (takes_along(t, dir, name, by->uid))
		return -EPERM;
	INTENT_SCOPE(versions_rooms(t)->intent, dir, name);
	versions_leave_line(t, dir, name);
	if (vouched_at(versions_rooms(t)->vouched, dir, name))
		write_ahead_gone(versions_rooms(t)->write_ahead, dir, name);
	r = sys.unlinkat(pin.fd, name, 0);
	if (r < 0 && r != -ENOENT)
		return r;
	if (!r)
		note_gone(&versions_rooms(t)->notes, dir, name, by->session);
	if (versions_detach(t, dir, name, &asker, r == 0))
		r = 0;
	return r;
}

/* The struct dir at @name, if it is a directory and known. */
static struct dir *known_dir(struct dir *dir, const struct statx *st)
{
	struct file_key key = statx_key(st);

	return S_ISDIR(st->stx_mode) ? dir_find(dir->backing, &key) : NULL;
}

/*
 * Processes that have @d open, or are in it, can go on when it is removed.  It
 * cannot be found by its place then, but by the descriptor in the cache.
 */
static void keep_reachable(struct dir *d)
{
	auto_pin pin = { 0 };

	if (d)
		dir_pin(d, &pin);
}

int tree_know_dir(struct versions *t, struct dir *dir, const char *name,
		  struct statx *ret_st, struct dir **ret)
{
	struct file_key key;
	struct dir *d;
	int r;

	TREE_SCOPE(versions_rooms(t)->tree, dir);
	r = dir_statx(dir, name, ret_st);
	if (!r && !S_ISDIR(ret_st->stx_mode))
		r = -ENOTDIR;
	if (r < 0)
		return r;
	key = statx_key(ret_st);
	d = dir_intern(dir, name, &key);
	if (!d)
		return -ENOMEM;
	*ret = d;
	return 0;
}

/* No new version comes to it meanwhile: that could not be promoted. */
static int remove_empty(struct versions *t, int dirfd, const char *name,
			struct dir *victim)
{
	int r = versions_removal_begin(t, victim);

	if (r < 0)
		return r;
	r = sys.unlinkat(dirfd, name, AT_REMOVEDIR);
	if (!r && victim)
		dir_removed(victim);
	versions_removal_end(t, victim);
	return r;
}

/* 1: another one has come to the name, with the same key if @victim is gone. */
static int remove_dir(struct versions *t, struct dir *dir, const char *name,
		      struct dir *victim, const struct caller *by)
{
	auto_pin pin = { 0 };
	struct file_key key;
	struct statx st;
	int r = dir_pin(dir, &pin);

	if (!r)
		r = dir_statx(dir, name, &st);
	if (r < 0)
		return r;
	key = statx_key(&st);
	if (S_ISDIR(st.stx_mode) &&
	    (!victim || !file_key_equal(&key, &victim->key) ||
	     dir_was_removed(victim)))
		return 1;
	keep_reachable(victim);
	if (vouched_has(versions_rooms(t)->vouched, &st))
		write_ahead_gone(versions_rooms(t)->write_ahead, dir, name);
	r = remove_empty(t, pin.fd, name, victim);
	if (!r)
		note_gone(&versions_rooms(t)->notes, dir, name, by->session);
	return r;
}

/*
 * The directory and the one that it is in are held.  So the changes list what
 * was removed in it before they list the removal of the directory itself.
 */
static int remove_held(struct versions *t, struct dir *dir, const char *name,
		       struct dir *victim, const struct caller *by)
{
	dir_set set = dir_set_of(dir) | (victim ? dir_set_of(victim) : 0);

	TREE_SET_SCOPE(versions_rooms(t)->tree, set);
	INTENT_SCOPE(versions_rooms(t)->intent, dir, name);
	return remove_dir(t, dir, name, victim, by);
}

int tree_rmdir(struct versions *t, struct dir *dir, const char *name,
	       const struct caller *by)
{
	int r = reserved_name(dir, name) ? -ENOENT : 1;

	if (r > 0)
		filesystems_prepare(versions_rooms(t)->filesystems, dir);
	while (r > 0) {
		struct dir *victim = NULL;
		struct statx st;

		r = tree_know_dir(t, dir, name, &st, &victim);
		if (!r)
			r = remove_held(t, dir, name, victim, by);
		dir_put(victim);
	}
	return r;
}

/* Renaming */

struct mover {
	const struct caller *caller;
	struct ancestry line;
};

static int look(struct versions *t, struct rename_side *s,
		const struct ancestry *by)
{
	int r = dir_pin(s->dir, &s->pin);

	if (r < 0)
		return r;
	r = dir_statx(s->dir, s->name, &s->st);
	if (r < 0 && r != -ENOENT)
		return r;
	s->sub = NULL;
	s->exists = r == 0;
	s->own = versions_any_seen(t, s->dir, s->name, by, true);
	if (s->exists)
		s->sub = known_dir(s->dir, &s->st);
	return 0;
}

static void unlook(struct rename_side *s)
{
	dir_put(s->sub);
	dir_unpin(&s->pin);
}

static void tell_renamed(struct versions *t, struct rename_side *from,
			 struct rename_side *to, const struct caller *by)
{
	if (rename_side_is_dir(from)) {
		note_moved(&versions_rooms(t)->notes, from->dir, from->name,
			   to->dir, to->name, by->session);
		return;
	}
	note_made(&versions_rooms(t)->notes, from->dir, from->name,
		  by->session); /* gone, or a whiteout */
	note_named(&versions_rooms(t)->notes, to->dir, to->name, by->session);
}

static void tell_exchanged(struct versions *t, struct rename_side *from,
			   struct rename_side *to, const struct caller *by)
{
	struct rename_side swap = { .dir = from->dir,
				    .name = SWAP_NAME,
				    .exists = true,
				    .st = from->st };

	if (rename_side_is_dir(from) && rename_side_is_dir(to)) {
		tell_renamed(t, from, &swap, by);
		tell_renamed(t, to, from, by);
		tell_renamed(t, &swap, to, by);
	} else if (rename_side_is_dir(to)) {
		tell_renamed(t, to, from, by);
		note_named(&versions_rooms(t)->notes, to->dir, to->name,
			   by->session);
	} else {
		tell_renamed(t, from, to, by);
		note_named(&versions_rooms(t)->notes, from->dir, from->name,
			   by->session);
	}
}

static bool same_file(struct rename_side *a, struct rename_side *b)
{
	struct file_key ka = statx_key(&a->st), kb = statx_key(&b->st);

	return a->exists && b->exists && file_key_equal(&ka, &kb);
}

/* A whiteout is a new file, and belongs to the caller. */
static int leave_whiteout(struct rename_side *from, struct rename_side *to,
			  unsigned int flags, const struct caller *by)
{
	auto_access as = { 0 };
	int r = access_begin(&as, by);

	return r < 0 ? r
		     : sys.renameat2(from->pin.fd, from->name, to->pin.fd,
				     to->name, flags);
}

static int rename_on_disk(struct rename_side *from, struct rename_side *to,
			  unsigned int flags, const struct caller *by)
{
	if (flags & RENAME_WHITEOUT)
		return leave_whiteout(from, to, flags, by);
	/* Of two links to one file rename(2) would leave both. */
	if (!flags && same_file(from, to))
		return sys.unlinkat(from->pin.fd, from->name, 0);
	return sys.renameat2(from->pin.fd, from->name, to->pin.fd, to->name,
			     flags);
}

static int backing_rename(struct versions *t, struct rename_side *from,
			  struct rename_side *to, unsigned int flags,
			  const struct caller *by)
{
	int r;

	rename_sides_foretell(t, from, to, flags);
	r = rename_on_disk(from, to, flags, by);
	if (!r)
		rename_sides_came(t, from, to, flags);
	return r;
}

static int move_versions(struct versions *t, struct rename_side *from,
			 struct rename_side *to, const struct ancestry *by)
{
	return versions_move(t, from->dir, from->name, to->dir, to->name, by,
			     from->exists);
}

/* Only the caller's own pending version is renamed: nothing on disk is. */
static int rename_pending(struct versions *t, struct rename_side *from,
			  struct rename_side *to, const struct ancestry *by)
{
	int r;

	if (to->exists && S_ISDIR(to->st.stx_mode))
		return -EISDIR;
	/* Two names of one file, or the same one: rename(2) does nothing. */
	if (versions_is_one(t, from->dir, from->name, to->dir, to->name, by))
		return 0;
	r = dir_is_gone(to->dir) ? -ENOENT : obstacle_to_leave(from->dir);
	if (!r)
		r = obstacle_to_rename(to->dir, to->exists ? &to->st : NULL);
	if (r < 0)
		return r;
	versions_leave_line(t, to->dir, to->name);
	versions_detach(t, to->dir, to->name, by, to->exists);
	return move_versions(t, from, to, by);
}

/* Over @to->sub, if that is a directory; likewise. */
static int rename_over(struct versions *t, struct rename_side *from,
		       struct rename_side *to, unsigned int flags,
		       const struct caller *by)
{
	int r = versions_removal_begin(t, to->sub);

	if (r < 0)
		return r;
	keep_reachable(to->sub);
	r = backing_rename(t, from, to, flags, by);
	if (!r && to->sub)
		dir_removed(to->sub);
	versions_removal_end(t, to->sub);
	return r;
}

static int rename_plain(struct versions *t, struct rename_side *from,
			struct rename_side *to, unsigned int flags,
			const struct mover *by)
{
	int r;

	if (!from->exists)
		return rename_pending(t, from, to, &by->line);
	/* Two names of what is one file to the caller: nothing is done. */
	if (same_file(from, to) && !(flags & RENAME_WHITEOUT) && !from->own &&
	    !to->own)
		return 0;
	versions_leave_line(t, to->dir, to->name);
	r = rename_over(t, from, to, flags, by->caller);
	if (r < 0)
		return r;
	tell_renamed(t, from, to, by->caller);
	versions_detach(t, to->dir, to->name, &by->line, to->exists);
	r = move_versions(t, from, to, &by->line);
	if (from->sub)
		dir_moved(from->sub, to->dir, to->name);
	return r;
}

static int exchange_versions(struct versions *t, struct rename_side *from,
			     struct rename_side *to, const struct ancestry *by)
{
	struct rename_side swap = { .dir = from->dir,
				    .name = SWAP_NAME,
				    .exists = true };
	int r = move_versions(t, from, &swap, by);

	if (!r)
		r = move_versions(t, to, from, by);
	if (!r)
		r = move_versions(t, &swap, to, by);
	return r;
}

static int rename_exchange(struct versions *t, struct rename_side *from,
			   struct rename_side *to, const struct mover *by)
{
	int r = 0;

	if (!to->exists && !to->own)
		return -ENOENT;
	if (from->exists && to->exists)
		r = backing_rename(t, from, to, RENAME_EXCHANGE, by->caller);
	else if (from->exists)
		r = backing_rename(t, from, to, RENAME_NOREPLACE, by->caller);
	else if (to->exists)
		r = backing_rename(t, to, from, RENAME_NOREPLACE, by->caller);
	if (!r)
		tell_exchanged(t, from, to, by->caller);
	if (!r)
		r = exchange_versions(t, from, to, &by->line);
	if (!r && from->sub)
		dir_moved(from->sub, to->dir, to->name);
	if (!r && to->sub)
		dir_moved(to->sub, from->dir, from->name);
	return r;
}

/*
 * A directory may not come to a name where a new file is pending: that could
 * not be promoted any more.
 */
static int check_no_file(struct versions *t, const struct rename_side *dir,
			 const struct rename_side *to,
			 const struct ancestry *by)
{
	if (!dir->exists || !S_ISDIR(dir->st.stx_mode) || to->exists)
		return 0;
	return versions_any_seen(t, to->dir, to->name, by, false) ? -ENOTDIR
								  : 0;
}

/*
 * The kernel has checked this for committed files.  Versions that others have
 * pending at a name are moved with it, or lose it.  Where nothing is committed,
 * only the caller's own version is moved away.
 */
static int check_sticky(struct versions *t, const struct rename_side *from,
			const struct rename_side *to, unsigned int flags,
			uid_t uid)
{
	bool moved = from->exists || (flags & RENAME_EXCHANGE);

	if ((moved && versions_are_anothers(t, from->dir, from->name, uid)) ||
	    versions_are_anothers(t, to->dir, to->name, uid))
		return -EPERM;
	return 0;
}

static int rename_sides(struct versions *t, struct rename_side *from,
			struct rename_side *to, unsigned int flags,
			const struct mover *by)
{
	int r = look(t, from, &by->line);

	if (!r)
		r = look(t, to, &by->line);
	if (r < 0)
		return r;
	if (!from->exists && !from->own)
		return -ENOENT;
	/* Of a directory all that is below moves. */
	if ((rename_side_is_dir(from) || rename_side_is_dir(to)) &&
	    !tree_is_held_alone())
		return RENAME_OF_DIR;
	if ((flags & RENAME_NOREPLACE) &&
	    (to->exists || versions_any(t, to->dir, to->name)))
		return -EEXIST;
	r = check_sticky(t, from, to, flags, by->caller->uid);
	if (!r)
		r = check_no_file(t, from, to, &by->line);
	if (!r && (flags & RENAME_EXCHANGE))
		r = check_no_file(t, to, from, &by->line);
	if (!r && rename_sides_must_flush(t, from, to, flags))
		return RENAME_AGAIN;
	if (!(flags & RENAME_EXCHANGE))
		return r < 0 ? r : rename_plain(t, from, to, flags, by);
	return r < 0 ? r : rename_exchange(t, from, to, by);
}

static int rename_held(struct versions *t, struct rename_side *from,
		       struct rename_side *to, unsigned int flags,
		       const struct mover *by)
{
	int r;

	INTENT_RENAME_SCOPE(versions_rooms(t)->intent, from->dir, from->name,
			    to->dir, to->name);
	r = rename_sides(t, from, to, flags, by);
	if (!r && (rename_side_is_dir(from) || rename_side_is_dir(to)))
		filesystems_moved(versions_rooms(t)->filesystems);
	unlook(from);
	unlook(to);
	return r;
}

/* What it is can be seen only once its names stand still. */
static int rename_once(struct versions *t, struct rename_side *from,
		       struct rename_side *to, unsigned int flags,
		       const struct mover *by)
{
	auto_hold hold =
		versions_hold_both(t, from->dir, from->name, to->dir, to->name);
	int r = rename_held(t, from, to, flags, by);

	if (r != RENAME_OF_DIR)
		return r;
	tree_release(&hold);
	hold = versions_hold_all(t);
	return rename_held(t, from, to, flags, by);
}

/* With its ancestors, if it needs them for one of the names. */
static void ask_for_both(struct versions *t, const struct rename_side *from,
			 const struct rename_side *to, struct mover *by)
{
	pid_t tid = by->caller->tid;

	versions_asker(t, from->dir, from->name, tid, &by->line);
	if (by->line.count <= 1)
		versions_asker(t, to->dir, to->name, tid, &by->line);
}

int tree_rename(struct versions *t, struct dir *dir, const char *name,
		struct dir *to_dir, const char *to_name, unsigned int flags,
		const struct caller *by)
{
	struct rename_side from = { .dir = dir, .name = name };
	struct rename_side to = { .dir = to_dir, .name = to_name };
	struct mover mover = { .caller = by };
	int r;

	if (reserved_name(dir, name))
		return -ENOENT;
	if (reserved_name(to_dir, to_name))
		return -EPERM;
	filesystems_prepare(versions_rooms(t)->filesystems, dir);
	filesystems_prepare(versions_rooms(t)->filesystems, to_dir);
	versions_wait_settled(t, dir, name);
	versions_wait_settled(t, to_dir, to_name);
	ask_for_both(t, &from, &to, &mover);
	r = versions_void_promises(t, dir, name);
	if (!r)
		r = versions_void_promises(t, to_dir, to_name);
	if (!r)
		r = rename_once(t, &from, &to, flags, &mover);
	while (r == RENAME_AGAIN) {
		r = rename_sides_flush(t, &from, &to, flags);
		if (!r)
			r = rename_once(t, &from, &to, flags, &mover);
	}
	return r;
}
