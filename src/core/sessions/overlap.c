/* SPDX-License-Identifier: MIT */
/*
 * overlap: what a session has changed, and what it shares with others.
 */
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "base/util.h"
#include "core/sessions/sessions.h"
#include "core/sessions/table.h"

/* --- what it has changed --------------------------------------------------- */

/* Is @hash new to it?  It has room. */
static bool set_add(struct path_set *p, uint64_t hash)
{
	size_t at = hash & (p->size - 1);

	while (p->slots[at] && p->slots[at] != hash)
		at = (at + 1) & (p->size - 1);
	if (p->slots[at])
		return false;
	p->slots[at] = hash;
	p->used++;
	return true;
}

/* At least half of it is free; false when it may not grow. */
static bool set_grow(struct path_set *p)
{
	struct path_set bigger = { .size = p->size ? 2 * p->size : 16 };

	if (2 * p->used < p->size)
		return true;
	if (bigger.size > 2 * SESSION_PATHS)
		return false;
	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < p->size; i++)
		if (p->slots[i])
			set_add(&bigger, p->slots[i]);
	free(p->slots);
	*p = bigger;
	return true;
}

void sessions_changed(struct sessions *s, uint64_t id, const char *path)
{
	XXH64_hash_t hash;
	struct session *e;

	if (!id)
		return;
	hash = XXH3_64bits(path, strlen(path)) | 1;
	LOCK_SCOPE(&s->lock);
	e = sessions_by_id_locked(s, id);
	if (e && (!set_grow(&e->paths) || set_add(&e->paths, hash)))
		e->changed++;
}

/* --- overlaps -------------------------------------------------------------- */

static bool is_named(const struct session *e, uint64_t other, const char *path)
{
	for (size_t i = 0; i < e->named; i++)
		if (e->overlaps[i].other == other &&
		    !strcmp(e->overlaps[i].path, path))
			return true;
	return false;
}

/* Is it new to @e?  Once too many are named, every one counts. */
static bool add(struct session *e, const struct session *other,
		const char *path)
{
	struct session_overlap o = { .other = other->id }, *all;

	if (is_named(e, other->id, path))
		return false;
	e->overlapped++;
	if (e->named == SESSION_OVERLAPS_MAX)
		return false;
	all = reallocarray(e->overlaps, e->named + 1, sizeof(*all));
	if (!all)
		return false;
	e->overlaps = all;
	o.name = strdup(other->name);
	o.path = strdup(path);
	if (!o.name || !o.path) {
		free((char *)o.name);
		free((char *)o.path);
		return false;
	}
	all[e->named++] = o;
	return true;
}

static void tell(const struct sessions *s, const struct session *a,
		 const struct session *b, const char *path)
{
	auto_free char *a_name = text_escape(a->name);
	auto_free char *b_name = text_escape(b->name);
	auto_free char *escaped = text_escape(path);

	events_tell(s->rooms->events, LOG_EVENT,
		    "sessions \"%s\" and \"%s\" overlap: \"%s\"",
		    a_name ? a_name : "?", b_name ? b_name : "?",
		    escaped ? escaped : "?");
}

/* Was @e begun in @outer, or in one that was?  A parent has a lower number. */
static bool is_inside(struct sessions *s, const struct session *e,
		      uint64_t outer)
{
	uint64_t up = e->up;

	while (e && e->parent > outer)
		e = sessions_by_id_locked(s, e->parent);
	if (e && e->parent == outer)
		return true;
	/* One between them may be forgotten, but not while @outer runs. */
	while (up > outer) {
		e = sessions_by_id_locked(s, up);
		up = e ? e->up : 0;
	}
	return up == outer;
}

void sessions_overlap(struct sessions *s, uint64_t a, uint64_t b,
		      const char *path)
{
	struct session *one, *other;
	bool is_new;

	if (!a || !b || a == b)
		return;
	LOCK_SCOPE(&s->lock);
	one = sessions_by_id_locked(s, a);
	other = sessions_by_id_locked(s, b);
	if (!one || !other || is_inside(s, one, b) || is_inside(s, other, a))
		return;
	is_new = add(one, other, path);
	if (add(other, one, path) || is_new)
		tell(s, one, other, path);
}

uint64_t sessions_each_overlap(struct sessions *s, uint64_t id,
			       void (*each)(void *arg,
					    const struct session_overlap *o),
			       void *arg)
{
	const struct session *e;

	LOCK_SCOPE(&s->lock);
	e = sessions_by_id_locked(s, id);
	for (size_t i = 0; e && i < e->named; i++)
		each(arg, &e->overlaps[i]);
	return e ? e->overlapped : 0;
}
