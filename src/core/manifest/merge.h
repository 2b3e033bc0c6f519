/* SPDX-License-Identifier: MIT */
/*
 * sources: the manifests below a directory, read as one, in the order of seq.
 *
 *	sources_add()    every manifest below a directory
 *	sources_each()   every record of them
 *
 * A manifest is read twice: first to see whether its digest is right, and what
 * its first seq is.  So few of them need to be open at a time.
 */
#ifndef IDEMFS_CORE_MANIFEST_MERGE_H
#define IDEMFS_CORE_MANIFEST_MERGE_H

#include <stdbool.h>

#include "core/manifest/manifest.h"

struct source {
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

struct sources {
	struct source *items;
	size_t count, room;
};

/* Adds all below @dir, a descriptor that must stay open as long as @s. */
int sources_add(struct sources *s, int dir);
void sources_release(struct sources *s);

/* Ends when @each returns anything but 0. */
int sources_each(struct sources *s,
		 int (*each)(void *arg, const struct record *r, uint32_t who),
		 void *arg);

#endif
