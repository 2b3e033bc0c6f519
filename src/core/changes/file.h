/* SPDX-License-Identifier: MIT */
/*
 * file: the file `.idemfs/changes` of changes.h, read and written anew.
 *
 * No lock and no state.  Wrong lines are passed over, since a power cut may
 * have left any bytes.
 */
#ifndef IDEMFS_CORE_CHANGES_FILE_H
#define IDEMFS_CORE_CHANGES_FILE_H

#include "core/changes/authors.h"
#include "core/changes/pathmap.h"

#define CHANGES_NAME "changes"
#define CHANGES_NEW CHANGES_NAME ".new"
#define CHANGES_LINE 256 /* room for the lines that are no records */
#define CHANGES_BOOT 64

/* What a file has besides records. */
struct changes_file_found {
	char boot[CHANGES_BOOT];
	uint64_t last;	 /* the greatest seq of a record */
	uint64_t used;	 /* the greatest seq of all */
	uint64_t marked; /* marks tell all up to that, of every author */
	struct timespec marked_at; /* when the last one of scope 0 was made */
	uint64_t flushed;	   /* all up to that is on disk */
	uint64_t failed;	   /* a flush failed after that was added */
	bool mixed; /* marks have told later records than some untold ones */
};

/* The records of @told (by id), each after its seq, up to @upto. */
struct changes_pick {
	const struct author_told *told;
	size_t count;
	uint64_t upto;
	bool mixed; /* and others in between, */
	bool moves; /*   whose renames are kept, where they matter */
};

/* From @from on. */
int changes_file_read(int fd, const struct authors_place *from,
		      const struct changes_pick *pick, struct pathmap *into);
/* Likewise all records, up to seq @upto. */
int changes_file_each(int fd, const struct authors_place *from, uint64_t upto,
		      int (*each)(void *arg, const struct record *r),
		      void *arg);
/* All records that no mark has told.  Also its authors; or NULL. */
int changes_file_load(int fd, struct pathmap *into,
		      struct changes_file_found *ret,
		      struct authors *ret_authors);
/* What marks have told, by author: malloc'ed, as long as @a. */
struct author_told *changes_file_told(const struct authors *a, uint64_t marked);

/* The lines, with what is in @f: their length. */
size_t changes_file_first(const struct changes_file_found *f,
			  char out[CHANGES_LINE]);
size_t changes_file_marked(const struct changes_file_found *f,
			   char out[CHANGES_LINE]);
size_t changes_file_hashed(uint64_t seq, uint64_t ino, const struct digest *d,
			   char out[CHANGES_LINE]);
size_t changes_file_flushed(uint64_t seq, char out[CHANGES_LINE]);
size_t changes_file_failed(uint64_t seq, char out[CHANGES_LINE]);
size_t changes_file_by(uint64_t id, char out[CHANGES_LINE]);
/* Before a record that has ->kept. */
size_t changes_file_kept(char out[CHANGES_LINE]);

/*
 * Writes a new file CHANGES_NEW in directory @dir, with the lines of @f and of
 * the sessions of @a (NULL: there are none), and the records of @map; those of
 * a session that is not in @a are of author 0.  Unless @root is -1, records with a
 * seq up to @f->last are left out if they are not true below it.  *ret_end is
 * the length.  It ends with author 0.
 */
int changes_file_write(int dir, const struct changes_file_found *f,
		       const struct authors *a, struct pathmap *map, int root,
		       int *ret_fd, off_t *ret_end);
/*
 * Likewise with the bytes of @old from @from to its end, which begin at
 * *ret_begin.
 */
int changes_file_write_rest(int dir, const struct changes_file_found *f,
			    const struct authors *a, int old,
			    const struct authors_place *from, int *ret_fd,
			    off_t *ret_begin, off_t *ret_end);

/* The boot id of this machine, "?" when it is not known. */
void changes_file_boot(char ret[CHANGES_BOOT]);

#endif
