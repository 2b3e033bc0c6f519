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
	h->mark.fd = -1;
	pthread_mutex_init(&h->text.save_lock, NULL);
	pthread_mutex_init(&h->text.lock, NULL);
	pthread_mutex_init(&h->list.lock, NULL);
	return h;
}

void handle_drop_entries(struct handle *h)
{
	for (size_t i = 0; i < h->list.count; i++)
		free(h->list.entries[i].name);
	free(steal_ptr(&h->list.entries));
	h->list.count = h->list.room = 0;
	h->list.loaded = false;
}

void handle_free(struct handle *h)
{
	close_fd(h->fd);
	close_fd(h->mark.fd);
	version_put(h->version);
	free(h->text.bytes);
	if (h->text.room)
		budget_give(h->text.budget, h->by.uid, h->text.room);
	lineage_put(h->line);
	handle_drop_entries(h);
	pthread_mutex_destroy(&h->text.lock);
	pthread_mutex_destroy(&h->text.save_lock);
	pthread_mutex_destroy(&h->list.lock);
	free(h);
}

static int grow_text_locked(struct handle *h, size_t size)
{
	int r = budget_take(h->text.budget, h->by.uid, size - h->text.room);
	char *bigger = r < 0 ? NULL : realloc(h->text.bytes, size);

	if (r < 0)
		return r;
	if (!bigger) {
		budget_give(h->text.budget, h->by.uid, size - h->text.room);
		return -ENOMEM;
	}
	h->text.bytes = bigger;
	h->text.room = size;
	return 0;
}

int handle_resize_text_locked(struct handle *h, size_t size)
{
	int r = size > h->text.room ? grow_text_locked(h, size) : 0;

	if (r < 0)
		return r;
	if (size > h->text.size)
		memset(h->text.bytes + h->text.size, 0, size - h->text.size);
	h->text.size = size;
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
