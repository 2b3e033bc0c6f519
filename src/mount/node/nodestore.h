/* SPDX-License-Identifier: MIT */
/*
 * nodestore: the memory of nodes, and how one is found by number and by key.
 *
 * There may be millions, so they are in blocks, without a pointer to each.  The
 * number of a node is its slot and, above that, how often the slot was used
 * before.  A block never moves, and is kept for later nodes.
 *
 * The caller holds the lock of the node table.
 */
#ifndef IDEMFS_MOUNT_NODE_NODESTORE_H
#define IDEMFS_MOUNT_NODE_NODESTORE_H

#include <stddef.h>
#include <stdint.h>

struct file_key;
struct node;
struct node_table;

struct nodestore {
	struct node **blocks;
	uint32_t used;	   /* slots ever taken; 0 is none */
	uint32_t free;	   /* first free one, 0: none */
	size_t count;	   /* nodes */
	uint32_t *buckets; /* slots, by key */
	uint32_t mask;	   /* buckets less one */
	uint32_t keyed;	   /* nodes with a key */
};

int nodestore_init(struct nodestore *s);
/* No node may be left: nodestore_each() may give them back. */
void nodestore_release(struct nodestore *s);

/* A node, zero but for its id; the first has number 1.  NULL: no memory. */
struct node *nodestore_take(struct nodestore *s);
void nodestore_give(struct nodestore *s, struct node *n);

/* The node of number @id; NULL when there is none, or not any more. */
struct node *nodestore_get(const struct nodestore *s, uint64_t id);

/* The caller makes sure that at most one node has a key. */
struct node *nodestore_find(const struct nodestore *s,
			    const struct file_key *key);
void nodestore_enter(struct nodestore *s, struct node *n,
		     const struct file_key *key);
void nodestore_leave(struct nodestore *s, struct node *n);

/* Calls @each for every node. */
void nodestore_each(struct nodestore *s,
		    void (*each)(struct node_table *t, struct node *n),
		    struct node_table *t);

#endif
