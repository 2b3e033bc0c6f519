/* SPDX-License-Identifier: MIT */
#include "core/learn/set.h"

#include <string.h>

#include "base/util.h"

struct item *set_find(const struct set *s, enum item_kind kind,
		      const char *path)
{
	struct item *i;

	HASH_FIND_STR(s->kinds[kind], path, i);
	return i;
}

size_t set_room(const char *path)
{
	/* With a slot of the table, and what malloc(3) adds. */
	return sizeof(struct item) + strlen(path) + 1 + 32;
}

static void enter(struct set *s, struct item *i)
{
	HASH_ADD_KEYPTR(hh, s->kinds[i->kind], i->path, strlen(i->path), i);
	s->count++;
}

struct item *set_add(struct set *s, enum item_kind kind, const char *path)
{
	size_t n = strlen(path) + 1;
	struct item *i = calloc(1, sizeof(*i) + n);

	if (!i)
		return NULL;
	i->kind = (unsigned char)kind;
	memcpy(i->path, path, n);
	enter(s, i);
	return i;
}

static void free_item(struct item *i)
{
	if (i->kind == ITEM_LIST)
		free(i->list.names);
	free(i);
}

void set_merge(struct set *to, struct set *from)
{
	struct item *i, *next;

	for (size_t kind = 0; kind < ITEM_KINDS; kind++)
		HASH_ITER(hh, from->kinds[kind], i, next) {
			HASH_DEL(from->kinds[kind], i);
			if (set_find(to, (enum item_kind)kind, i->path))
				free_item(i);
			else
				enter(to, i);
		}
	to->room += from->room;
	to->full |= from->full;
	*from = (struct set){ 0 };
}

void set_release(struct set *s)
{
	struct item *i, *next;

	for (size_t kind = 0; kind < ITEM_KINDS; kind++)
		HASH_ITER(hh, s->kinds[kind], i, next) {
			HASH_DEL(s->kinds[kind], i);
			free_item(i);
		}
	*s = (struct set){ 0 };
}

size_t path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}
