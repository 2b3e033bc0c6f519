/* SPDX-License-Identifier: MIT */
/*
 * tree_make: the checks before any name is made in the tree.
 */
#ifndef IDEMFS_CORE_TREE_MAKE_H
#define IDEMFS_CORE_TREE_MAKE_H

#include "core/version/version.h"

/* May @name be made: is it neither reserved nor taken by a version (F3)? */
int tree_may_make(struct versions *t, struct dir *dir, const char *name);
/* The mode that a file or directory of @by gets there. */
mode_t tree_mode_for(struct dir *dir, mode_t mode, const struct caller *by);

#endif
