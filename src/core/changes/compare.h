/* SPDX-License-Identifier: MIT */
/*
 * judge: does what a record says still hold on disk?
 *
 * Quick: by size, time and inode number.  INPUT, INPLACE and MOVED hold always
 * here; so does GONE, unless something stands at its path.
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
	VERDICT_THERE, /* is gone, and yet something is there */
	VERDICT_TYPE,  /* another kind of file */
	VERDICT_SIZE,
	VERDICT_CONTENT, /* only when it was read */
	VERDICT_MTIME,
	VERDICT_INODE,
	VERDICT_UNKNOWN, /* cannot be looked at */
};

/* Does @r say what is there, so that it can fail to hold? */
bool judge_can(const struct record *r);
enum verdict judge_stat(const struct record *r, const struct stat *st);

/* @root: a descriptor of the root of the tree; no symbolic link is followed. */
enum verdict judge_path(int root, const struct record *r);

/*
 * Which of the records of @map, what was changed before a power cut, are true
 * still?  Of renames of directories, which cannot be told from what is there
 * now, the cut has taken the last ones, if any: names come to the disk in order.
 */
struct judge_cut {
	int root;	/* -1: all of them */
	uint64_t moved; /* the last rename that has come to the disk */
};
int judge_cut_begin(int root, struct pathmap *map, struct judge_cut *ret);
bool judge_cut_holds(const struct judge_cut *c, const struct record *r);

#endif
