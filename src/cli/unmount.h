/* SPDX-License-Identifier: MIT */
/*
 * unmount: takes a mount away, and waits for the daemon behind it.
 */
#ifndef IDEMFS_CLI_UNMOUNT_H
#define IDEMFS_CLI_UNMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Takes the topmost mount at @dir away; by fusermount3 for who is not root.
 * @lazy: out of the tree now, really when the last of its files is closed.
 * -EBUSY (nothing in @err), or -errno with a line in @err.
 */
int unmount(const char *dir, bool lazy, struct err *err);

/*
 * Takes away what killed daemons left at @dir, all of it where several lie
 * over each other.  -errno with a line in @err.
 */
int unmount_dead(const char *dir, struct err *err);

/* Who keeps the mount at @dir busy, as far as can be seen, for a sentence. */
void unmount_holders(const char *dir, char *buf, size_t size);

/* Sets @err to who keeps the mount at @dir busy, and returns -EBUSY. */
int unmount_busy(const char *dir, struct err *err);

#endif
