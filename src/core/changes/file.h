/* SPDX-License-Identifier: MIT */
/*
 * file: the file `.idemfs/changes` of changes.h, read and written anew.
 *
 * No lock and no state.  Wrong lines are passed over, since a power cut may
 * have left any bytes.
 */
#ifndef IDEMFS_CORE_CHANGES_FILE_H
#define IDEMFS_CORE_CHANGES_FILE_H

#include "core/changes/pathmap.h"

#define CHANGES_NAME "changes"
#define CHANGES_NEW CHANGES_NAME ".new"
#define CHANGES_LINE 256 /* room for the lines that are no records */
#define CHANGES_BOOT 64

/* What a file has besides records. */
struct changes_file_found {
	char boot[CHANGES_BOOT];
	uint64_t last;	 /* the greatest seq */
	uint64_t marked; /* a mark tells all up to that */
	struct timespec marked_at;
	uint64_t flushed; /* all up to that is on disk */
	uint64_t failed;  /* a flush failed after that was added */
};

/* The records after seq @after, up to @upto, read from offset @from on. */
int changes_file_read(int fd, off_t from, uint64_t after, uint64_t upto,
		      struct pathmap *into);
/* All records that no mark has told. */
int changes_file_load(int fd, struct pathmap *into,
		      struct changes_file_found *ret);

/* The lines, with what is in @f: their length. */
size_t changes_file_first(const struct changes_file_found *f,
			  char out[CHANGES_LINE]);
size_t changes_file_marked(const struct changes_file_found *f,
			   char out[CHANGES_LINE]);
size_t changes_file_hashed(uint64_t seq, uint64_t ino, const struct digest *d,
			   char out[CHANGES_LINE]);
size_t changes_file_flushed(uint64_t seq, char out[CHANGES_LINE]);
size_t changes_file_failed(uint64_t seq, char out[CHANGES_LINE]);

/*
 * Writes a new file CHANGES_NEW in directory @dir, with the lines of @f and the
 * records of @map.  Unless @root is -1, records with a seq up to @f->last are
 * left out if they are not true below it.  *ret_end is the length.
 */
int changes_file_write(int dir, const struct changes_file_found *f,
		       struct pathmap *map, int root, int *ret_fd,
		       off_t *ret_end);
/* Likewise with the bytes of @old from @from to its end. */
int changes_file_write_rest(int dir, const struct changes_file_found *f,
			    int old, off_t from, int *ret_fd, off_t *ret_end);

/* The boot id of this machine, "?" when it is not known. */
void changes_file_boot(char ret[CHANGES_BOOT]);

#endif
