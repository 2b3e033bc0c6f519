/* SPDX-License-Identifier: MIT */
#include "core/changes/note.h"

#include <assert.h>
#include <string.h>

#include "base/events.h"
#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/backing/tree_lock.h"
#include "core/changes/hasher.h"
#include "core/changes/lost_writes.h"
#include "core/temp/filesystems.h"

static void add(const struct notes *n, struct record *r, struct dir *dir,
		const char *name)
{
	auto_free char *path = NULL;

	n->changed(n->arg);
	if (dir->marks)
		return; /* a group of marks */
	filesystems_note(n->filesystems, dir);
	path = dir_path(dir, name);
	r->path = path ? path : name;
	changes_add(n->changes, r);
	if (r->session && n->by_session)
		n->by_session(n->by_arg, r->session, r->path);
}

static struct content content_of(const struct stat *st)
{
	return (struct content){ st->st_dev, record_stat_of(st) };
}

/* A regular file, whose digest may be known; its record. */
static struct record add_file(const struct notes *n, struct dir *dir,
			      const char *name, const struct stat *st,
			      const struct digest *known, uint64_t by,
			      bool kept)
{
	struct content c = content_of(st);
	struct record r = {
		.kind = RECORD_UNREAD, .st = c.st, .session = by, .kept = kept
	};

	if (known) {
		r.digest = *known;
		r.kind = RECORD_FILE;
		hasher_remember(n->hasher, &c, known);
	} else if (hasher_recall(n->hasher, &c, &r.digest)) {
		r.kind = RECORD_FILE;
	}
	add(n, &r, dir, name);
	if (r.kind == RECORD_UNREAD)
		hasher_add(n->hasher, dir, name, &r);
	return r;
}

void note_promoted(const struct notes *n, struct dir *dir, const char *name,
		   const struct promoted *p)
{
	struct content c = content_of(&p->st);
	struct record r;

	assert(tree_is_held(dir));
	hasher_forget(n->hasher, &c);
	r = add_file(n, dir, name, &p->st, p->digest, p->by, false);
	lost_writes_promoted(n->lost, p->writes, &r);
}

static void note_there(const struct notes *n, struct dir *dir, const char *name,
		       uint64_t by, bool kept)
{
	struct record r = { .kind = RECORD_NODE, .session = by };
	struct statx stx;
	struct stat st;

	assert(tree_is_held(dir));
	if (dir_statx(dir, name, &stx) < 0) {
		note_gone(n, dir, name, by);
		return;
	}
	statx_to_stat(&stx, &st);
	r.type = st.st_mode & S_IFMT;
	if (S_ISREG(st.st_mode))
		add_file(n, dir, name, &st, NULL, by, kept);
	else
		add(n, &r, dir, name);
}

void note_made(const struct notes *n, struct dir *dir, const char *name,
	       uint64_t by)
{
	note_there(n, dir, name, by, false);
}

void note_named(const struct notes *n, struct dir *dir, const char *name,
		uint64_t by)
{
	note_there(n, dir, name, by, true);
}

void note_gone(const struct notes *n, struct dir *dir, const char *name,
	       uint64_t by)
{
	struct record r = { .kind = RECORD_GONE, .session = by };

	assert(tree_is_held(dir));
	add(n, &r, dir, name);
}

void note_moved(const struct notes *n, struct dir *dir, const char *name,
		struct dir *to, const char *to_name, uint64_t by)
{
	auto_free char *to_path = dir_path(to, to_name);
	struct record r = { .kind = RECORD_MOVED,
			    .session = by,
			    .to = to_path ? to_path : to_name };

	assert(tree_is_held_alone());
	add(n, &r, dir, name);
}

void note_in_place(const struct notes *n, struct dir *dir, const char *name,
		   uint64_t by)
{
	struct record r = { .kind = RECORD_INPLACE, .session = by };

	filesystems_prepare(n->filesystems, dir);
	add(n, &r, dir, name);
}

void note_times_begin(int fd, struct note_times *c)
{
	c->known = fstat(fd, &c->before) == 0 && S_ISREG(c->before.st_mode);
}

/* Its content is still the same: so is its digest. */
void note_times_end(const struct notes *n, struct dir *dir, const char *name,
		    int fd, const struct note_times *c, uint64_t by)
{
	struct content old = content_of(&c->before);
	struct digest digest;
	struct record r;
	struct stat now;

	if (!c->known || fstat(fd, &now) < 0 ||
	    (now.st_mtim.tv_sec == c->before.st_mtim.tv_sec &&
	     now.st_mtim.tv_nsec == c->before.st_mtim.tv_nsec))
		return;
	r = add_file(n, dir, name, &now,
		     hasher_recall(n->hasher, &old, &digest) ? &digest : NULL,
		     by, true);
	lost_writes_touched(n->lost, &old.st, &r);
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
	const struct notes *n;
	struct dir *dir, *other;
};

static void tell_tree(const struct notes *n, struct dir *dir,
		      struct dir *other);

/* What is here now may have come from there: then it is gone from there. */
static struct dir *tell_other(struct below *b, const char *name)
{
	struct statx st;

	if (b->other && dir_statx(b->other, name, &st) == -ENOENT) {
		note_gone(b->n, b->other, name, 0);
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
	note_made(b->n, b->dir, name, 0);
	other = tell_other(b, name);
	sub = step_down(dir_get(b->dir), name);
	if (sub)
		tell_tree(b->n, sub, other);
	dir_put(sub);
	dir_put(other);
}

/* All that is in @dir, and not in @other (or NULL). */
static void tell_tree(const struct notes *n, struct dir *dir, struct dir *other)
{
	struct below b = { n, dir, other };
	int r = dir_each_name(dir, tell_entry, &b);
	auto_free char *path = r < 0 ? dir_path(dir, NULL) : NULL;

	if (r < 0)
		events_tell(
			n->events, LOG_ERROR,
			"\"%s\": %s; the next mark may miss what was renamed "
			"at the moment of a crash",
			path ? path : "", strerror(-r));
}

/* A reference to the directory at @path, or NULL. */
static struct dir *tell_path(const struct notes *n, char *path)
{
	struct dir *dir = dir_get(backing_root(n->backing));
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
		note_made(n, dir, path, 0);
	return step_down(dir, path);
}

void note_found(const struct notes *n, char *path)
{
	dir_put(tell_path(n, path));
}

void note_found_renamed(const struct notes *n, char *path, char *to)
{
	struct dir *a = tell_path(n, path), *b = tell_path(n, to);

	if (a)
		tell_tree(n, a, b);
	if (b)
		tell_tree(n, b, a);
	dir_put(a);
	dir_put(b);
}
