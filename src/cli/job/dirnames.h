/* SPDX-License-Identifier: MIT */
/*
 * dirnames: the sorted names in a directory, and their digest, as the mark of a
 * step that has listed it tells it (include/idemfs/format.h).
 */
#ifndef IDEMFS_CLI_JOB_DIRNAMES_H
#define IDEMFS_CLI_JOB_DIRNAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/record/record.h"

struct dirnames {
	char **items; /* sorted by their bytes, no two alike */
	size_t count;
};

/* Is it left out? */
typedef bool (*dirnames_skip)(void *arg, const char *name);

/*
 * Those in the directory @fd, which it closes.  1: there are more than @most,
 * and those are some of them.
 */
int dirnames_read(int fd, size_t most, dirnames_skip skip, void *arg,
		  struct dirnames *ret);
void dirnames_release(struct dirnames *n);

bool dirnames_have(const struct dirnames *n, const char *name);

/* Of all of them, without those that @skip (or NULL) leaves out. */
int dirnames_digest(const struct dirnames *n, dirnames_skip skip, void *arg,
		    struct digest *ret);

#endif
