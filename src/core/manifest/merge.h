/* SPDX-License-Identifier: MIT */
/*
 * merge: the manifests below a directory, read as one, in the order of seq.
 *
 *	merge_add()    every manifest below a directory
 *	merge_each()   every record of them; or merge_before(), to have records
 *	               from elsewhere in between
 *
 * A manifest is read twice: first to see whether its digest is right, and what
 * its first seq is.  So few of them need to be open at a time.
 */
#ifndef IDEMFS_CORE_MANIFEST_MERGE_H
#define IDEMFS_CORE_MANIFEST_MERGE_H

#include <stdbool.h>

#include "core/manifest/manifest.h"

struct merge_source {
	char *name;	/* its path below @dir */
	int dir;	/* the caller's */
	ino_t ino;	/* which file it was, */
	mode_t mode;	/*   and its mode */
	int code;	/* 0: its digest is right */
	uint32_t who;	/* the caller's number for it */
	uint64_t first; /* seq of its first record; UINT64_MAX: none */
	int fd;		/* -1 unless it is being read */
	struct manifest_reader *m; /* likewise */
	struct record next;
};

struct merge {
	struct merge_source *items;
	size_t count, room;
	/* private, of reading: */
	struct merge_source **order; /* by their first seq */
	size_t ordered, opened;
	size_t begin; /* those before it are done */
};

/* Adds all below @dir, a descriptor that must stay open as long as @s. */
int merge_add(struct merge *s, int dir);
void merge_release(struct merge *s);

/* Ends when @each returns anything but 0. */
int merge_each(struct merge *s,
	       int (*each)(void *arg, const struct record *r, uint32_t who),
	       void *arg);

/*
 * Likewise, but ends at the first record that does not come before @before.  It
 * goes on from there when it is called again; at last with NULL, for the rest.
 */
int merge_before(struct merge *s, const struct record *before,
		 int (*each)(void *arg, const struct record *r, uint32_t who),
		 void *arg);

#endif
