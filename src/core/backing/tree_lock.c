/* SPDX-License-Identifier: MIT */
#include "core/backing/tree_lock.h"

#include <assert.h>

#include "base/util.h"

struct tree_lock {
	pthread_rwlock_t tree; /* shared with one of the following, or alone */
	pthread_mutex_t dirs[TREE_LOCKS];
};

static _Thread_local struct tree_hold mine;

int tree_lock_new(struct tree_lock **ret)
{
	struct tree_lock *l = calloc(1, sizeof(*l));
	pthread_rwlockattr_t attr;

	if (!l)
		return -ENOMEM;
	pthread_rwlockattr_init(&attr);
#ifdef __GLIBC__
	/* By default readers come first, and a writer may wait for ever. */
	pthread_rwlockattr_setkind_np(
		&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
	pthread_rwlock_init(&l->tree, &attr);
	pthread_rwlockattr_destroy(&attr);
	for (int i = 0; i < TREE_LOCKS; i++)
		pthread_mutex_init(&l->dirs[i], NULL);
	*ret = l;
	return 0;
}

void tree_lock_free(struct tree_lock *l)
{
	if (!l)
		return;
	for (int i = 0; i < TREE_LOCKS; i++)
		pthread_mutex_destroy(&l->dirs[i]);
	pthread_rwlock_destroy(&l->tree);
	free(l);
}

struct tree_hold tree_hold_set(struct tree_lock *l, dir_set dirs)
{
	assert(!mine.lock);
	pthread_rwlock_rdlock(&l->tree);
	for (int i = 0; i < TREE_LOCKS; i++)
		if (dirs & (dir_set)1 << i)
			pthread_mutex_lock(&l->dirs[i]);
	return mine = (struct tree_hold){ .lock = l, .dirs = dirs };
}

struct tree_hold tree_hold_all(struct tree_lock *l)
{
	assert(!mine.lock);
	pthread_rwlock_wrlock(&l->tree);
	return mine = (struct tree_hold){ .lock = l, .all = true };
}

void tree_release(struct tree_hold *h)
{
	struct tree_lock *l = h->lock;

	if (!l)
		return;
	for (int i = 0; i < TREE_LOCKS; i++)
		if (h->dirs & (dir_set)1 << i)
			pthread_mutex_unlock(&l->dirs[i]);
	*h = mine = (struct tree_hold){ 0 };
	pthread_rwlock_unlock(&l->tree);
}

bool tree_is_held(const struct dir *d)
{
	return mine.all || (mine.dirs & dir_set_of(d));
}

bool tree_is_held_alone(void)
{
	return mine.all;
}

struct tree_hold tree_held(void)
{
	return mine;
}
