/* SPDX-License-Identifier: MIT */
/*
 * unmount: takes a mount away by its number, whatever is at its path by then.
 */
#ifndef IDEMFS_CLI_MOUNTS_UNMOUNT_H
#define IDEMFS_CLI_MOUNTS_UNMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Takes the mount @id away, at @dir or wherever it is by now; by fusermount3
 * when the caller is not root.  0 also when it has gone already.  @lazy: it
 * leaves the tree now, and ends when the last of its files is closed.  -EBUSY
 * (nothing in @err), or -errno with a line in @err.
 */
int unmount(const char *dir, uint64_t id, bool lazy, struct err *err);

/*
 * Takes away the dead mounts of killed daemons at @dir, all of them if there
 * are several over each other.  How many, or -errno with a line in @err.
 */
int unmount_dead(const char *dir, struct err *err);

/* The processes that keep the mount @id busy, if seen, for a sentence. */
void unmount_holders(uint64_t id, char *buf, size_t size);

/* Says in @err what keeps the mount @id at @dir busy, and returns -EBUSY. */
int unmount_busy(const char *dir, uint64_t id, struct err *err);

#endif
