/* SPDX-License-Identifier: MIT */
/*
 * made: the paths that a step has made, as its mark tells them.  They are left
 * out of the directories that it has listed.
 *
 *	made_add()   each record of the mark, in any order
 *	made_has()   then
 *
 * Of a path its XXH3-128 is kept, so that a million of them take 16 MB.
 */
#ifndef IDEMFS_CLI_JOB_MADE_H
#define IDEMFS_CLI_JOB_MADE_H

#include <stdbool.h>
#include <xxhash.h>

#include "core/record/record.h"

struct made {
	XXH128_hash_t *items;
	size_t count, room;
	bool sorted;
	XXH3_state_t *hash; /* for one path at a time */
};

int made_init(struct made *m); /* -ENOMEM */
void made_release(struct made *m);

/* What tells of no path that was made is passed over.  -ENOMEM. */
int made_add(struct made *m, const struct record *r);

/* @dir: "." for the root. */
bool made_has(struct made *m, const char *dir, const char *name);

#endif
