/* SPDX-License-Identifier: MIT */
#include "cli/read/stalelist.h"

#include "base/util.h"
#include "core/verify/verify.h"

#define THREADS 2

struct finding {
	struct latest c;
	struct verify v;
	const struct verify_problem **first; /* verify_blame() */
	struct stalelist *list;
};

void stalelist_release(struct stalelist *l)
{
	for (size_t i = 0; i < l->room; i++)
		free(l->why[i]);
	free(l->why);
	*l = (struct stalelist){ 0 };
}

static int find_problems(const struct statedir *p, struct finding *f)
{
	struct latest later = { 0 };
	int r = latest_read(&p->state, p->root, &f->c);

	f->v = (struct verify){ .root = p->root, .threads = THREADS };
	if (!r)
		r = verify_run(&f->v, &f->c);
	if (r || !f->v.count)
		return r;
	r = latest_read(&p->state, p->root, &later);
	if (!r)
		verify_settle(&f->v, &later);
	latest_release(&later);
	return r;
}

static int find(const struct statedir *p, const struct marklist *marks,
		struct finding *f)
{
	int r = find_problems(p, f);

	if (r < 0)
		return r;
	f->first = verify_blame(&f->v, &f->c);
	if (!f->first)
		return -ENOMEM;
	for (size_t i = 0; i < marks->count; i++) {
		const struct latest_mark *m =
			latest_find(&f->c, marks->items[i].name);
		const struct verify_problem *first =
			m ? f->first[m - f->c.marks] : NULL;

		if (!first)
			continue;
		f->list->why[i] = verify_text(first);
		if (!f->list->why[i])
			return -ENOMEM;
		f->list->count++;
	}
	return 0;
}

int stalelist_read(const struct statedir *p, const struct marklist *marks,
		   struct stalelist *ret)
{
	struct stalelist l = { .why = calloc(marks->count + 1, sizeof(*l.why)),
			       .room = marks->count };
	struct finding f = { .list = &l };
	int r = l.why ? find(p, marks, &f) : -ENOMEM;

	verify_release(&f.v);
	latest_release(&f.c);
	free(f.first);
	if (r < 0)
		stalelist_release(&l);
	else
		*ret = l;
	return r;
}
