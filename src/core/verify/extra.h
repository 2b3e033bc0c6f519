/* SPDX-License-Identifier: MIT */
/* verify_extra: all files of a tree except those of idemfs, for verify.c. */
#ifndef IDEMFS_CORE_VERIFY_EXTRA_H
#define IDEMFS_CORE_VERIFY_EXTRA_H

/*
 * Calls @each with the path of each entry below @root that is not a directory,
 * until it returns non-zero, which is then the result.  Directories that cannot
 * be listed are passed over.
 */
int verify_each_file(int root, int (*each)(void *arg, const char *path),
		     void *arg);

#endif
