/* SPDX-License-Identifier: MIT */
#include "core/sessions/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

void session_free(struct session *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->named; i++) {
		free((char *)e->overlaps[i].name);
		free((char *)e->overlaps[i].path);
	}
	free(e->overlaps);
	free(e->paths.slots);
	free(e->name);
	free(e->command);
	close_fd(e->watch);
	free(e);
}

void session_list_init(struct session_list *l)
{
	*l = (struct session_list){ .last = &l->first };
}

void session_list_append(struct session_list *l, struct session *e)
{
	e->next = NULL;
	*l->last = e;
	l->last = &e->next;
	l->count++;
}

struct session *session_list_take(struct session_list *l, struct session **at)
{
	struct session *e = *at;

	*at = e->next;
	if (l->last == &e->next)
		l->last = at;
	e->next = NULL;
	l->count--;
	return e;
}

struct session *sessions_find_locked(struct sessions *s, const void *key)
{
	struct session *e;

	ASSERT_HELD(&s->lock);
	for (e = s->now.first; e && e->key != key;)
		e = e->next;
	return e;
}

struct session *sessions_by_id_locked(struct sessions *s, uint64_t id)
{
	ASSERT_HELD(&s->lock);
	for (struct session *e = s->now.first; e && id; e = e->next)
		if (e->id == id)
			return e;
	for (struct session *e = s->ended.first; e && id; e = e->next)
		if (e->id == id)
			return e;
	return NULL;
}

struct session *sessions_by_process_locked(struct sessions *s,
					   const struct process *p)
{
	struct session *found = NULL;

	ASSERT_HELD(&s->lock);
	for (struct session *e = s->now.first; e; e = e->next)
		if (e->id > (found ? found->id : 0) &&
		    e->process.pid == p->pid && e->process.start == p->start)
			found = e;
	return found;
}

uint64_t sessions_owner_locked(struct sessions *s, uint64_t id)
{
	const struct session *e = sessions_by_id_locked(s, id);

	if (!e)
		return 0;
	return e->key ? e->id : e->up;
}

uint64_t sessions_owner(struct sessions *s, uint64_t id)
{
	if (!id)
		return 0;
	LOCK_SCOPE(&s->lock);
	return sessions_owner_locked(s, id);
}

bool sessions_any(const struct sessions *s)
{
	return atomic_load_explicit(&s->seen, memory_order_acquire) != 0;
}

char *sessions_name(struct sessions *s, uint64_t id)
{
	const struct session *e;

	LOCK_SCOPE(&s->lock);
	e = sessions_by_id_locked(s, id);
	return e ? strdup(e->name) : NULL;
}
