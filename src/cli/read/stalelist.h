/* SPDX-License-Identifier: MIT */
/*
 * stalelist: which of the listed marks do not hold, by the rules of
 * `idemfs verify` (core/verify/verify.h), with and without a mount.
 */
#ifndef IDEMFS_CLI_READ_STALELIST_H
#define IDEMFS_CLI_READ_STALELIST_H

#include "cli/mounts/statedir.h"
#include "cli/read/marklist.h"

struct stalelist {
	char **why;   /* one a mark: the first problem, or NULL */
	size_t room;  /* marks */
	size_t count; /* of those that are stale */
};

int stalelist_read(const struct statedir *p, const struct marklist *marks,
		   struct stalelist *ret);
void stalelist_release(struct stalelist *l);

#endif
