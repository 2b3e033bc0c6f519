/* SPDX-License-Identifier: MIT */
/*
 * dirty: directories whose names have changed since the last flush, where no
 * call flushes a filesystem as a whole (way.h, each).
 *
 * There each file is flushed before it gets its name (promote.c).  So a flush
 * of everything only has to flush directories, a few at the same time, since
 * each is a round trip to a server.
 *
 * Thread-safe; its lock is a leaf.
 */
#ifndef IDEMFS_CORE_DISK_DIRTY_H
#define IDEMFS_CORE_DISK_DIRTY_H

#include "core/backing/backing.h"

struct dirty;

int dirty_new(struct dirty **ret);
void dirty_free(struct dirty *d); /* NULL is fine; before the backing */

/* A name in @dir has changed. */
void dirty_note(struct dirty *d, struct dir *dir);

/* All of them are on disk.  What failed is tried again by the next call. */
int dirty_flush(struct dirty *d);

/* For status: how many were flushed. */
unsigned long dirty_count(const struct dirty *d);

#endif
