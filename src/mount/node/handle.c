/* SPDX-License-Identifier: MIT */

#include "mount/node/handle.h"

#include <string.h>

#include "base/util.h"
#include "core/process/budget.h"

struct handle *handle_new(struct node *n, const struct caller *by, int flags)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->node = n;
	h->by = *by;
	h->flags = flags;
	h->fd = -1;
	h->mark_fd = -1;
	pthread_mutex_init(&h->save_lock, NULL);
	pthread_mutex_init(&h->text_lock, NULL);
	pthread_mutex_init(&h->dir_lock, NULL);
	return h;
}

void handle_drop_entries(struct handle *h)
{
	for (size_t i = 0; i < h->count; i++)
		free(h->entries[i].name);
	free(steal_ptr(&h->entries));
	h->count = h->entry_room = 0;
	h->loaded = false;
}

void handle_free(struct handle *h)
{
	close_fd(h->fd);
	close_fd(h->mark_fd);
	version_put(h->version);
	free(h->text);
	if (h->room)
		budget_give(h->budget, h->by.uid, h->room);
	lineage_put(h->line);
	handle_drop_entries(h);
	pthread_mutex_destroy(&h->text_lock);
	pthread_mutex_destroy(&h->save_lock);
	pthread_mutex_destroy(&h->dir_lock);
	free(h);
}

static int grow_text_locked(struct handle *h, size_t size)
{
	int r = budget_take(h->budget, h->by.uid, size - h->room);
	char *bigger = r < 0 ? NULL : realloc(h->text, size);

	if (r < 0)
		return r;
	if (!bigger) {
		budget_give(h->budget, h->by.uid, size - h->room);
		return -ENOMEM;
	}
	h->text = bigger;
	h->room = size;
	return 0;
}

int handle_resize_text_locked(struct handle *h, size_t size)
{
	int r = size > h->room ? grow_text_locked(h, size) : 0;

	if (r < 0)
		return r;
	if (size > h->size)
		memset(h->text + h->size, 0, size - h->size);
	h->size = size;
	return 0;
}

int handle_any_fd(const struct handle *h)
{
	return h->version ? version_fd_for_read(h->version) : h->fd;
}

int handle_fd(struct handle *h, enum fd_use use, off_t at, int *ret_fd)
{
	if (h->version)
		return version_fd(h->version, use, at, ret_fd);
	*ret_fd = h->fd;
	return 0;
}
