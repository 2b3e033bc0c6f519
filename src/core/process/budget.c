/* SPDX-License-Identifier: MIT */
#include "core/process/budget.h"

#include <pthread.h>
#include <stdbool.h>
#include <uthash.h>

#include "base/util.h"

struct spender {
	UT_hash_handle hh;
	uid_t uid;
	size_t taken;
};

struct budget {
	size_t total; /* const */
	pthread_mutex_t lock;
	size_t taken;		  /* under lock */
	size_t by_users;	  /* under lock: without root's and ours */
	struct spender *spenders; /* under lock: users that have taken any */
};

int budget_new(size_t total, struct budget **ret)
{
	struct budget *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->total = total;
	pthread_mutex_init(&b->lock, NULL);
	*ret = b;
	return 0;
}

void budget_free(struct budget *b)
{
	struct spender *s, *next;

	if (!b)
		return;
	HASH_ITER(hh, b->spenders, s, next) {
		HASH_DELETE(hh, b->spenders, s);
		free(s);
	}
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static bool is_user(uid_t uid)
{
	return uid != 0 && uid != geteuid();
}

static struct spender *find_locked(struct budget *b, uid_t uid)
{
	struct spender *s;

	HASH_FIND(hh, b->spenders, &uid, sizeof(uid), s);
	return s;
}

static struct spender *get_locked(struct budget *b, uid_t uid)
{
	struct spender *s = find_locked(b, uid);

	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->uid = uid;
	HASH_ADD(hh, b->spenders, uid, sizeof(s->uid), s);
	return s;
}

static void drop_if_idle_locked(struct budget *b, struct spender *s)
{
	if (s->taken)
		return;
	HASH_DELETE(hh, b->spenders, s);
	free(s);
}

static int check_locked(const struct budget *b, const struct spender *s,
			size_t n)
{
	if (n > b->total - b->taken)
		return -ENOMEM;
	if (!is_user(s->uid))
		return 0;
	if (n > b->total / 8 - s->taken)
		return -EDQUOT;
	return n > b->total / 4 * 3 - b->by_users ? -ENOMEM : 0;
}

int budget_take(struct budget *b, uid_t uid, size_t n)
{
	struct spender *s;
	int r;

	LOCK_SCOPE(&b->lock);
	s = get_locked(b, uid);
	if (!s)
		return -ENOMEM;
	r = check_locked(b, s, n);
	if (!r) {
		s->taken += n;
		b->taken += n;
		if (is_user(uid))
			b->by_users += n;
	}
	drop_if_idle_locked(b, s);
	return r;
}

void budget_give(struct budget *b, uid_t uid, size_t n)
{
	struct spender *s;

	LOCK_SCOPE(&b->lock);
	s = find_locked(b, uid);
	if (!s)
		return;
	s->taken -= n;
	b->taken -= n;
	if (is_user(uid))
		b->by_users -= n;
	drop_if_idle_locked(b, s);
}
