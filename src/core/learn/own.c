/* SPDX-License-Identifier: MIT */
/*
 * own: what a session has read that was its own work, and what it has changed
 * after it had read it.
 */
#include <string.h>

#include "base/util.h"
#include "core/learn/collect.h"

static struct place *find_place(const struct collect *c, const char *path,
				size_t n)
{
	struct place *p;

	HASH_FIND(hh, c->places, path, n, p);
	return p;
}

/* The directory whose path is the first @n bytes of @path, and those above. */
static int add_places(struct collect *c, const char *path, size_t n)
{
	struct place *p;

	while (!find_place(c, path, n)) {
		p = calloc(1, sizeof(*p) + n + 1);
		if (!p)
			return -ENOMEM;
		memcpy(p->path, path, n);
		HASH_ADD_KEYPTR(hh, c->places, p->path, n, p);
		if (!n)
			return 0;
		n = path_parent(p->path);
	}
	return 0;
}

static int find_places(struct collect *c)
{
	for (size_t kind = 0; kind < ITEM_KINDS; kind++)
		for (struct item *i = c->set->kinds[kind]; i; i = i->hh.next) {
			int r = add_places(c, i->path,
					   kind == ITEM_LIST
						   ? strlen(i->path)
						   : path_parent(i->path));

			if (r < 0)
				return r;
		}
	return 0;
}

/* What the mark tells */

static int tell(struct collect *c, const char *path)
{
	size_t n = strlen(path);
	struct told *t;

	if (!find_place(c, path, path_parent(path)) || own_is_told(c, path))
		return 0;
	t = calloc(1, sizeof(*t) + n + 1);
	if (!t)
		return -ENOMEM;
	memcpy(t->path, path, n);
	HASH_ADD_KEYPTR(hh, c->told, t->path, n, t);
	return 0;
}

static int tell_record(void *arg, const struct record *r, uint32_t node)
{
	int code = tell(arg, r->path);

	(void)node;
	return !code && r->kind == RECORD_MOVED ? tell(arg, r->to) : code;
}

bool own_is_told(const struct collect *c, const char *path)
{
	struct told *t;

	HASH_FIND_STR(c->told, path, t);
	return t;
}

/* Files by their inode number */

static int by_ino(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a;
	const struct item *y = *(struct item *const *)b;

	if (x->file.st.ino != y->file.st.ino)
		return x->file.st.ino < y->file.st.ino ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int sort_files(struct collect *c)
{
	c->by_ino = calloc(HASH_COUNT(c->set->kinds[ITEM_FILE]) + 1,
			   sizeof(struct item *));
	if (!c->by_ino)
		return -ENOMEM;
	for (struct item *i = c->set->kinds[ITEM_FILE]; i; i = i->hh.next)
		c->by_ino[c->files++] = i;
	qsort(c->by_ino, c->files, sizeof(struct item *), by_ino);
	return 0;
}

static size_t first_of(const struct collect *c, uint64_t ino)
{
	size_t from = 0, to = c->files;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (c->by_ino[mid]->file.st.ino < ino)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/* Inode numbers are used again, and one filesystem may be inside another. */
static bool is_of(const struct item *i, const struct record *r)
{
	return !strcmp(i->path, r->path) ||
	       record_stat_equal(&i->file.st, &r->st);
}

static void see_content(struct collect *c, const struct record *r, bool mine)
{
	for (size_t n = first_of(c, r->st.ino);
	     n < c->files && c->by_ino[n]->file.st.ino == r->st.ino; n++) {
		struct item *i = c->by_ino[n];

		if (r->seq > i->seq)
			continue;
		/* A link, a rename and a touch make no content. */
		i->mine = mine && (i->mine || !r->kept);
		if (is_of(i, r))
			i->own = i->mine;
	}
}

/* The list of changes */

static bool has_stat(const struct record *r)
{
	return r->kind == RECORD_FILE || r->kind == RECORD_UNREAD;
}

/* What was read is still there, or there again, under the name it was read by. */
static bool is_kept(const struct item *i, const struct record *r)
{
	return r->kept && !i->rewritten && r->st.ino == i->file.st.ino &&
	       r->st.size == i->file.st.size;
}

/* The file at the path of @i, after it was read. */
static void see_later(struct item *i, const struct record *r, bool mine)
{
	if (is_kept(i, r)) {
		i->file.st = r->st;
		i->there = r->st.ino;
		i->changed = false;
		return;
	}
	/* New times of what others have put there are no change of its own. */
	if (!(r->kept && r->st.ino == i->there)) {
		i->changed |= mine;
		i->rewritten |= mine && r->kind != RECORD_GONE;
	}
	i->there = has_stat(r) ? r->st.ino : 0;
	i->mixed |= !mine && r->kind == RECORD_INPLACE;
}

static void see_path(struct collect *c, const struct record *r,
		     const char *path, bool mine)
{
	struct item *i = set_find(c->set, ITEM_FILE, path);

	if (i && r->seq > i->seq)
		see_later(i, r, mine);
	else if (i && r->kind == RECORD_INPLACE)
		i->own = mine;
	for (int kind = ITEM_ABSENT; kind <= ITEM_LINK; kind++) {
		i = set_find(c->set, (enum item_kind)kind, path);
		if (i && r->seq > i->seq)
			i->changed |= mine;
		else if (i)
			i->own = mine;
	}
}

static int see(void *arg, const struct record *r)
{
	struct collect *c = arg;
	bool mine = c->is_mine(c->mine_arg, r->session);
	struct place *p;

	if (has_stat(r))
		see_content(c, r, mine);
	see_path(c, r, r->path, mine);
	if (r->kind == RECORD_MOVED)
		see_path(c, r, r->to, mine);
	if (!mine || (r->kind != RECORD_GONE && r->kind != RECORD_MOVED))
		return 0;
	p = find_place(c, r->path, strlen(r->path));
	if (p)
		p->ended = r->seq;
	return 0;
}

bool own_has_changed(const struct collect *c, const struct item *i)
{
	size_t n = strlen(i->path);
	struct place *p;

	if (i->changed)
		return true;
	for (;;) {
		p = find_place(c, i->path, n);
		if (p && p->ended > i->seq)
			return true;
		if (!n)
			return false;
		while (n && i->path[--n] != '/')
			;
	}
}

int own_find(struct collect *c)
{
	int r = find_places(c);

	if (!r)
		r = sort_files(c);
	/* A mark that is made once more looks at them afresh. */
	for (size_t kind = 0; kind < ITEM_KINDS; kind++)
		for (struct item *i = c->set->kinds[kind]; i; i = i->hh.next) {
			i->own = i->mine = i->changed = i->rewritten = false;
			i->there = kind == ITEM_FILE ? i->file.st.ino : 0;
		}
	if (!r)
		r = c->mark->changes(c->mark->arg, see, c);
	return r ? r : pathmap_each(c->mark->map, tell_record, c);
}

void own_release(struct collect *c)
{
	struct place *p, *next_place;
	struct told *t, *next_told;

	HASH_ITER(hh, c->places, p, next_place) {
		HASH_DEL(c->places, p);
		free(p);
	}
	HASH_ITER(hh, c->told, t, next_told) {
		HASH_DEL(c->told, t);
		free(t);
	}
	free(c->by_ino);
}
