/* SPDX-License-Identifier: MIT */
#include "mount/node/nodeplaces.h"

#include <string.h>

#include "base/util.h"

#define PLACES_MAX (2 * NODE_NAMES + 1)

void nodeplaces_free(struct place *p)
{
	dir_put(p->dir);
	free(p);
}

struct place **nodeplaces_find(struct node *n, struct dir *parent,
			       const char *name)
{
	struct place **p = &n->place;

	while (*p && ((*p)->dir != parent || strcmp((*p)->name, name)))
		p = &(*p)->next;
	return p;
}

static struct place *place_new(struct dir *parent, const char *name)
{
	struct place *p = malloc(sizeof(*p) + strlen(name) + 1);

	if (!p)
		return NULL;
	p->dir = dir_get(parent);
	strcpy(p->name, name);
	return p;
}

void nodeplaces_trim(struct node *n, int most)
{
	struct place **p = &n->place;

	for (int i = 0; i < most && *p; i++)
		p = &(*p)->next;
	while (*p) {
		struct place *old = *p;

		*p = old->next;
		nodeplaces_free(old);
	}
}

bool nodeplaces_are_crowded(const struct node *n)
{
	int count = 0;

	for (const struct place *p = n->place; p; p = p->next)
		count++;
	return count >= PLACES_MAX - 1;
}

void nodeplaces_enter(struct node *n, struct dir *parent, const char *name)
{
	struct place **at = nodeplaces_find(n, parent, name);
	struct place *p = *at;

	if (p && p == n->place)
		return;
	if (p)
		*at = p->next;
	else
		p = place_new(parent, name);
	if (!p)
		return; /* found again by a LOOKUP after ESTALE */
	/* With so many names, the kernel has not cached the latest. */
	if (n->nlink > NODE_NAMES && nodeplaces_are_crowded(n)) {
		struct place *old = n->place;

		n->place = old->next;
		nodeplaces_free(old);
	}
	p->next = n->place;
	n->place = p;
	nodeplaces_trim(n, PLACES_MAX);
}
