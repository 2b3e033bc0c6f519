/* SPDX-License-Identifier: MIT */
/*
 * placed: adds a version that has come to its name to the list of changes.
 */
#ifndef IDEMFS_CORE_VERSION_PLACED_H
#define IDEMFS_CORE_VERSION_PLACED_H

#include "core/version/version.h"

/* The name has been held since the promotion. */
void version_note_promoted(struct version *v, struct dir *dir,
			   const char *name);

#endif
