/* SPDX-License-Identifier: MIT */
#include "mount/entry/trusted.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "mount/kernel/channel.h"

#define STRIPES 16
#define STRIPE_NAMES 1024
#define NAME_ROOM 80 /* a longer name is not kept */

struct told_name {
	uint64_t parent; /* the number of the directory */
	int64_t until;	 /* ms */
	char name[NAME_ROOM];
};

struct stripe {
	/*
	 * atomic: requests that have begun in a turn and not ended.  Turns
	 * alternate, so that trusted_drop() waits for no request that comes
	 * later.
	 */
	atomic_uint under_way[2];
	pthread_mutex_t lock;
	int64_t lost; /* under lock: ms; until then a lost one is trusted */
	unsigned int next;		      /* under lock */
	struct told_name names[STRIPE_NAMES]; /* under lock */
};

struct trusted {
	int64_t cache_ms;     /* const */
	atomic_uint turn;     /* atomic */
	pthread_mutex_t drop; /* one drop at a time: it turns */
	struct stripe stripes[STRIPES];
};

int trusted_new(int64_t cache_ms, struct trusted **ret)
{
	struct trusted *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->cache_ms = cache_ms;
	pthread_mutex_init(&t->drop, NULL);
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&t->stripes[i].lock, NULL);
	*ret = t;
	return 0;
}

void trusted_free(struct trusted *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&t->stripes[i].lock);
	pthread_mutex_destroy(&t->drop);
	free(t);
}

struct trusted_turn trusted_begin(struct trusted *t, pid_t tid)
{
	struct trusted_turn at = { .t = t };

	if (!t)
		return at;
	at.stripe = (unsigned int)tid % STRIPES;
	at.turn = atomic_load(&t->turn) % 2;
	atomic_fetch_add(&t->stripes[at.stripe].under_way[at.turn], 1);
	return at;
}

void trusted_end(struct trusted_turn *at)
{
	if (at->t)
		atomic_fetch_sub(
			&at->t->stripes[at->stripe].under_way[at->turn], 1);
}

void trusted_note(const struct trusted_turn *at, uint64_t parent,
		  const char *name)
{
	struct told_name *n;
	struct stripe *s;
	int64_t now;

	if (!at->t)
		return;
	s = &at->t->stripes[at->stripe];
	now = now_ms();
	LOCK_SCOPE(&s->lock);
	if (strlen(name) >= NAME_ROOM) {
		s->lost = now + at->t->cache_ms;
		return;
	}
	n = &s->names[s->next++ % STRIPE_NAMES];
	if (n->until > now && n->until > s->lost)
		s->lost = n->until;
	n->parent = parent;
	n->until = now + at->t->cache_ms;
	strcpy(n->name, name);
}

static void sleep_ms(int64_t ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* What began before may not have seen that a session learns. */
static void wait_for_replies(struct trusted *t)
{
	unsigned int turn;

	LOCK_SCOPE(&t->drop);
	turn = atomic_fetch_add(&t->turn, 1) % 2;
	for (size_t i = 0; i < STRIPES; i++)
		while (atomic_load(&t->stripes[i].under_way[turn]))
			sleep_ms(1);
}

/* Takes the name in slot @i; false when it is not trusted any more. */
static bool take(struct stripe *s, size_t i, struct told_name *ret)
{
	LOCK_SCOPE(&s->lock);
	if (s->names[i].until <= now_ms())
		return false;
	*ret = s->names[i];
	s->names[i].until = 0;
	return true;
}

static int64_t lost_until(struct stripe *s)
{
	LOCK_SCOPE(&s->lock);
	return s->lost;
}

void trusted_drop(struct trusted *t, struct channel *c)
{
	struct told_name name;
	int64_t lost = 0;

	wait_for_replies(t);
	for (size_t i = 0; i < STRIPES; i++) {
		struct stripe *s = &t->stripes[i];

		for (size_t k = 0; k < STRIPE_NAMES; k++)
			if (take(s, k, &name))
				channel_expire_name(c, name.parent, name.name);
		if (lost_until(s) > lost)
			lost = lost_until(s);
	}
	if (lost > now_ms())
		sleep_ms(lost - now_ms());
}
