/* SPDX-License-Identifier: MIT */
/*
 * tree: the door through which every change of the backing tree goes, except
 * promotion itself (promote.c).
 *
 * Each call does one thing on the backing filesystem and updates the names of
 * pending versions (F6), while it holds their directories (tree_lock.h), so that
 * no promotion runs in between.  A name means what the caller sees there: its own
 * pending version, else the committed file.  A change of a committed name concerns
 * all versions that are pending there.  A change of a name that was never
 * committed concerns only the caller's own.
 *
 * Reserved names, and those that no entry can have ("", ".", "..", a path), are
 * -EPERM, or -ENOENT where they would have to exist.
 *
 * A change belongs to the session of its caller (by->session).
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
 * A file that is committed at once, empty.  -EEXIST when a file is there or
 * pending.  *ret_fd is open on it, with @flags.
 */
int tree_create_empty(struct versions *t, struct dir *dir, const char *name,
		      int flags, mode_t mode, const struct caller *by,
		      int *ret_fd);
int tree_symlink(struct versions *t, struct dir *dir, const char *name,
		 const char *target, const struct caller *by);
int tree_unlink(struct versions *t, struct dir *dir, const char *name,
		const struct caller *by);
/*
 * The directory at @name, a reference, and its attributes.  No rename comes
 * between the two; so it is known where it is, and a thread that changes what is
 * in it waits for the same lock.  -ENOTDIR when it is none.
 */
int tree_know_dir(struct versions *t, struct dir *dir, const char *name,
		  struct statx *ret_st, struct dir **ret);
int tree_rmdir(struct versions *t, struct dir *dir, const char *name,
	       const struct caller *by);
int tree_rename(struct versions *t, struct dir *dir, const char *name,
		struct dir *to, const char *to_name, unsigned int flags,
		const struct caller *by);
/* A hard link to the committed file @key at @name. */
int tree_link(struct versions *t, struct dir *dir, const char *name,
	      const struct file_key *key, struct dir *to, const char *to_name,
	      const struct caller *by);
/* One more name for a pending version, whose change it stays. */
int tree_link_version(struct version *v, struct dir *to, const char *to_name);

/* Attributes */

/* Of a directory, once no version that was closed moves its times. */
int tree_change_dir(struct versions *t, struct dir *dir,
		    const struct attr_change *c);

/* Of a version alone; if it has no copy yet, of the file that it came from. */
int tree_change_version(struct version *v, const struct attr_change *c);

/*
 * Applies @c to the committed file at @name, if it is @key, and then to each
 * version of the same user's that is pending there (F7): the right to change a
 * file does not include what others are writing.  The caller sees one of these
 * at @name, and only that one gets @c->arg.  The others get @c->harmless, and
 * so does a version that another user has opened, too.  An open does not tell
 * which user writes: the descriptor may have been handed on.
 */
struct tree_change {
	int (*apply)(int fd, const void *arg);
	const void *arg;
	const void *harmless; /* the same, without bits that let a program
			       *   act as another user */
	const struct caller *by;
	struct version *shown; /* what @by sees there; NULL: the
				*   committed file */
};
int tree_change_both(struct versions *t, struct dir *dir, const char *name,
		     const struct file_key *key, const struct tree_change *c);

#endif
