/* SPDX-License-Identifier: MIT */
/*
 * discarded: what `idemfs run` says of files that were not promoted.
 *
 * Reads the quarantine by a descriptor of the backing directory, which works
 * before, below and after the mount.
 */
#ifndef IDEMFS_CLI_READ_DISCARDED_H
#define IDEMFS_CLI_READ_DISCARDED_H

#include <time.h>

/* One line on stderr if anything was put into quarantine since @since. */
void discarded_tell(int root, const char *dir, const struct timespec *since);

#endif
