/* SPDX-License-Identifier: MIT */
#include "cli/stalelist.h"

#include "base/util.h"
#include "core/verify.h"

#define THREADS 2

struct finding {
	struct chronicle c;
	struct verify v;
	size_t *index; /* of the chronicle's marks in the list, from 1; or 0 */
	struct stalelist *list;
};

void stalelist_release(struct stalelist *l)
{
	for (size_t i = 0; i < l->room; i++)
		free(l->why[i]);
	free(l->why);
	*l = (struct stalelist){ 0 };
}

static int note(struct finding *f, size_t i, const struct verify_problem *p)
{
	char text[64];

	if (f->list->why[i])
		return 0;
	verify_why(p, text, sizeof(text));
	if (asprintf(&f->list->why[i], "%s %s%s%s", verify_kind(p), p->path,
		     *text ? ": " : "", text) < 0) {
		f->list->why[i] = NULL;
		return -ENOMEM;
	}
	f->list->count++;
	return 0;
}

/* All marks that told of the path have lost it. */
static int blame(struct finding *f, const struct verify_problem *p)
{
	uint32_t node = pathmap_find(f->c.map, p->path), at = 0, who;
	int r = 0;

	/* What we may not look at may be there. */
	if (p->verdict == VERDICT_UNKNOWN)
		return 0;
	while (!r && node && (who = pathmap_owner(f->c.map, node, &at)))
		if (f->index[who - 1])
			r = note(f, f->index[who - 1] - 1, p);
	return r;
}

static int find_problems(const struct place *p, struct finding *f)
{
	struct chronicle later = { 0 };
	int r = chronicle_read(&p->state, p->root, &f->c);

	f->v = (struct verify){ .root = p->root, .threads = THREADS };
	if (!r)
		r = verify_run(&f->v, &f->c);
	if (r || !f->v.count)
		return r;
	r = chronicle_read(&p->state, p->root, &later);
	if (!r)
		verify_settle(&f->v, &later);
	chronicle_release(&later);
	return r;
}

static int find(const struct place *p, const struct marklist *marks,
		struct finding *f)
{
	int r = find_problems(p, f);

	if (!r)
		f->index = calloc(f->c.count + 1, sizeof(*f->index));
	if (!r && !f->index)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < marks->count; i++) {
		const struct chronicle_mark *m =
			chronicle_find(&f->c, marks->items[i].name);

		if (m)
			f->index[m - f->c.marks] = i + 1;
	}
	for (size_t i = 0; !r && i < f->v.count; i++)
		r = blame(f, &f->v.problems[i]);
	return r;
}

int stalelist_read(const struct place *p, const struct marklist *marks,
		   struct stalelist *ret)
{
	struct stalelist l = { .why = calloc(marks->count + 1, sizeof(*l.why)),
			       .room = marks->count };
	struct finding f = { .list = &l };
	int r = l.why ? find(p, marks, &f) : -ENOMEM;

	verify_release(&f.v);
	chronicle_release(&f.c);
	free(f.index);
	if (r < 0)
		stalelist_release(&l);
	else
		*ret = l;
	return r;
}
