/* SPDX-License-Identifier: MIT */
#include "mount/entry/redirect.h"

#include <sched.h>
#include <string.h>

#include "base/util.h"
#include "core/version/shown.h"

#define SWEEP_MS 20 /* how soon an opener that died is noticed */

struct redirects {
	pthread_mutex_t lock;  /* under no other, and none is taken under it */
	pthread_cond_t some;   /* with lock: the list is not empty any more */
	struct redirect *head; /* under lock */
	atomic_uint count;     /* atomic: records, taken ones too */
	bool asleep; /* under lock: the sweeper waits for a first one */
	bool stop;   /* under lock */
};

int redirects_new(struct redirects **ret)
{
	struct redirects *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->some, NULL);
	*ret = l;
	return 0;
}

static void let_go(struct version *v)
{
	if (!v)
		return;
	version_unhold(v);
	version_put(v);
}

bool redirect_is_at(const struct redirect *r, struct dir *dir, const char *name)
{
	return r->dir == dir && !strcmp(r->name, name);
}

static int place(struct redirect *r, struct dir *dir, const char *name)
{
	char *copy;

	if (redirect_is_at(r, dir, name))
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	let_go(steal_ptr(&r->version)); /* of another walk */
	dir_get(dir);
	dir_put(r->dir);
	r->dir = dir;
	free(r->name);
	r->name = copy;
	return 0;
}

int redirect_holds(struct redirect *r, struct version *v, struct dir *dir,
		   const char *name)
{
	int code = place(r, dir, name);

	if (code < 0) {
		let_go(v);
		return code;
	}
	let_go(r->version);
	r->version = v;
	r->target = version_facts(v).owner;
	return 0;
}

void redirect_looked(struct redirect *r, struct dir *dir, const char *name,
		     bool found)
{
	r->missed = !found && !place(r, dir, name);
}

bool redirect_is_over(const struct redirect *r, struct dir *dir,
		      const char *name)
{
	/* The new name of a RENAME is mostly not there. */
	return r->missed && !r->rename && !redirect_is_at(r, dir, name);
}

bool redirect_is_of(const struct redirect *r, bool write, bool trunc)
{
	return !r->rename && !r->missed && r->write == write &&
	       r->trunc == trunc;
}

static void redirect_free(struct redirect *r)
{
	let_go(r->version);
	close_fd(r->fd);
	dir_put(r->dir);
	free(r->name);
	free(r);
}

void redirects_end_all(struct redirects *l)
{
	while (l->head) {
		struct redirect *r = l->head;

		l->head = r->next;
		redirect_end(l, r);
	}
}

void redirects_free(struct redirects *l)
{
	if (!l)
		return;
	redirects_end_all(l);
	pthread_cond_destroy(&l->some);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static int begin(struct redirects *l, const struct redirect *spec)
{
	struct redirect *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*r = *spec;
	r->fd = -1;
	dir_get(r->dir);
	r->name = strdup(r->name);
	if (!r->name) {
		redirect_free(r);
		return -ENOMEM;
	}
	atomic_fetch_add(&l->count, 1);
	redirect_put(l, r);
	return 0;
}

int redirect_begin(struct redirects *l, pid_t tid, uint64_t node,
		   struct dir *dir, const char *name, bool write, bool trunc)
{
	return begin(l, &(struct redirect){ .tid = tid,
					    .node = node,
					    .dir = dir,
					    .name = (char *)name,
					    .write = write,
					    .trunc = trunc });
}

int redirect_begin_rename(struct redirects *l, pid_t tid, struct dir *dir,
			  const char *name)
{
	return begin(l, &(struct redirect){ .tid = tid,
					    .dir = dir,
					    .name = (char *)name,
					    .rename = true });
}

void redirect_put(struct redirects *l, struct redirect *r)
{
	LOCK_SCOPE(&l->lock);
	r->until = now_ms() + REDIRECT_MS;
	r->given_up = false;
	r->next = l->head;
	l->head = r;
	/* Once awake, it looks again by itself. */
	if (l->asleep)
		pthread_cond_signal(&l->some);
	l->asleep = false;
}

struct redirect *redirect_take(struct redirects *l, pid_t tid)
{
	if (!redirect_can(tid) || !redirects_any(l))
		return NULL;
	LOCK_SCOPE(&l->lock);
	for (struct redirect **p = &l->head; *p; p = &(*p)->next) {
		struct redirect *r = *p;

		if (r->tid != tid || r->given_up)
			continue;
		*p = r->next;
		return r;
	}
	return NULL;
}

void redirect_end(struct redirects *l, struct redirect *r)
{
	atomic_fetch_sub(&l->count, 1);
	redirect_free(r);
}

bool redirects_any(struct redirects *l)
{
	return atomic_load(&l->count) > 0;
}

void redirect_given_up(struct redirects *l, pid_t tid)
{
	LOCK_SCOPE(&l->lock);
	for (struct redirect *r = l->head; r; r = r->next)
		if (r->tid == tid)
			r->given_up = true;
}

static bool is_over(const struct redirect *r, int64_t now)
{
	/* It takes any thread's number, and needs no permission. */
	return r->given_up || now >= r->until ||
	       (sched_getscheduler(r->tid) < 0 && errno == ESRCH);
}

static struct redirect *take_one_over(struct redirects *l, int64_t now)
{
	LOCK_SCOPE(&l->lock);
	for (struct redirect **p = &l->head; *p; p = &(*p)->next) {
		struct redirect *r = *p;

		if (!is_over(r, now))
			continue;
		*p = r->next;
		return r;
	}
	return NULL;
}

static void sleep_until_some(struct redirects *l)
{
	int64_t until;

	LOCK_SCOPE(&l->lock);
	while (!l->head && !l->stop) {
		l->asleep = true;
		pthread_cond_wait(&l->some, &l->lock);
	}
	until = now_ms() + SWEEP_MS;
	while (!l->stop && now_ms() < until)
		cond_wait_until(&l->some, &l->lock, until);
}

void redirects_sweep(struct redirects *l)
{
	struct redirect *r;

	sleep_until_some(l);
	while ((r = take_one_over(l, now_ms())))
		redirect_end(l, r);
}

void redirects_stop(struct redirects *l)
{
	LOCK_SCOPE(&l->lock);
	l->stop = true;
	pthread_cond_broadcast(&l->some);
}

bool redirects_stopped(struct redirects *l)
{
	LOCK_SCOPE(&l->lock);
	return l->stop;
}
