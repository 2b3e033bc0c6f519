/* SPDX-License-Identifier: MIT */
#include "cli/report/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/param.h>

#define GAP_SHARE 0.03	/* of the line, for a gap that is cut short */
#define GAPS_SHARE 0.25 /* for all of them */

int timeline_add(struct timeline *t, int64_t from, int64_t to)
{
	struct timeline_span *bigger =
		reallocarray(t->spans, t->count + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	t->spans = bigger;
	t->spans[t->count++] =
		(struct timeline_span){ .from = from, .to = MAX(from, to) };
	return 0;
}

void timeline_release(struct timeline *t)
{
	free(t->spans);
	*t = (struct timeline){ 0 };
}

static int by_start(const void *a, const void *b)
{
	const struct timeline_span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Spans that are nearer to each other than @gap become one. */
static void merge(struct timeline *t, int64_t gap)
{
	size_t n = 0;

	for (size_t i = 1; i < t->count; i++) {
		struct timeline_span *last = &t->spans[n];

		if (t->spans[i].from - last->to <= gap)
			last->to = MAX(last->to, t->spans[i].to);
		else
			t->spans[++n] = t->spans[i];
	}
	t->count = n + 1;
}

static double total(const struct timeline *t)
{
	double sum = 0;

	for (size_t i = 0; i < t->count; i++)
		sum += (double)(t->spans[i].to - t->spans[i].from);
	return sum;
}

void timeline_finish(struct timeline *t)
{
	double busy, gap, scale, at = 0;

	if (!t->count)
		return;
	qsort(t->spans, t->count, sizeof(*t->spans), by_start);
	merge(t, 0);
	/* A gap is cut short when it is longer than what it would get. */
	merge(t, (int64_t)(total(t) * GAP_SHARE));
	busy = total(t);
	gap = t->count > 1 ? MIN(GAP_SHARE, GAPS_SHARE / (double)(t->count - 1))
			   : 0;
	scale = busy > 0 ? (1 - gap * (double)(t->count - 1)) / busy : 0;
	for (size_t i = 0; i < t->count; i++) {
		struct timeline_span *s = &t->spans[i];

		s->at = at;
		s->end = at + (double)(s->to - s->from) * scale;
		at = s->end + gap;
	}
}

/* Between two points of the line. */
static double between(double x, double x0, double x1, double y0, double y1)
{
	if (x1 <= x0)
		return y0;
	return y0 + (MIN(MAX(x, x0), x1) - x0) / (x1 - x0) * (y1 - y0);
}

double timeline_at(const struct timeline *t, int64_t time)
{
	double x = (double)time;

	for (size_t i = 0; i < t->count; i++) {
		const struct timeline_span *s = &t->spans[i];

		if (time <= s->to || i + 1 == t->count)
			return between(x, (double)s->from, (double)s->to, s->at,
				       s->end);
		if (time < s[1].from)
			return between(x, (double)s->to, (double)s[1].from,
				       s->end, s[1].at);
	}
	return 0;
}

int64_t timeline_time(const struct timeline *t, double at)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct timeline_span *s = &t->spans[i];

		if (at <= s->end || i + 1 == t->count)
			return (int64_t)between(at, s->at, s->end,
						(double)s->from, (double)s->to);
		if (at < s[1].at)
			return (int64_t)between(at, s->end, s[1].at,
						(double)s->to,
						(double)s[1].from);
	}
	return 0;
}
