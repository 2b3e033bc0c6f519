/* SPDX-License-Identifier: MIT */
/*
 * learning: what callers in a session that learns are seen to read
 * (core/learn/learn.h).
 *
 *	learning_start()    such a session has begun, and may not go on yet
 *	learning_looked()   by LOOKUP
 *	learning_opened()   by OPEN and CREATE, before the reply
 *	learning_created()  by CREATE
 *	learning_listed()   by READDIR
 *	learning_linked()   by LINK, before it is done
 *	learning_moving()   by RENAME, before it is done; then learning_moved()
 *
 * Where no session learns, each of those but the first is one atomic load, and
 * learning_linked() notes the names that are trusted.
 *
 * While one learns, the kernel may trust no name (cache_name_timeout()), since it
 * does not ask for one that it trusts, present or absent.  What it trusted before
 * is asked for when learning_start() returns (trusted.h).  Attributes may be
 * trusted: a stat(2) is no reading.
 */
#ifndef IDEMFS_MOUNT_ENTRY_LEARNING_H
#define IDEMFS_MOUNT_ENTRY_LEARNING_H

#include "core/learn/learn.h"
#include "mount/fs/fs.h"

struct entry;
struct handle;
struct learning;

int learning_new(struct learning **ret);
void learning_free(struct learning *l); /* NULL is fine */

/* It may wait for as long as a name may be trusted. */
void learning_start(struct fs *fs);

/* A LOOKUP of @name in @dir is about to be answered with @code, or @f. */
void learning_look(struct request *q, struct dir *dir, const char *name,
		   int code, const struct entry *f);
/* @h was opened on @n with @flags of open(2). */
void learning_open(struct request *q, struct node *n, struct handle *h,
		   int flags);
/* @name was made in @dir, by an open with @flags. */
void learning_create(struct request *q, struct dir *dir, const char *name,
		     int flags);
/* @h lists @dir; its names so far are those that all callers see. */
void learning_list(struct request *q, struct dir *dir, struct handle *h);

/* @n gets one more name.  What is in it then is there, too. */
void learning_linked(struct request *q, struct node *n);
/* @name in @dir gets another name: then what is in it is there. */
struct learning_moved {
	bool any, shared;
	char *path;
	uint64_t session, seq;
	uid_t uid;
	struct stat st;
};
void learning_moving(struct request *q, struct dir *dir, const char *name,
		     struct learning_moved *ret);
/* @code: of the RENAME.  Always to be called. */
void learning_moved(struct request *q, struct learning_moved *m, int code);

static inline bool learning_any(const struct fs *fs)
{
	return learn_any(fs->core->learn);
}

static inline void learning_looked(struct request *q, struct dir *dir,
				   const char *name, int code,
				   const struct entry *f)
{
	if (learning_any(q->fs))
		learning_look(q, dir, name, code, f);
}

static inline void learning_opened(struct request *q, struct node *n,
				   struct handle *h, int flags)
{
	if (learning_any(q->fs))
		learning_open(q, n, h, flags);
}

static inline void learning_created(struct request *q, struct dir *dir,
				    const char *name, int flags)
{
	if (learning_any(q->fs))
		learning_create(q, dir, name, flags);
}

static inline void learning_listed(struct request *q, struct dir *dir,
				   struct handle *h)
{
	if (learning_any(q->fs))
		learning_list(q, dir, h);
}

#endif
