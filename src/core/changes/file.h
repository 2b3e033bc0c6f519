/* SPDX-License-Identifier: MIT */
/*
 * changes: the file `.idemfs/changes` of changes.h, read and written anew.
 *
 * No lock and no state: what is wrong in it is passed over, since a power cut
 * may have left anything.
 */
#ifndef IDEMFS_CORE_CHANGES_FILE_H
#define IDEMFS_CORE_CHANGES_FILE_H

#include "core/changes/pathmap.h"

#define CHANGES_NAME "changes"
#define CHANGES_NEW CHANGES_NAME ".new"
#define CHANGES_LINE 256 /* room for the lines that are no records */
#define CHANGES_BOOT 64

/* What a file has besides records. */
struct changes_found {
	char boot[CHANGES_BOOT];
	uint64_t last;	 /* the greatest seq */
	uint64_t marked; /* a mark tells all up to that */
	struct timespec marked_at;
	uint64_t flushed; /* all up to that is on disk */
	uint64_t failed;  /* a flush failed, and all up to that was there */
};

/* The records after seq @after, up to @upto, of what stands behind @from. */
int changes_read(int fd, off_t from, uint64_t after, uint64_t upto,
		 struct pathmap *into);
/* All that no mark tells. */
int changes_load(int fd, struct pathmap *into, struct changes_found *ret);

/* The lines, with what is in @f: their length. */
size_t changes_first(const struct changes_found *f, char out[CHANGES_LINE]);
size_t changes_marked(const struct changes_found *f, char out[CHANGES_LINE]);
size_t changes_hashed(uint64_t seq, uint64_t ino, const struct digest *d,
		      char out[CHANGES_LINE]);
size_t changes_flushed(uint64_t seq, char out[CHANGES_LINE]);
size_t changes_failed(uint64_t seq, char out[CHANGES_LINE]);

/*
 * A new file CHANGES_NEW in directory @dir, with what is in @f, and what @map
 * has, but for what has a seq up to @f->last and does not hold below @root,
 * unless that is -1.  *ret_end is its length.
 */
int changes_write(int dir, const struct changes_found *f, struct pathmap *map,
		  int root, int *ret_fd, off_t *ret_end);
/* Likewise with the bytes of @old from @from to its end. */
int changes_write_rest(int dir, const struct changes_found *f, int old,
		       off_t from, int *ret_fd, off_t *ret_end);

/* The boot id of this machine, "?" when it is not known. */
void changes_boot(char ret[CHANGES_BOOT]);

#endif
