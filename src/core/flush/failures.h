/* SPDX-License-Identifier: MIT */
/*
 * untold: what could not be promoted though its writer was told that all is
 * well, until the next mark says so (F9): a mark of the user whose it was, or of
 * root for what is root's or the daemon's user's.  Else users could have every
 * mark of others fail.
 *
 * Thread-safe; its lock is the last of all.
 */
#ifndef IDEMFS_CORE_FLUSH_FAILURES_H
#define IDEMFS_CORE_FLUSH_FAILURES_H

#include <stddef.h>
#include <sys/types.h>

#define UNTOLD_OF_ALL ((uid_t)-1) /* of a flush: whoever comes first */

struct untold;

int untold_new(struct untold **ret);
void untold_free(struct untold *u); /* NULL is fine */

/* The last of a user counts; @path "": what was promoted is not on disk. */
void untold_note(struct untold *u, uid_t uid, const char *path, int code);
/* One that nobody has been told of: -EIO and a sentence, once. */
int untold_take(struct untold *u, uid_t uid, char *why, size_t size);
/* Likewise, whose ever it is. */
int untold_take_any(struct untold *u, char *why, size_t size);

/* Why the last mark was not made; "": it was.  For status. */
#define UNTOLD_MARK_MAX 512
void untold_set_mark(struct untold *u, const char *why);
void untold_get_mark(struct untold *u, char why[UNTOLD_MARK_MAX]);

#endif
