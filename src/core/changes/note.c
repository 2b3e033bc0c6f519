/* SPDX-License-Identifier: MIT */
#include "core/changes/note.h"

#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/changes/hasher.h"
#include "core/changes/lost_writes.h"
#include "core/digest/digest.h"
#include "core/digest/stream.h"
#include "core/temp/filesystems.h"
#include "core/tree/tree.h"
#include "core/version/types.h"

static void add(struct versions *t, struct record *r, struct dir *dir,
		const char *name)
{
	auto_free char *path = NULL;

	versions_note_change(t);
	if (dir->marks)
		return; /* a group of marks */
	inner_note(t, dir);
	path = dir_path(dir, name);
	r->path = path ? path : name;
	history_add(t->rooms->history, r);
}

static struct content content_of(const struct stat *st)
{
	return (struct content){ st->st_dev,
				 { st->st_size, st->st_mtim, st->st_ino } };
}

/* A regular file, whose digest may be known; its record. */
static struct record add_file(struct versions *t, struct dir *dir,
			      const char *name, const struct stat *st,
			      const struct digest *known)
{
	struct content c = content_of(st);
	struct record r = { .kind = RECORD_UNREAD, .st = c.st };

	if (known) {
		r.digest = *known;
		r.kind = RECORD_FILE;
		hasher_remember(t->rooms->hasher, &c, known);
	} else if (hasher_recall(t->rooms->hasher, &c, &r.digest)) {
		r.kind = RECORD_FILE;
	}
	add(t, &r, dir, name);
	if (r.kind == RECORD_UNREAD)
		hasher_add(t->rooms->hasher, dir, name, &r);
	return r;
}

void change_promoted(struct version *v, struct dir *dir, const char *name)
{
	struct digest digest;
	struct content c;
	struct record r;
	struct stat st;
	int fd = version_placed_fd(v);
	bool known;

	if (fstat(fd, &st) < 0)
		return;
	c = content_of(&st);
	hasher_forget(v->table->rooms->hasher, &c);
	/*
	 * To wake a thread for a small one takes longer than to read it.  What
	 * was copied may not be what was written once (lost_writes.h).
	 */
	known = stream_digest(v, st.st_size, &digest) ||
		(v->truncated && digest_cached(fd, st.st_size, &digest));
	r = add_file(v->table, dir, name, &st, known ? &digest : NULL);
	doubt_promoted(v, &r);
}

void change_made(struct versions *t, struct dir *dir, const char *name)
{
	struct record r = { .kind = RECORD_NODE };
	struct statx stx;
	struct stat st;

	if (dir_statx(dir, name, &stx) < 0) {
		change_gone(t, dir, name);
		return;
	}
	statx_to_stat(&stx, &st);
	r.type = st.st_mode & S_IFMT;
	if (S_ISREG(st.st_mode))
		add_file(t, dir, name, &st, NULL);
	else
		add(t, &r, dir, name);
}

void change_gone(struct versions *t, struct dir *dir, const char *name)
{
	struct record r = { .kind = RECORD_GONE };

	add(t, &r, dir, name);
}

void change_moved(struct versions *t, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name)
{
	auto_free char *to_path = dir_path(to, to_name);
	struct record r = { .kind = RECORD_MOVED,
			    .to = to_path ? to_path : to_name };

	add(t, &r, dir, name);
}

void change_in_place(struct versions *t, struct dir *dir, const char *name)
{
	struct record r = { .kind = RECORD_INPLACE };

	add(t, &r, dir, name);
}

void change_times_begin(int fd, struct change_times *c)
{
	c->known = fstat(fd, &c->before) == 0 && S_ISREG(c->before.st_mode);
}

/* Its content is still the same: so is its digest. */
void change_times_end(struct versions *t, struct dir *dir, const char *name,
		      int fd, const struct change_times *c)
{
	struct content old = content_of(&c->before);
	struct digest digest;
	struct record r;
	struct stat now;

	if (!c->known || fstat(fd, &now) < 0 ||
	    (now.st_mtim.tv_sec == c->before.st_mtim.tv_sec &&
	     now.st_mtim.tv_nsec == c->before.st_mtim.tv_nsec))
		return;
	r = add_file(t, dir, name, &now,
		     hasher_recall(t->rooms->hasher, &old, &digest) ? &digest
								    : NULL);
	doubt_touched(t->rooms->doubt, &old.st, &r);
}

/* After a crash */

/* Directory @name of @dir, whose reference it takes. */
static struct dir *step_down(struct dir *dir, const char *name)
{
	struct dir *sub = NULL;
	struct file_key key;
	struct statx st;

	if (!reserved_name(dir, name) && !dir_statx(dir, name, &st) &&
	    S_ISDIR(st.stx_mode)) {
		key = statx_key(&st);
		sub = dir_intern(dir, name, &key);
	}
	dir_put(dir);
	return sub;
}

struct below {
	struct versions *t;
	struct dir *dir, *other;
};

static void tell_tree(struct versions *t, struct dir *dir, struct dir *other);

/* What is here now may have been there before: then it is gone from there. */
static struct dir *tell_other(struct below *b, const char *name)
{
	struct statx st;

	if (b->other && dir_statx(b->other, name, &st) == -ENOENT) {
		change_gone(b->t, b->other, name);
		return NULL;
	}
	return b->other ? step_down(dir_get(b->other), name) : NULL;
}

static void tell_entry(void *arg, const char *name)
{
	struct below *b = arg;
	struct dir *sub, *other;

	if (reserved_name(b->dir, name))
		return;
	change_made(b->t, b->dir, name);
	other = tell_other(b, name);
	sub = step_down(dir_get(b->dir), name);
	if (sub)
		tell_tree(b->t, sub, other);
	dir_put(sub);
	dir_put(other);
}

/* All that is in @dir, and not in @other (or NULL). */
static void tell_tree(struct versions *t, struct dir *dir, struct dir *other)
{
	struct below b = { t, dir, other };
	int r = dir_each_name(dir, tell_entry, &b);
	auto_free char *path = r < 0 ? dir_path(dir, NULL) : NULL;

	if (r < 0)
		log_error("\"%s\": %s; the next mark may miss what was renamed "
			  "at the moment of a crash",
			  path ? path : "", strerror(-r));
}

/* A reference to the directory that stands there; or NULL. */
static struct dir *tell_path(struct versions *t, char *path)
{
	struct dir *dir = dir_get(backing_root(t->rooms->backing));
	struct statx st;
	char *slash;
	int r;

	for (; dir && (slash = strchr(path, '/')); path = slash + 1) {
		*slash = '\0';
		dir = step_down(dir, path);
		*slash = '/';
	}
	if (!dir)
		return NULL;
	r = reserved_name(dir, path) ? -EPERM : dir_statx(dir, path, &st);
	if (!r || r == -ENOENT)
		change_made(t, dir, path);
	return step_down(dir, path);
}

void change_found(struct versions *t, char *path)
{
	dir_put(tell_path(t, path));
}

void change_found_renamed(struct versions *t, char *path, char *to)
{
	struct dir *a = tell_path(t, path), *b = tell_path(t, to);

	if (a)
		tell_tree(t, a, b);
	if (b)
		tell_tree(t, b, a);
	dir_put(a);
	dir_put(b);
}
