/* SPDX-License-Identifier: MIT */
/*
 * names: the digests of directories, as `listed` and `folded` records have them
 * (include/idemfs/format.h).
 *
 *	names_add()       any number of names, in any order
 *	names_digest()    sorts them
 *	names_release()   always
 *
 *	names_list()      those that a directory has now
 *	names_fold()      likewise of its regular files, with their contents
 *
 * A directory is given by its path below @root, a descriptor; "" is the root.
 * `.` and `..`, all that belongs to idemfs, and at the root IDEMFS_CHECKPOINTS
 * are left out.
 */
#ifndef IDEMFS_CORE_LEARN_NAMES_H
#define IDEMFS_CORE_LEARN_NAMES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <xxhash.h>

#include "core/record/record.h"

struct name_of {
	char *name;
	struct digest digest; /* of its content */
};

struct names {
	struct name_of *items;
	size_t count, room;
};

/* @content: NULL in a listing.  -ENOMEM. */
int names_add(struct names *n, const char *name, const struct digest *content);
/* @with: of the contents, too.  -ENOMEM. */
int names_digest(struct names *n, bool with, struct digest *ret);
void names_release(struct names *n);

/*
 * The digest itself, of names in the order of strcmp(3), each with the digest of
 * its content or none.  NULL: no memory.  The end frees @hash.
 */
XXH3_state_t *names_hash_new(void);
void names_hash_add(XXH3_state_t *hash, const char *name,
		    const struct digest *content);
struct digest names_hash_end(XXH3_state_t *hash);

/* Belongs @name in directory @dir to idemfs? */
bool names_are_ours(const char *dir, const char *name);

struct names_filter {
	/* Is the file at that path, below the root, left out? NULL: none is. */
	bool (*leaves_out)(void *arg, const char *path);
	/* The digest of regular file @name in @dir; NULL: it is read. */
	int (*digest)(void *arg, int dir, const char *name, struct digest *ret);
	void *arg;
	const atomic_bool *stop; /* may be NULL: -EINTR soon after it is set */
};

int names_list(int root, const char *path, const struct names_filter *f,
	       struct digest *ret, uint64_t *ret_count);
int names_fold(int root, const char *path, const struct names_filter *f,
	       struct digest *ret, uint64_t *ret_count);

#endif
