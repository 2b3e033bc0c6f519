/* SPDX-License-Identifier: MIT */
#include "mount/node/nodestore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mount/node/node.h"

#define BLOCK 512 /* nodes */
#define FEWEST_BUCKETS 256

static struct node *at(const struct nodestore *s, uint32_t slot)
{
	return &s->blocks[slot / BLOCK][slot % BLOCK];
}

static uint32_t slot_of(const struct node *n)
{
	return (uint32_t)n->id;
}

int nodestore_init(struct nodestore *s)
{
	*s = (struct nodestore){ .used = 1, .mask = FEWEST_BUCKETS - 1 };
	s->buckets = calloc(FEWEST_BUCKETS, sizeof(*s->buckets));
	return s->buckets ? 0 : -ENOMEM;
}

void nodestore_release(struct nodestore *s)
{
	for (uint32_t i = 0; s->blocks && i < s->used; i += BLOCK)
		free(s->blocks[i / BLOCK]);
	free(s->blocks);
	free(s->buckets);
}

/* Adds a block; the length of the list of blocks is a power of two. */
static int add_block(struct nodestore *s)
{
	uint32_t n = s->used < BLOCK ? 0 : s->used / BLOCK;
	struct node **longer = s->blocks;

	if ((n & (n - 1)) == 0) {
		longer = reallocarray(longer, n ? 2 * n : 1, sizeof(*longer));
		if (!longer)
			return -ENOMEM;
		s->blocks = longer;
	}
	s->blocks[n] = calloc(BLOCK, sizeof(struct node));
	return s->blocks[n] ? 0 : -ENOMEM;
}

struct node *nodestore_take(struct nodestore *s)
{
	uint32_t slot = s->free;
	struct node *n;

	if (slot) {
		n = at(s, slot);
		s->free = n->next;
		n->next = 0;
	} else {
		slot = s->used;
		if ((slot == 1 || slot % BLOCK == 0) && add_block(s) < 0)
			return NULL;
		s->used++;
		n = at(s, slot);
		n->id = slot;
	}
	n->live = true;
	s->count++;
	return n;
}

void nodestore_give(struct nodestore *s, struct node *n)
{
	uint64_t id = n->id + ((uint64_t)1 << 32);

	*n = (struct node){ .id = id, .next = s->free };
	s->free = slot_of(n);
	s->count--;
}

struct node *nodestore_get(const struct nodestore *s, uint64_t id)
{
	uint32_t slot = (uint32_t)id;
	struct node *n;

	if (!slot || slot >= s->used)
		return NULL;
	n = at(s, slot);
	return n->live && n->id == id ? n : NULL;
}

void nodestore_each(struct nodestore *s,
		    void (*each)(struct node_table *t, struct node *n),
		    struct node_table *t)
{
	for (uint32_t slot = 1; slot < s->used; slot++)
		if (at(s, slot)->live)
			each(t, at(s, slot));
}

/* Inode numbers of a directory follow each other: spread them. */
static uint32_t hash(const struct file_key *key)
{
	uint64_t h = key->ino * 0x9e3779b97f4a7c15;

	h ^= (key->born ^ key->dev << 32) * 0xbf58476d1ce4e5b9;
	return (uint32_t)(h >> 32);
}

static void link_in(struct nodestore *s, struct node *n)
{
	uint32_t *bucket = &s->buckets[hash(&n->key) & s->mask];

	n->next = *bucket;
	*bucket = slot_of(n);
}

/* Twice as many buckets; without memory the lists get longer. */
static void widen(struct nodestore *s)
{
	uint32_t *old = s->buckets, count = s->mask + 1;
	uint32_t *wider = calloc((size_t)2 * count, sizeof(*wider));

	if (!wider)
		return;
	s->buckets = wider;
	s->mask = 2 * count - 1;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t slot = old[i], next; slot; slot = next) {
			next = at(s, slot)->next;
			link_in(s, at(s, slot));
		}
	free(old);
}

struct node *nodestore_find(const struct nodestore *s,
			    const struct file_key *key)
{
	uint32_t slot = s->buckets[hash(key) & s->mask];

	while (slot && !file_key_equal(&at(s, slot)->key, key))
		slot = at(s, slot)->next;
	return slot ? at(s, slot) : NULL;
}

void nodestore_enter(struct nodestore *s, struct node *n,
		     const struct file_key *key)
{
	if (s->keyed > s->mask)
		widen(s);
	n->key = *key;
	n->keyed = true;
	s->keyed++;
	link_in(s, n);
}

void nodestore_leave(struct nodestore *s, struct node *n)
{
	uint32_t *p = &s->buckets[hash(&n->key) & s->mask];

	if (!n->keyed)
		return;
	while (*p != slot_of(n))
		p = &at(s, *p)->next;
	*p = n->next;
	n->next = 0;
	n->keyed = false;
	s->keyed--;
}
