/* SPDX-License-Identifier: MIT */
#include "core/manifest/latest.h"

#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "core/changes/changes.h"
#include "core/manifest/merge.h"
#include "core/manifest/retired.h"

static int by_name(const void *a, const void *b)
{
	const struct latest_mark *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int source_by_name(const void *a, const void *b)
{
	const struct merge_source *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Marks get their numbers in the order of their names. */
static int take_marks(struct latest *c, struct merge *s)
{
	c->marks = calloc(s->count + 1, sizeof(*c->marks));
	if (!c->marks)
		return -ENOMEM;
	if (s->count)
		qsort(s->items, s->count, sizeof(*s->items), source_by_name);
	for (size_t i = 0; i < s->count; i++) {
		struct merge_source *from = &s->items[i];
		struct latest_mark *m = &c->marks[c->count];

		m->name = strdup(from->name);
		if (!m->name)
			return -ENOMEM;
		m->ino = from->ino;
		m->mode = from->mode;
		m->code = from->code;
		from->who = (uint32_t)++c->count;
	}
	return 0;
}

static int apply(void *arg, const struct record *r, uint32_t who)
{
	struct latest *c = arg;

	return pathmap_apply(c->map, r, who);
}

struct reading {
	struct latest *c;
	struct merge s;
};

/* A change that no mark tells, after the records of marks that are older. */
static int apply_change(void *arg, const struct record *r)
{
	struct reading *rd = arg;
	int code = merge_before(&rd->s, r, apply, rd->c);

	return code ? code : pathmap_apply(rd->c->map, r, 0);
}

static int read_all(const struct state *state, int root, struct latest *c)
{
	struct reading rd = { .c = c };
	auto_fd retired = retired_open(state);
	int r = merge_add(&rd.s, state->marks);

	if (!r)
		r = take_marks(c, &rd.s);
	if (!r && retired >= 0)
		r = merge_add(&rd.s, retired);
	if (!r)
		r = changes_read_each(state, root, apply_change, &rd);
	if (!r)
		r = merge_each(&rd.s, apply, c);
	merge_release(&rd.s);
	return r;
}

int latest_read(const struct state *state, int root, struct latest *ret)
{
	struct latest c = { .map = pathmap_new() };
	int r = c.map ? read_all(state, root, &c) : -ENOMEM;

	if (r < 0)
		latest_release(&c);
	else
		*ret = c;
	return r;
}

void latest_release(struct latest *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->marks[i].name);
	free(c->marks);
	pathmap_free(c->map);
	*c = (struct latest){ 0 };
}

struct latest_mark *latest_find(const struct latest *c, const char *name)
{
	struct latest_mark key = { .name = (char *)name };

	return c->count
		       ? bsearch(&key, c->marks, c->count, sizeof(key), by_name)
		       : NULL;
}
