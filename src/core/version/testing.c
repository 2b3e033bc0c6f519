/* SPDX-License-Identifier: MIT */
#include "core/version/testing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/flush/failures.h"
#include "core/version/names.h"

const char *testing_state(const struct version *v)
{
	static const char *const names[] = {
		[VERSION_RESERVED] = "reserved",
		[VERSION_PENDING] = "pending",
		[VERSION_HELD] = "held",
		[VERSION_SEALED] = "sealed",
		[VERSION_COMMITTED] = "committed",
		[VERSION_DISCARDED] = "discarded",
	};

	return names[v->state];
}

const char *testing_promise(const struct version *v)
{
	static const char *const names[] = {
		[PROMISE_NONE] = "none",	 [PROMISE_MADE] = "made",
		[PROMISE_BEGUN] = "begun",	 [PROMISE_WRITTEN] = "written",
		[PROMISE_CHANGING] = "changing",
	};

	return names[atomic_load(&v->promise)];
}

bool testing_is_detached(const struct version *v)
{
	return v->detached;
}

bool testing_is_on_disk(const struct version *v)
{
	return v->on_disk;
}

char *testing_path(struct version *v)
{
	return version_path(v);
}

void testing_hold_digest(struct version *v)
{
	pthread_mutex_lock(&v->io);
}

void testing_let_digest(struct version *v)
{
	pthread_mutex_unlock(&v->io);
}

struct version *testing_at(struct versions *t, struct dir *dir,
			   const char *name, unsigned int nth)
{
	struct vname *vn;

	pthread_mutex_lock(&t->lock);
	vn = vname_newest_locked(t, dir, name);
	while (vn && nth-- > 0)
		vn = vn->older;
	pthread_mutex_unlock(&t->lock);
	return vn ? vn->version : NULL;
}

int testing_add_name(struct version *v, struct dir *dir, const char *name,
		     const char *temp)
{
	int r;

	pthread_mutex_lock(&v->table->lock);
	r = vname_add_locked(v, dir, name, strdup(temp));
	pthread_mutex_unlock(&v->table->lock);
	return r;
}

bool testing_has_lock(const struct versions *t)
{
#ifdef __GLIBC__
	return t->lock.__data.__owner == gettid();
#else
	(void)t;
	return false;
#endif
}

bool testing_is_empty(const struct versions *t)
{
	return !t->by_name && !t->all;
}

struct version *testing_oldest(const struct versions *t)
{
	return t->all;
}

unsigned int testing_alone(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	return t->alone;
}

const char *testing_mark_trouble(const struct versions *t)
{
	static char why[UNTOLD_MARK_MAX];

	failures_get_mark(t->rooms->failures, why);
	return why;
}

void testing_set_tail_min(struct versions *t, int64_t size)
{
	t->tail_min = size;
}

struct versions *testing_table_new(void (*wait)(void *arg))
{
	struct rooms *rooms = calloc(1, sizeof(*rooms));
	struct versions *t = rooms ? calloc(1, sizeof(*t)) : NULL;

	if (!t) {
		free(rooms);
		return NULL;
	}
	rooms->wait = (struct wait_hooks){ wait, wait, NULL };
	t->rooms = rooms;
	lock_init(&t->lock);
	pthread_cond_init(&t->changed, NULL);
	return t;
}

void testing_table_free(struct versions *t)
{
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free((struct rooms *)t->rooms);
	free(t);
}
