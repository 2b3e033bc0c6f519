/* SPDX-License-Identifier: MIT */
/*
 * listing: the names that a handle on a directory shows.
 *
 * They are taken down at the first READDIR after an open or a rewind, and
 * served from memory.  A position is an index, so telldir(3) and seekdir(3)
 * hold, and nothing comes twice or is missed, whatever changes meanwhile.
 *
 * Names that come from the table of versions are noted while its lock is held,
 * each once, and added later.
 *
 * All under the lock of its list (handle.h).
 */
#ifndef IDEMFS_MOUNT_NAME_LISTING_H
#define IDEMFS_MOUNT_NAME_LISTING_H

#include "mount/fs/fs.h"

struct handle;
struct noted;

/* One more name, of type @type (DT_…); -ENOMEM. */
int listing_add(struct handle *h, const char *name, uint64_t ino,
		unsigned char type);

/* Does @name, a file or directory with number @ino, stay out of the list? */
struct listing_filter {
	bool (*hides)(void *arg, struct dir *dir, const char *name, ino_t ino);
	void *arg;
};
/* All names in @dir on the disk that are not reserved (core/tree/tree.h). */
int listing_read(struct fs *fs, struct handle *h, struct dir *dir,
		 const struct listing_filter *filter);

/* Notes a name, unless it is there; without memory it is left out. */
void listing_note(struct noted **set, const char *name, uint64_t ino,
		  unsigned char type);
/* Adds the names of @set that are not listed yet, and frees @set. */
int listing_add_noted(struct handle *h, struct noted *set);

#endif
