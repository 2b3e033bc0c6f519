/* SPDX-License-Identifier: MIT */
/*
 * unmount: takes a mount away, by its number, whatever stands at its path by
 * then.
 */
#ifndef IDEMFS_CLI_MOUNTS_UNMOUNT_H
#define IDEMFS_CLI_MOUNTS_UNMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Takes the mount @id away, at @dir or wherever it is by now; by fusermount3
 * for who is not root.  That it has gone already is well, too.
 * @lazy: out of the tree now, really when the last of its files is closed.
 * -EBUSY (nothing in @err), or -errno with a line in @err.
 */
int unmount(const char *dir, uint64_t id, bool lazy, struct err *err);

/*
 * Takes away what killed daemons left at @dir, all of it where several lie
 * over each other.  How many, or -errno with a line in @err.
 */
int unmount_dead(const char *dir, struct err *err);

/* Who keeps the mount @id busy, as far as can be seen, for a sentence. */
void unmount_holders(uint64_t id, char *buf, size_t size);

/* Sets @err to who keeps the mount @id at @dir busy, and returns -EBUSY. */
int unmount_busy(const char *dir, uint64_t id, struct err *err);

#endif
