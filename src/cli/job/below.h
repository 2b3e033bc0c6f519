/* SPDX-License-Identifier: MIT */
/*
 * below: opens what is below a directory, and nothing else: no link on the way
 * is followed, no mount is entered, and no FIFO is waited for.
 */
#ifndef IDEMFS_CLI_JOB_BELOW_H
#define IDEMFS_CLI_JOB_BELOW_H

#include <sys/stat.h>

/* A descriptor, or -errno.  @path "." is @root itself. */
int below_open(int root, const char *path, int flags);

/* Likewise a regular file for reading; -EINVAL when it is something else. */
int below_file(int root, const char *path, struct stat *ret);

#endif
