/* SPDX-License-Identifier: MIT */
#include "core/disk/dirty.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"

#define AT_ONCE 8

struct dirty {
	pthread_mutex_t lock;
	struct dir **dirs; /* under lock: references, each once */
	size_t count, room;
	bool missed; /* under lock: one is not in the list: no memory */
	atomic_ulong flushed;
};

int dirty_new(struct dirty **ret)
{
	struct dirty *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	pthread_mutex_init(&d->lock, NULL);
	*ret = d;
	return 0;
}

void dirty_free(struct dirty *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++)
		dir_put(d->dirs[i]);
	pthread_mutex_destroy(&d->lock);
	free(d->dirs);
	free(d);
}

static bool has_room_locked(struct dirty *d)
{
	size_t room = d->room ? d->room * 2 : 64;
	struct dir **bigger;

	if (d->count < d->room)
		return true;
	bigger = reallocarray(d->dirs, room, sizeof(*bigger));
	if (!bigger)
		return false;
	d->dirs = bigger;
	d->room = room;
	return true;
}

void dirty_note(struct dirty *d, struct dir *dir)
{
	/* Set when it is added, and cleared before it is flushed. */
	if (atomic_exchange(&dir->dirty, true))
		return;
	LOCK_SCOPE(&d->lock);
	if (has_room_locked(d))
		d->dirs[d->count++] = dir_get(dir);
	else
		d->missed = true;
}

/* Flushing */

struct batch {
	struct dirty *d;
	struct dir **dirs;
	size_t count;
	atomic_size_t next;
	atomic_int code; /* the first failure */
};

/* One that was removed has no names. */
static int flush_dir(struct dir *dir)
{
	auto_pin pin = { 0 };
	auto_fd fd = -1;
	int r = dir_pin(dir, &pin);

	if (!r) {
		fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = fd < 0 ? -errno : sys.fsync(fd);
	}
	return r == -ESTALE || r == -ENOENT ? 0 : r;
}

static void flush_next(struct batch *b, struct dir *dir)
{
	int none = 0, r;

	atomic_store(&dir->dirty, false);
	r = flush_dir(dir);
	atomic_fetch_add(&b->d->flushed, 1);
	if (r < 0) {
		atomic_compare_exchange_strong(&b->code, &none, r);
		dirty_note(b->d, dir);
	}
}

static void *flush_some(void *arg)
{
	struct batch *b = arg;
	size_t i;

	while ((i = atomic_fetch_add(&b->next, 1)) < b->count)
		flush_next(b, b->dirs[i]);
	return NULL;
}

/* Where no thread can be made, this one does it all. */
static void flush_batch(struct batch *b)
{
	pthread_t threads[AT_ONCE];
	size_t n = 0;

	while (n + 1 < b->count && n < AT_ONCE &&
	       !pthread_create(&threads[n], NULL, flush_some, b))
		n++;
	flush_some(b);
	while (n)
		pthread_join(threads[--n], NULL);
}

int dirty_flush(struct dirty *d)
{
	struct batch b = { .d = d };
	bool missed;

	pthread_mutex_lock(&d->lock);
	b.dirs = steal_ptr(&d->dirs);
	b.count = d->count;
	d->count = d->room = 0;
	missed = d->missed;
	pthread_mutex_unlock(&d->lock);
	flush_batch(&b);
	for (size_t i = 0; i < b.count; i++)
		dir_put(b.dirs[i]);
	free(b.dirs);
	/* It is not known which one: no flush can be believed any more. */
	return missed ? -ENOMEM : atomic_load(&b.code);
}

unsigned long dirty_count(const struct dirty *d)
{
	return atomic_load(&d->flushed);
}
