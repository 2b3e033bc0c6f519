/* SPDX-License-Identifier: MIT */
/*
 * names: the sorted names in a directory, and their digest, as the mark of a
 * step that has listed it tells it (include/idemfs/format.h).
 */
#ifndef IDEMFS_CLI_JOB_NAMES_H
#define IDEMFS_CLI_JOB_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/record/record.h"

struct names {
	char **items; /* sorted by their bytes, no two alike */
	size_t count;
};

/* Is it left out? */
typedef bool (*names_skip)(void *arg, const char *name);

/*
 * Those in the directory @fd, which it closes.  1: there are more than @most,
 * and those are some of them.
 */
int names_read(int fd, size_t most, names_skip skip, void *arg,
	       struct names *ret);
void names_release(struct names *n);

bool names_have(const struct names *n, const char *name);

/* Of all of them, without those that @skip (or NULL) leaves out. */
int names_digest(const struct names *n, names_skip skip, void *arg,
		 struct digest *ret);

#endif
