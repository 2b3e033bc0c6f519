/* SPDX-License-Identifier: MIT */
/*
 * change: tells the history (changes.h), and who flushes (flush.h), of what
 * has just been done to the tree.
 *
 * Under t->names, which has been held since the change was made: so records
 * stand in the order of the changes.  What cannot be looked at any more is told
 * as gone.  Of marks, and of their groups, nothing is told.
 */
#ifndef IDEMFS_CORE_CHANGES_NOTE_H
#define IDEMFS_CORE_CHANGES_NOTE_H

#include "core/record/record.h"
#include "core/version/version.h"

/* @v is promoted to @name. */
void change_promoted(struct version *v, struct dir *dir, const char *name);
/* Something was made at @name, renamed to it, or linked there. */
void change_made(struct versions *t, struct dir *dir, const char *name);
/* Nothing stands there any more. */
void change_gone(struct versions *t, struct dir *dir, const char *name);
/* A directory was renamed. */
void change_moved(struct versions *t, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name);
/*
 * For who comes after a crash: whatever stands at @path now; and, of two names
 * that were renamed to each other, or not, whatever is below them.  A path that
 * leads out of the tree, or to what is hidden, is passed over.
 */
void change_found(struct versions *t, char *path);
void change_found_renamed(struct versions *t, char *path, char *to);
/* It is written in place; any thread, no lock. */
void change_in_place(struct versions *t, struct dir *dir, const char *name);

/*
 * The file @fd at @name may get other times: change_times_begin() before that,
 * change_times_end() after it.
 */
struct change_times {
	struct stat before;
	bool known;
};
void change_times_begin(int fd, struct change_times *c);
void change_times_end(struct versions *t, struct dir *dir, const char *name,
		      int fd, const struct change_times *c);

#endif
