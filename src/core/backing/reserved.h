/* SPDX-License-Identifier: MIT */
/*
 * reserved: the names that belong to idemfs.  No program can see, make or
 * remove them through the mount: `.idemfs` at the root, and temps in any
 * directory.
 */
#ifndef IDEMFS_CORE_BACKING_RESERVED_H
#define IDEMFS_CORE_BACKING_RESERVED_H

#include "core/backing/backing.h"

/*
 * Is @name in @dir reserved?  So are those that no entry can have: "", ".",
 * ".."  and a path.
 */
bool reserved_name(struct dir *dir, const char *name);

#endif
