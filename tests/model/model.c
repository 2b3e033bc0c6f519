/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <errno.h>
#include <stdlib.h>

static unsigned int new_life(struct model *m, unsigned int above)
{
	unsigned int life = ++m->lives;

	m->above = reallocarray(m->above, life + 1, sizeof(*m->above));
	if (!m->above)
		abort();
	m->above[life] = above;
	return life;
}

struct model *model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	m->root = file_new(FILE_DIR, 0755);
	for (unsigned int i = 0; i < AGENTS; i++)
		m->agent[i].life = new_life(m, 0);
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
	m->over = true;
	for (unsigned int i = 0; i < AGENTS; i++)
		end_agent(m, &m->agent[i], (struct ending){ 0 });
	while (m->count)
		name_remove(m, &m->names[m->count - 1]);
	marks_free(m);
	file_put(m->root);
	free(m->above);
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
	session_agent_ends(m, a);
	a->watched = false;
	a->life = new_life(m, 0);
	answer_code(answer, 0);
	return true;
}

/* The child closes what it has inherited. */
static bool do_spawn(struct model *m, struct agent *a, const struct op *op,
		     char *answer)
{
	struct op leave = { .kind = OP_EXIT };
	struct agent *child = op->v < AGENTS ? &m->agent[op->v] : a;

	if (child == a || !do_end(m, child, &leave, answer))
		return false;
	child->parent = a;
	m->above[child->life] = a->life;
	for (unsigned int i = 0; i < SLOTS; i++)
		if (a->slot[i].of)
			open_file_flush(child, a->slot[i].of,
					(struct ending){ 0 });
	return true;
}

/* All that it can close, of which the masks are @op's. */
static void do_settle(struct model *m, struct agent *a, struct op *op,
		      char *answer)
{
	struct op one = { 0 };

	op->o = op->f = 0;
	for (one.t = 0; one.t < MAPS; one.t++) {
		one.kind = OP_UNMAP;
		if (map_do(m, a, &one, answer))
			op->o |= 1u << one.t;
	}
	for (one.s = 0; one.s < SLOTS; one.s++) {
		one.kind = OP_CLOSE;
		if (slot_do(m, a, &one, answer))
			op->f |= 1u << one.s;
	}
	answer_code(answer, 0);
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

/* Would it meet, by a name, what an agent above @a writes? */
static bool is_unsure(struct model *m, const struct agent *a,
		      const struct op *op)
{
	struct found found;
	struct where at;

	if (!m->above[a->life])
		return false;
	m->unsure = false;
	if (!walk(m, a, op->p, &at))
		look(m, a, &at);
	walk_to(m, a, op->p, &at, &found);
	if (op->kind != OP_SYMLINK && !walk(m, a, op->q, &at))
		look(m, a, &at);
	if (op->kind == OP_LIST && !walk_to(m, a, op->p, &at, &found))
		look_into(m, a, found_file(found));
	return m->unsure;
}

static bool do_step(struct model *m, struct agent *a, struct op *op,
		    char *answer)
{
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
	case OP_SPAWN:
		return do_spawn(m, a, op, answer);
	case OP_SETTLE:
		do_settle(m, a, op, answer);
		return true;
	case OP_BEGIN:
	case OP_END:
	case OP_MARK:
	case OP_UNMARK:
		return session_do(m, a, op, answer);
	default:
		break;
	}
	if (op->kind < OP_MAP || op->kind == OP_MAP || op->kind == OP_LINKFD)
		return slot_do(m, a, op, answer);
	return name_do(m, a, op, answer);
}

/* Has it names? */
static bool has_names(enum op_kind kind)
{
	return kind == OP_OPEN || kind == OP_TMPFILE ||
	       (kind >= OP_STAT && kind <= OP_RENAME);
}

bool model_do(struct model *m, struct op *op, char answer[ANSWER_SIZE])
{
	struct agent *a = &m->agent[op->agent];
	bool done;

	m->opened_fd = NULL;
	m->by = session_of(a);
	if (has_names(op->kind) && is_unsure(m, a, op))
		return false;
	done = do_step(m, a, op, answer);
	changes_settle(m, m->by);
	return done;
}

void model_opened(struct model *m, int fd)
{
	if (m->opened_fd)
		*m->opened_fd = fd;
}
