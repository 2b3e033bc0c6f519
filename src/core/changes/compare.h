/* SPDX-License-Identifier: MIT */
/*
 * compare: is a record still true of what is on disk?
 *
 * Quick: by size, time and inode number.  INPUT, what was learned, INPLACE and
 * MOVED always hold here.  GONE holds unless something is at its path.
 */
#ifndef IDEMFS_CORE_CHANGES_COMPARE_H
#define IDEMFS_CORE_CHANGES_COMPARE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "core/changes/pathmap.h"
#include "core/record/record.h"

enum verdict {
	VERDICT_HOLDS,
	VERDICT_MISSING,
	VERDICT_THERE, /* gone, says the record, and yet something is there */
	VERDICT_TYPE,  /* another kind of file */
	VERDICT_SIZE,
	VERDICT_CONTENT, /* other bytes; only if they were read */
	VERDICT_MTIME,
	VERDICT_INODE,
	VERDICT_UNKNOWN, /* cannot be looked at */
};

/* Can a record like @r fail to hold? */
bool compare_applies(const struct record *r);
enum verdict compare_stat(const struct record *r, const struct stat *st);

/* @root: a descriptor of the root of the tree; no symbolic link is followed. */
enum verdict compare_path(int root, const struct record *r);

/*
 * Which of the records of @map, of changes before a power cut, are still true?
 * A rename of a directory cannot be seen in what is there now.  But names come
 * to the disk in order, so the cut has taken the last of them, if any.
 */
struct compare_cut {
	int root; /* -1: all of them */
	const struct pathmap *map;
	uint64_t moved; /* the last rename that has come to the disk */
};
int compare_cut_begin(int root, struct pathmap *map, struct compare_cut *ret);
/* @r and @node: from pathmap_each(). */
bool compare_cut_holds(const struct compare_cut *c, const struct record *r,
		       uint32_t node);

#endif
