/* SPDX-License-Identifier: MIT */
/*
 * disk: the filesystem that `.idemfs/tmp` is on, and how it is flushed.
 *
 * Made first, and const from then on; all rooms above have the same one.
 */
#ifndef IDEMFS_CORE_DISK_DISK_H
#define IDEMFS_CORE_DISK_DISK_H

#include <stdint.h>

#include "core/backing/backing.h"
#include "core/disk/dirty.h"
#include "core/disk/way.h"

struct disk {
	uint64_t dev;	     /* its device, */
	uint64_t mount;	     /*   and where it is mounted */
	enum way way;	     /* how it is flushed */
	struct dirty *dirty; /* directories, here and on others inside the tree */
};

/* @tmp: .idemfs/tmp. */
int disk_init(struct disk *d, int tmp);
void disk_release(struct disk *d); /* fine when it is all zero */

/*
 * Is @dir on another filesystem, or reached by another mount, so that nothing
 * can be renamed to it from .idemfs/tmp?
 */
bool disk_is_foreign(const struct disk *d, struct dir *dir);

#endif
