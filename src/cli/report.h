/* SPDX-License-Identifier: MIT */
/*
 * report: what `idemfs run` says of files that were not promoted.
 *
 * Reads the quarantine by a descriptor of the backing directory, which works
 * before, below and after the mount.
 */
#ifndef IDEMFS_CLI_REPORT_H
#define IDEMFS_CLI_REPORT_H

#include <time.h>

/* One line on stderr if anything was put into quarantine since @since. */
void report_discarded(int root, const char *dir, const struct timespec *since);

#endif
