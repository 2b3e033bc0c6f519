/* SPDX-License-Identifier: MIT */
/*
 * nodeplaces: where the file of a node was found, the latest first (node.h).
 *
 * All under the node table's lock.  The list of a file with very many names is
 * cut: what is forgotten is found again by the next LOOKUP.
 */
#ifndef IDEMFS_MOUNT_NODE_NODEPLACES_H
#define IDEMFS_MOUNT_NODE_NODEPLACES_H

#include <stdbool.h>

#include "mount/node/node.h"

void nodeplaces_free(struct place *p);
/* The pointer to that place in the list, or the last one, which is NULL. */
struct place **nodeplaces_find(struct node *n, struct dir *parent,
			       const char *name);
/* The file was found there: that place becomes the first of the list. */
void nodeplaces_enter(struct node *n, struct dir *parent, const char *name);
/* Keeps the latest @most. */
void nodeplaces_trim(struct node *n, int most);
/* Is every place taken but the last? */
bool nodeplaces_are_crowded(const struct node *n);

#endif
