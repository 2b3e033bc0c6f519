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
	const struct chronicle_mark *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int source_by_name(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Marks get their numbers in the order of their names. */
static int take_marks(struct chronicle *c, struct sources *s)
{
	c->marks = calloc(s->count + 1, sizeof(*c->marks));
	if (!c->marks)
		return -ENOMEM;
	if (s->count)
		qsort(s->items, s->count, sizeof(*s->items), source_by_name);
	for (size_t i = 0; i < s->count; i++) {
		struct source *from = &s->items[i];
		struct chronicle_mark *m = &c->marks[c->count];

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
	struct chronicle *c = arg;

	return pathmap_apply(c->map, r, who);
}

static int read_all(const struct state *state, int root, struct chronicle *c)
{
	struct sources s = { 0 };
	auto_fd forgotten = forgotten_open(state);
	int r = sources_add(&s, state->marks);

	if (!r)
		r = take_marks(c, &s);
	if (!r && forgotten >= 0)
		r = sources_add(&s, forgotten);
	if (!r)
		r = sources_each(&s, apply, c);
	if (!r)
		r = history_read(state, root, c->map);
	sources_release(&s);
	return r;
}

int chronicle_read(const struct state *state, int root, struct chronicle *ret)
{
	struct chronicle c = { .map = pathmap_new() };
	int r = c.map ? read_all(state, root, &c) : -ENOMEM;

	if (r < 0)
		chronicle_release(&c);
	else
		*ret = c;
	return r;
}

void chronicle_release(struct chronicle *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->marks[i].name);
	free(c->marks);
	pathmap_free(c->map);
	*c = (struct chronicle){ 0 };
}

struct chronicle_mark *chronicle_find(const struct chronicle *c,
				      const char *name)
{
	struct chronicle_mark key = { .name = (char *)name };

	return c->count
		       ? bsearch(&key, c->marks, c->count, sizeof(key), by_name)
		       : NULL;
}
