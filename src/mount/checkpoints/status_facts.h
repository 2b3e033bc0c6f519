/* SPDX-License-Identifier: MIT */
/*
 * status_facts: what all forms of status tell.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_STATUS_FACTS_H
#define IDEMFS_MOUNT_CHECKPOINTS_STATUS_FACTS_H

#include "core/verify/stale.h"
#include "mount/fs/fs.h"

struct status_mark {
	const char *path;     /* below .checkpoints */
	struct timespec time; /* when it was made */
	bool stale;	      /* its outputs are not what it tells, */
	char why[STALE_WHY];  /* and why */
};
/* Calls @each for every mark, in all groups; of a run with --run-id. */
void status_each_mark(struct fs *fs,
		      void (*each)(void *arg, const struct status_mark *mark),
		      void *arg);

/* "KEY VALUE" lines, malloc'ed; NULL: no memory. */
char *status_options(struct fs *fs);
/* Whether reads and writes pass through, and why not. */
const char *status_passthrough(struct fs *fs);

#endif
