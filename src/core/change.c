/* SPDX-License-Identifier: MIT */
#include "core/change.h"

#include "base/util.h"
#include "core/digest.h"
#include "core/doubt.h"
#include "core/hasher.h"
#include "core/stream.h"

static void add(struct versions *t, struct record *r, struct dir *dir,
		const char *name)
{
	auto_free char *path = NULL;

	versions_note_change(t);
	if (dir->marks)
		return; /* a group of marks */
	path = dir_path(dir, name);
	r->path = path ? path : name;
	history_add(t->history, r);
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
		hasher_remember(t->hasher, &c, known);
	} else if (hasher_recall(t->hasher, &c, &r.digest)) {
		r.kind = RECORD_FILE;
	}
	add(t, &r, dir, name);
	if (r.kind == RECORD_UNREAD)
		hasher_add(t->hasher, dir, name, &r);
	return r;
}

void change_promoted(struct version *v, struct dir *dir, const char *name)
{
	struct digest digest;
	struct record r;
	struct stat st;
	bool known;

	if (fstat(v->fd, &st) < 0)
		return;
	/* To wake a thread for a small one takes longer than to read it. */
	known = stream_digest(v, st.st_size, &digest) ||
		digest_cached(v->fd, st.st_size, &digest);
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
		     hasher_recall(t->hasher, &old, &digest) ? &digest : NULL);
	doubt_touched(t->doubt, &old.st, &r);
}
