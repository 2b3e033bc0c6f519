/* SPDX-License-Identifier: MIT */
/* marks: sessions, whose a change is, and what a mark tells (S1–S3). */
#include "marks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* --- whose ------------------------------------------------------------------ */

unsigned int session_owner(const struct model *m, unsigned int session)
{
	while (session && m->session[session].ended)
		session = m->session[session].parent;
	return session;
}

unsigned int session_of(const struct agent *a)
{
	for (; a; a = a->parent)
		if (a->session)
			return a->session;
	return 0;
}

static bool begin(struct model *m, struct agent *a, const struct op *op,
		  char *answer)
{
	struct session *s = &m->session[m->sessions + 1];

	if (a->session || m->sessions + 1 == SESSIONS_MAX)
		return false;
	m->sessions++;
	s->parent = session_of(a);
	s->ended = false;
	snprintf(s->name, sizeof(s->name), "s%u", op->v);
	a->session = m->sessions;
	a->reaper = true;
	answer_code(answer, 0);
	return true;
}

static void end(struct model *m, struct agent *a)
{
	m->session[a->session].ended = true;
	a->session = 0;
}

/* Its children go to the nearest one above it that takes them in. */
void session_agent_ends(struct model *m, struct agent *a)
{
	struct agent *up = a->parent;

	if (a->session)
		end(m, a);
	while (up && !up->reaper)
		up = up->parent;
	for (unsigned int i = 0; i < AGENTS; i++)
		if (m->agent[i].parent == a)
			m->agent[i].parent = up;
	a->parent = NULL;
	a->reaper = false;
}

/* --- the changes ------------------------------------------------------------ */

static void add(struct changes *to, const struct change *c)
{
	if (to->count == to->room) {
		to->room = to->room ? 2 * to->room : 64;
		to->item = realloc(to->item, to->room * sizeof(*c));
		if (!to->item)
			abort();
	}
	to->item[to->count++] = *c;
}

static bool path_of_dir(const struct model *m, const struct file *dir,
			char *buf, size_t size)
{
	char above[CHANGE_PATH] = "";

	if (dir == m->root) {
		buf[0] = '\0';
		return true;
	}
	for (unsigned int i = 0; i < m->count; i++)
		if (m->names[i].file == dir)
			return path_of_dir(m, m->names[i].dir, above,
					   sizeof(above)) &&
			       (size_t)snprintf(buf, size, "%s%s/", above,
						m->names[i].name) < size;
	return false;
}

static void note(struct model *m, const struct file *dir, const char *name,
		 enum change_kind kind, unsigned int by)
{
	struct change c = { .seq = ++m->seq, .author = by, .kind = kind };
	char above[CHANGE_PATH];

	/* What has no way to it is in a directory that is gone. */
	if (!path_of_dir(m, dir, above, sizeof(above)) ||
	    (size_t)snprintf(c.path, sizeof(c.path), "%s%s", above, name) >=
		    sizeof(c.path))
		return;
	add(&m->changes, &c);
}

void changes_touch(struct model *m, struct file *dir, const char *name,
		   bool is_dir)
{
	struct touched *t = m->touched;
	unsigned int i;

	if (m->over || !strcmp(name, ASIDE))
		return;
	for (i = 0; i < m->touched_count; i++)
		if (t[i].dir == dir && !strcmp(t[i].name, name)) {
			t[i].dir_too |= is_dir;
			return;
		}
	if (i == TOUCHED_MAX)
		abort();
	t[i].dir = file_get(dir);
	t[i].dir_too = is_dir;
	snprintf(t[i].name, sizeof(t[i].name), "%s", name);
	m->touched_count++;
}

static enum change_kind kind_at(struct model *m, const struct touched *t,
				bool moved)
{
	const struct name *n = name_committed(m, t->dir, t->name);

	if (moved)
		return CHANGE_MOVED;
	if (!n)
		return CHANGE_GONE;
	return n->file->kind == FILE_REG   ? CHANGE_FILE
	       : n->file->kind == FILE_DIR ? CHANGE_DIR
					   : CHANGE_LINK;
}

void changes_settle(struct model *m, unsigned int by)
{
	bool moved = false;
	unsigned int i;

	/* At two names: it was renamed. */
	for (i = 0; m->touched_count > 1 && i < m->touched_count; i++)
		moved |= m->touched[i].dir_too;
	for (i = 0; i < m->touched_count; i++) {
		struct touched *t = &m->touched[i];

		note(m, t->dir, t->name, kind_at(m, t, moved), by);
		file_put(t->dir);
	}
	m->touched_count = 0;
}

void changes_time(struct model *m, const struct file *f, bool sure)
{
	enum change_kind kind = CHANGE_FILE;

	if (!sure || f->nlink > 1 || f->any_time || f->any_attr)
		kind = CHANGE_ANY;
	m->blurred |= kind == CHANGE_ANY;
	for (unsigned int i = 0; i < m->count; i++)
		if (m->names[i].file == f)
			note(m, m->names[i].dir, m->names[i].name, kind, m->by);
}

/* --- what a mark tells -------------------------------------------------------- */

static bool is_below(const char *path, const char *above)
{
	size_t n = strlen(above);

	return !strncmp(path, above, n) && path[n] == '/';
}

/* The latest state of each path; MOVED: of it and all below nothing is known. */
static void apply(struct changes *state, const struct change *c)
{
	unsigned int i;

	for (i = 0; i < state->count; i++)
		if (is_below(state->item[i].path, c->path) &&
		    c->kind != CHANGE_DIR)
			state->item[i].kind = CHANGE_ANY;
	for (i = 0; i < state->count; i++)
		if (!strcmp(state->item[i].path, c->path) &&
		    (state->item[i].kind == CHANGE_MOVED) ==
			    (c->kind == CHANGE_MOVED))
			break;
	if (i == state->count)
		add(state, c);
	state->item[i].kind = c->kind;
	/* The path itself is the next item. */
	if (c->kind == CHANGE_MOVED) {
		struct change itself = *c;

		itself.kind = CHANGE_ANY;
		apply(state, &itself);
	}
}

static int by_seq(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void say_state(const struct changes *state, const char *scope,
		      char *answer)
{
	static const char *const names[] = {
		[CHANGE_FILE] = "file", [CHANGE_GONE] = "gone",
		[CHANGE_DIR] = "dir",	[CHANGE_LINK] = "link",
		[CHANGE_ANY] = "any",	[CHANGE_MOVED] = "below",
	};
	size_t n = (size_t)snprintf(answer, ANSWER_SIZE, "scope=%s", scope);

	for (unsigned int i = 0; i < state->count && n < ANSWER_SIZE; i++)
		n += (size_t)snprintf(answer + n, ANSWER_SIZE - n, " %s:%s",
				      names[state->item[i].kind],
				      state->item[i].path);
}

static struct mark *find_mark(struct model *m, const char *name)
{
	struct mark *k;

	for (k = m->mark; k < m->mark + MARKS_MAX && k->name[0]; k++)
		if (!strcmp(k->name, name))
			return k;
	return k < m->mark + MARKS_MAX ? k : NULL;
}

/*
 * Takes what @scope owns out of the changes.  Directories that others have
 * renamed count from its first record on.
 */
static void take(struct model *m, unsigned int scope, struct changes *to)
{
	unsigned int first = to->count ? to->item[0].seq : ~0u;

	for (unsigned int i = 0; i < m->changes.count; i++) {
		struct change *c = &m->changes.item[i];
		bool own = session_owner(m, c->author) == scope && !c->told;

		if (own && c->seq < first)
			first = c->seq;
		if (own || (c->kind == CHANGE_MOVED && c->seq > first))
			add(to, c);
		c->told |= own;
	}
	qsort(to->item, to->count, sizeof(*to->item), by_seq);
}

/* --- does it wait, does it fail? ------------------------------------------------ */

enum open_state { NONE_OPEN, ONE_OPEN, MAY_BE_OPEN };

static enum open_state worse(enum open_state a, enum open_state b)
{
	return a > b ? a : b;
}

static enum open_state state_of(const struct model *m,
				const struct open_file *of, unsigned int scope)
{
	const struct version *v = of ? of->version : NULL;

	if (!v || v->settled || !of->writing)
		return NONE_OPEN;
	if (session_owner(m, v->session) == scope)
		return v->names ? ONE_OPEN : MAY_BE_OPEN;
	for (unsigned int i = 0; i < v->joined_count; i++)
		if (session_owner(m, v->joined[i]) == scope)
			return MAY_BE_OPEN;
	return NONE_OPEN;
}

static enum open_state any_open(const struct model *m, unsigned int scope)
{
	enum open_state r = NONE_OPEN;

	for (unsigned int k = 0; k < AGENTS; k++) {
		const struct agent *a = &m->agent[k];

		for (unsigned int i = 0; i < SLOTS; i++)
			r = worse(r, state_of(m, a->slot[i].of, scope));
		for (unsigned int i = 0; i < MAPS; i++)
			r = worse(r, state_of(m, a->map[i], scope));
	}
	return r;
}

/* The next mark of its scope says so, once (F9). */
static bool take_failures(struct model *m, unsigned int scope)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < m->failures; i++)
		if (session_owner(m, m->failed[i]) != scope)
			m->failed[kept++] = m->failed[i];
	if (kept == m->failures)
		return false;
	m->failures = kept;
	return true;
}

void session_failed(struct model *m, unsigned int session)
{
	if (m->failures < FAILURES_MAX)
		m->failed[m->failures++] = session;
}

static bool mark(struct model *m, struct agent *a, const struct op *op,
		 char *answer)
{
	unsigned int scope = session_of(a);
	enum open_state open = any_open(m, scope);
	struct mark *k = find_mark(m, op->p);
	struct changes state = { 0 };

	if (open == MAY_BE_OPEN || !k)
		return false;
	if (open == ONE_OPEN || take_failures(m, scope)) {
		answer_code(answer, open == ONE_OPEN ? EBUSY : EIO);
		return true;
	}
	snprintf(k->name, sizeof(k->name), "%s", op->p);
	take(m, scope, &k->told);
	for (unsigned int i = 0; i < k->told.count; i++)
		apply(&state, &k->told.item[i]);
	say_state(&state, scope ? m->session[scope].name : "time", answer);
	free(state.item);
	return true;
}

static bool unmark(struct model *m, const struct op *op, char *answer)
{
	struct mark *k = find_mark(m, op->p);

	if (!k)
		return false;
	answer_code(answer, k->name[0] ? 0 : ENOENT);
	if (!k->name[0])
		return true;
	free(k->told.item);
	for (; k + 1 < m->mark + MARKS_MAX && k->name[0]; k++)
		*k = k[1];
	*k = (struct mark){ 0 };
	return true;
}

bool session_do(struct model *m, struct agent *a, const struct op *op,
		char *answer)
{
	switch (op->kind) {
	case OP_BEGIN:
		return begin(m, a, op, answer);
	case OP_END:
		if (!a->session)
			return false;
		end(m, a);
		answer_code(answer, 0);
		return true;
	case OP_MARK:
		return mark(m, a, op, answer);
	default:
		return unmark(m, op, answer);
	}
}

void marks_free(struct model *m)
{
	for (unsigned int i = 0; i < MARKS_MAX; i++)
		free(m->mark[i].told.item);
	free(m->changes.item);
	for (unsigned int i = 0; i < m->touched_count; i++)
		file_put(m->touched[i].dir);
}

/* --- the two answers ----------------------------------------------------------- */

/* Is @word of the answer, or that path in another state, in @expected? */
static const char *find_path(const char *text, const char *path, size_t n,
			     const char *kind)
{
	const char *w;

	for (w = text; (w = strchr(w, ' '));) {
		const char *p;

		w++;
		p = strchr(w, ':');
		if (p && strcspn(p + 1, " ") == n && !strncmp(p + 1, path, n) &&
		    !strncmp(w, "below", 5) == !strcmp(kind, "below"))
			return w;
	}
	return NULL;
}

static bool is_word(const char *w, const char *text)
{
	return !strncmp(w, text, strlen(text));
}

static bool may_be_told(const char *expected, const char *path, size_t n)
{
	size_t k;

	for (k = n; k > 0; k--)
		if (path[k] == '/' && k < n &&
		    find_path(expected, path, k, "below"))
			return true;
	return false;
}

static bool first_difference(const char *expected, const char *answer,
			     char *want, char *got)
{
	const char *w, *p, *other;

	for (w = answer; (w = strchr(w, ' '));) {
		w++;
		p = strchr(w, ':') + 1;
		other = find_path(expected, p, strcspn(p, " "), "");
		if (other ? is_word(other, "any:") ||
				    (strcspn(other, " ") == strcspn(w, " ") &&
				     !strncmp(other, w, strcspn(w, " ")))
			  : may_be_told(expected, p, strcspn(p, " ")))
			continue;
		snprintf(got, 64, "%.*s", (int)strcspn(w, " "), w);
		snprintf(want, 64, "%.*s", other ? (int)strcspn(other, " ") : 7,
			 other ? other : "nothing");
		return true;
	}
	for (w = expected; (w = strchr(w, ' '));) {
		w++;
		p = strchr(w, ':') + 1;
		if (is_word(w, "any:") || is_word(w, "below:") ||
		    find_path(answer, p, strcspn(p, " "), ""))
			continue;
		snprintf(want, 64, "%.*s", (int)strcspn(w, " "), w);
		snprintf(got, 64, "nothing");
		return true;
	}
	return false;
}

bool marks_agree(char expected[ANSWER_SIZE], char answer[ANSWER_SIZE])
{
	size_t n = strcspn(expected, " ");
	char want[64], got[64];

	if (n != strcspn(answer, " ") || strncmp(expected, answer, n) != 0) {
		expected[n] = '\0';
		answer[strcspn(answer, " ")] = '\0';
		return false;
	}
	if (!first_difference(expected, answer, want, got))
		return true;
	snprintf(expected + n, ANSWER_SIZE - n, " %s", want);
	snprintf(answer + n, ANSWER_SIZE - n, " %s", got);
	return false;
}
