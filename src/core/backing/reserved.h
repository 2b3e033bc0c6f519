/* SPDX-License-Identifier: MIT */
/*
 * reserved: names that are idemfs' own, and that no program can see, make or
 * remove through the mount: `.idemfs` at the root, and temps in any directory.
 */
#ifndef IDEMFS_CORE_BACKING_RESERVED_H
#define IDEMFS_CORE_BACKING_RESERVED_H

#include "core/backing/backing.h"

/*
 * Is @name in @dir reserved?  So is what is the name of no entry: "", ".", ".."
 * and a path.
 */
bool reserved_name(struct dir *dir, const char *name);

#endif
