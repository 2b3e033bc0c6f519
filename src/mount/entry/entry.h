/* SPDX-License-Identifier: MIT */
/*
 * entry: from a name to a node, and what the kernel is told of both.
 *
 *	entry_lookup()     by LOOKUP, and after mkdir and the like
 *	entry_getattr()    by GETATTR, and after SETATTR
 *	entry_reserve()    by whatever is about to write a name's next version
 *	entry_send_back()  by OPEN: the caller shall walk its path again
 *
 * What a thread finds at a name: its own pending version, or that of a process
 * that it comes from (F3); else the committed file; else nothing.
 *
 * An OPEN comes for the node that the path led to, which is the committed
 * file's node, while a write needs the node of a new version.
 * entry_send_back() has the OPEN answered with ESTALE, and Linux walks the path
 * again, once, in the same thread (fs/namei.c, do_filp_open()).  entry_lookup()
 * then leads that thread to the node of the new version (redirect.h).
 *
 * Other headers of this room: place.h (where a node's file is), cache.h (what
 * the kernel may remember), in_place.h (which files need no version), and
 * redirect.h (threads that were sent back).
 */
#ifndef IDEMFS_MOUNT_ENTRY_ENTRY_H
#define IDEMFS_MOUNT_ENTRY_ENTRY_H

#include "mount/fs/fs.h"

/*
 * What is at a name: the node (a reference), its attributes, and for how many
 * seconds the kernel may trust the name and the attributes.
 */
struct entry {
	struct node *node;
	struct stat st;
	double entry_timeout;
	double attr_timeout;
};

/* The committed file or directory of that name, of which statx(2) said @st. */
int entry_of_file(struct fs *fs, struct dir *dir, const char *name,
		  const struct statx *st, struct entry *ret);
/* Directory @d, as it is now. */
int entry_of_dir(struct fs *fs, struct dir *d, struct entry *ret);
/* Version @v, looked up by thread @tid, which may be about to open it. */
int entry_of_version(struct fs *fs, struct version *v, struct dir *dir,
		     const char *name, pid_t tid, struct entry *ret);

/*
 * What thread @tid finds at @name.  -ENOENT sets ret->entry_timeout: for so
 * long the kernel may remember that there is nothing.
 */
int entry_lookup(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
		 struct entry *ret);

/* The attributes of @n now; @h: a handle on it, or NULL. */
int entry_getattr(struct fs *fs, struct node *n, struct handle *h,
		  struct stat *ret, double *ret_timeout);

/*
 * A version for an open or truncation of @name, with a node of its own: a
 * reference that is held, so call version_unhold() and version_put().  Errors,
 * and VERSION_IN_PLACE, as version_reserve().
 */
int entry_reserve(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
		  bool trunc, struct version **ret_version);

/*
 * Thread @tid has come to @n with @flags of open(2), and is to walk its path
 * again: what to answer, which is -ESTALE unless something fails.
 */
int entry_send_back(struct fs *fs, struct node *n, pid_t tid, int flags);
/* Likewise to @name, when that is known to lead there. */
int entry_send_back_to(struct fs *fs, struct node *n, struct dir *dir,
		       const char *name, pid_t tid, int flags);
/* Do @flags of open(2) ask for a version to write? */
bool entry_is_write(int flags);

#endif
