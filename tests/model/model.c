/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <errno.h>
#include <stdlib.h>

struct model *model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	m->root = file_new(FILE_DIR, 0755);
	for (unsigned int i = 0; i < AGENTS; i++)
		m->agent[i].life = ++m->lives;
	return m;
}

/* The slot with the highest descriptor, or SLOTS. */
static unsigned int last_slot(const struct agent *a)
{
	unsigned int i, last = SLOTS;

	for (i = 0; i < SLOTS; i++)
		if (a->slot[i].of &&
		    (last == SLOTS || a->slot[i].fd > a->slot[last].fd))
			last = i;
	return last;
}

static void drop_all(struct model *m, struct agent *a, struct open_file *of)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		if (a->slot[i].of != of)
			continue;
		a->slot[i].of = NULL;
		open_file_put(m, of);
	}
}

/*
 * Its mappings go first, then its descriptors.  All of them are closed one by
 * one, from the lowest on; then the kernel lets go of the open files, first of
 * the one whose last descriptor was closed last.
 */
static void end_agent(struct model *m, struct agent *a, struct ending end)
{
	unsigned int i;

	for (i = 0; i < MAPS; i++) {
		if (a->map[i])
			open_file_put(m, a->map[i]);
		a->map[i] = NULL;
	}
	for (i = 0; i < SLOTS; i++)
		if (a->slot[i].of)
			open_file_flush(a, a->slot[i].of, end);
	while ((i = last_slot(a)) < SLOTS)
		drop_all(m, a, a->slot[i].of);
}

void model_free(struct model *m)
{
	for (unsigned int i = 0; i < AGENTS; i++)
		end_agent(m, &m->agent[i], (struct ending){ 0 });
	while (m->count)
		name_remove(m, &m->names[m->count - 1]);
	file_put(m->root);
	free(m);
}

static bool holds(const struct agent *a, const struct open_file *of)
{
	for (unsigned int s = 0; s < SLOTS; s++)
		if (a->slot[s].of == of)
			return true;
	return false;
}

static bool held_by_others(const struct model *m, const struct agent *a,
			   const struct open_file *of)
{
	for (unsigned int k = 0; k < AGENTS; k++)
		if (&m->agent[k] != a && holds(&m->agent[k], of))
			return true;
	return false;
}

/* Does the agent write by a mapping, and has it more open for writing? */
static bool maps_one_of_many(const struct agent *a)
{
	const struct open_file *mapped = NULL, *of;
	bool others = false;

	for (unsigned int i = 0; i < MAPS; i++) {
		of = a->map[i];
		if (!of || !of->writing)
			continue;
		others |= mapped && mapped != of;
		mapped = of;
	}
	for (unsigned int s = 0; s < SLOTS && mapped; s++) {
		of = a->slot[s].of;
		others |= of && of->writing && of != mapped;
	}
	return mapped && others;
}

/*
 * What the kernel leaves open: in which order it lets go of mappings and
 * descriptors of one that ends.  And what a mapping does not tell: how its
 * process ends, but by what is written back then.
 */
static bool is_unclear(const struct model *m, const struct agent *a,
		       bool failed)
{
	if (maps_one_of_many(a))
		return true;
	for (unsigned int i = 0; failed && i < MAPS; i++)
		if (a->map[i] && a->map[i]->writing && !holds(a, a->map[i]) &&
		    !held_by_others(m, a, a->map[i]))
			return true;
	/* Others' mappings of what passes through are left alone. */
	for (unsigned int k = 0; m->passes && k < AGENTS; k++)
		for (unsigned int i = 0; i < MAPS; i++) {
			struct open_file *of = m->agent[k].map[i];

			if (&m->agent[k] != a && of && of->writing &&
			    holds(a, of) && !held_by_others(m, a, of))
				return true;
		}
	return false;
}

static bool do_end(struct model *m, struct agent *a, const struct op *op,
		   char *answer)
{
	struct ending end = { .killed = op->kind == OP_KILL };

	end.failed = end.killed || op->v != 0;
	end.bad = (end.killed && !m->discard_never) ||
		  (end.failed && m->discard_failed);
	if (is_unclear(m, a, end.failed) || (a->watched && end.failed))
		return false;
	end_agent(m, a, end);
	a->watched = false;
	a->life = ++m->lives;
	answer_code(answer, 0);
	return true;
}

static bool do_open(struct model *m, struct agent *a, const struct op *op,
		    char *answer)
{
	unsigned int slot = op->kind == OP_REOPEN ? op->t : op->s;
	struct open_file *of = NULL;
	int r;

	if (a->slot[slot].of || (op->kind == OP_REOPEN && !a->slot[op->s].of))
		return false;
	if (op->kind == OP_OPEN)
		r = open_path(m, a, op, &of);
	else if (op->kind == OP_TMPFILE)
		r = open_tmpfile(m, a, op, &of);
	else
		r = open_again(m, a, op, &of);
	if (r == LEFT_OUT)
		return false;
	a->slot[slot].of = of;
	if (of)
		m->opened_fd = &a->slot[slot].fd;
	answer_code(answer, r);
	return true;
}

bool model_do(struct model *m, struct op *op, char answer[ANSWER_SIZE])
{
	struct agent *a = &m->agent[op->agent];

	m->opened_fd = NULL;
	switch (op->kind) {
	case OP_OPEN:
	case OP_TMPFILE:
	case OP_REOPEN:
		return do_open(m, a, op, answer);
	case OP_MREAD:
	case OP_MWRITE:
	case OP_UNMAP:
		return map_do(m, a, op, answer);
	case OP_KILL:
	case OP_EXIT:
		return do_end(m, a, op, answer);
	default:
		break;
	}
	if (op->kind < OP_MAP || op->kind == OP_MAP || op->kind == OP_LINKFD)
		return slot_do(m, a, op, answer);
	return name_do(m, a, op, answer);
}

void model_opened(struct model *m, int fd)
{
	if (m->opened_fd)
		*m->opened_fd = fd;
}
