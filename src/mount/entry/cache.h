/* SPDX-License-Identifier: MIT */
/*
 * cache: how long the kernel may trust names and attributes, and what it is
 * told to forget.
 *
 * A timeout is in seconds, and 0 means that the kernel asks each time.  It is
 * long (--cache) for what only this mount changes, since the kernel sees all of
 * that; and 0 for what a promotion is about to change without a request.  When
 * something changes behind a timeout that was given before, cache_forget_…()
 * tells the kernel.
 *
 * The kernel may wait for locks of its own before it returns from such a
 * notice: no lock of ours may be held.
 */
#ifndef IDEMFS_MOUNT_ENTRY_CACHE_H
#define IDEMFS_MOUNT_ENTRY_CACHE_H

#include "mount/fs/fs.h"

/* For what no pending version concerns. */
double cache_timeout(struct fs *fs);
/* Likewise for a name, there or not: 0 while a session learns (learning.h). */
double cache_name_timeout(struct fs *fs);
/*
 * For the attributes of directory @d, which were read while its epoch was
 * @epoch: 0 when a promotion may have moved its times since, or is about to.
 */
double cache_dir_timeout(struct fs *fs, struct dir *d, unsigned long epoch);
/* For the attributes of a pending version: its promotion changes the ctime. */
double cache_version_timeout(struct fs *fs, struct version *v);

/* The kernel reads the attributes again: of @n, */
void cache_forget_node(struct fs *fs, struct node *n);
/* of the committed file @key, */
void cache_forget_file(struct fs *fs, const struct file_key *key);
/* of the committed file that @v came from, whose other readers and names show
 * what was set through the version. */
void cache_forget_base(struct fs *fs, struct version *v);
/*
 * Of all versions that are pending at @name, after a change that came through
 * another node than theirs.
 */
void cache_forget_pending(struct fs *fs, struct dir *dir, const char *name);
/* Of all versions that came from @key and have no copy of it yet. */
void cache_forget_copyless(struct fs *fs, const struct file_key *key);
/*
 * The attributes and the pages of @v, which was changed through another node
 * than its own.  May wait.
 */
void cache_forget_version(struct fs *fs, struct version *v);
/* All that the promotion of @v, which is being closed, is going to change. */
void cache_forget_closing(struct fs *fs, struct version *v);
/*
 * The kernel looks @name up again: a version is pending there that no LOOKUP
 * has told it of.  The notice waits for the directory's lock in the kernel, and
 * so for other requests: begin the version before, and hold no lock.
 */
void cache_forget_name(struct fs *fs, struct dir *d, const char *name);

#endif
