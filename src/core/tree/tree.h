/* SPDX-License-Identifier: MIT */
/*
 * tree: the door through which every change of the backing tree goes, but for
 * promotion itself (promote.c).
 *
 * Each call does one thing on the backing filesystem and keeps the names of
 * pending versions right with it (F6), under t->names, so that no promotion
 * runs in between.  What a name is to the caller is what he sees: his own
 * pending version, else the committed file.  A change of a name that is
 * committed concerns all versions that are pending there; of one that never
 * was, only the caller's own.
 *
 * Names that are idemfs' own, and what is no name of an entry ("", ".", "..", a
 * path), are -EPERM, or -ENOENT where they would have to exist.
 */
#ifndef IDEMFS_CORE_TREE_TREE_H
#define IDEMFS_CORE_TREE_TREE_H

#include "core/backing/attr.h"
#include "core/version/version.h"

int tree_mkdir(struct versions *t, struct dir *dir, const char *name,
	       mode_t mode, const struct caller *by);
int tree_mknod(struct versions *t, struct dir *dir, const char *name,
	       mode_t mode, dev_t dev, const struct caller *by);
/* A file that is written in place (F12); *ret_fd is open on it. */
int tree_create(struct versions *t, struct dir *dir, const char *name,
		int flags, mode_t mode, const struct caller *by, int *ret_fd);
/*
 * One that is committed as it is, empty: -EEXIST when something is there or
 * pending; *ret_fd is open on it, with @flags.
 */
int tree_create_empty(struct versions *t, struct dir *dir, const char *name,
		      int flags, mode_t mode, const struct caller *by,
		      int *ret_fd);
int tree_symlink(struct versions *t, struct dir *dir, const char *name,
		 const char *target, const struct caller *by);
int tree_unlink(struct versions *t, struct dir *dir, const char *name,
		const struct caller *by);
int tree_rmdir(struct versions *t, struct dir *dir, const char *name);
int tree_rename(struct versions *t, struct dir *dir, const char *name,
		struct dir *to, const char *to_name, unsigned int flags,
		const struct caller *by);
/* A hard link to the committed file @key at @name. */
int tree_link(struct versions *t, struct dir *dir, const char *name,
	      const struct file_key *key, struct dir *to, const char *to_name);
/* One more name for a pending version. */
int tree_link_version(struct version *v, struct dir *to, const char *to_name);

/* Attributes */

/* Of a directory, once nothing that was closed in it moves its times again. */
int tree_change_dir(struct versions *t, struct dir *dir,
		    const struct attr_change *c);

/* Of a version by itself; without a copy of its own yet, of what it came from. */
int tree_change_version(struct version *v, const struct attr_change *c);

/*
 * Applies @c to the committed file at @name, when it is @key, and, once that is
 * done, to each version of the same user's that is pending there (F7): what may
 * be changed of a file says nothing about what others are writing.  A caller sees
 * one of all these at @name, and only that one gets @c->arg: the others get
 * @c->harmless.  So does a version that another user has opened, too.  An open
 * does not tell which user writes: the descriptor may have been handed on.
 */
struct tree_change {
	int (*apply)(int fd, const void *arg);
	const void *arg;
	const void *harmless; /* the same, less what lets a program act as
			       *   somebody else */
	uid_t by;
	struct version *shown; /* what @by sees there; NULL: what is
				*   committed */
};
int tree_change_both(struct versions *t, struct dir *dir, const char *name,
		     const struct file_key *key, const struct tree_change *c);

#endif
