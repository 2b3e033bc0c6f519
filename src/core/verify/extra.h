/* SPDX-License-Identifier: MIT */
/* verify_extra: every file of a tree but idemfs' own, for verify.c. */
#ifndef IDEMFS_CORE_VERIFY_EXTRA_H
#define IDEMFS_CORE_VERIFY_EXTRA_H

/*
 * Calls @each with the path of everything below @root that is no directory,
 * until it returns non-zero, which is returned.  What cannot be listed is passed
 * over.
 */
int verify_each_file(int root, int (*each)(void *arg, const char *path),
		     void *arg);

#endif
