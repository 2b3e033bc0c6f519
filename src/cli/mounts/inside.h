/* SPDX-License-Identifier: MIT */
/*
 * inside: the idemfs mount that a directory is in, by descriptor.
 *
 * The kernel says which mount the directory is in, and what its root
 * is.  Nothing is looked for in the directories above, which may belong to any
 * user.  All that is done in the mount then goes by the descriptor of its root:
 * once the mount has been detached, a path leads to the bare directory.
 */
#ifndef IDEMFS_CLI_MOUNTS_INSIDE_H
#define IDEMFS_CLI_MOUNTS_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct inside {
	int root;    /* O_PATH */
	uint64_t id; /* the kernel's number of it, valid while root is open */
	char *path;  /* of the root, for messages and for what is below it */
};

#define INSIDE_CLOSED      \
	{                  \
		.root = -1 \
	}

/* @dir: NULL is the working directory.  0, or -errno with a line in @err. */
int inside_find(const char *dir, struct inside *ret, struct err *err);

/* Is it mounted still, so that its paths lead into it? */
bool inside_is_mounted(const struct inside *i);

void inside_release(struct inside *i);

#endif
