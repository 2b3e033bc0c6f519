/* SPDX-License-Identifier: MIT */
/*
 * name: making, moving, removing and listing names of the backing tree.
 *
 * All changes go through core's door (core/tree/tree.h), which keeps pending
 * names right.  Here the nodes learn where their files are.
 *
 * The members of struct node_ops (fs/node_ops.h) that these functions are for
 * say what they return.  Another header of this room: listing.h.
 */
#ifndef IDEMFS_MOUNT_NAME_NAME_H
#define IDEMFS_MOUNT_NAME_NAME_H

#include "mount/fs/node_ops.h"

int name_lookup(struct request *q, struct node *in, const char *name,
		struct entry *ret);
int name_mkdir(struct request *q, struct node *in, const char *name,
	       mode_t mode);
int name_mknod(struct request *q, struct node *in, const char *name,
	       mode_t mode, dev_t dev);
int name_symlink(struct request *q, struct node *in, const char *name,
		 const char *target);
int name_link(struct request *q, struct node *n, struct node *in,
	      const char *name, struct entry *ret);
int name_unlink(struct request *q, struct node *in, const char *name);
int name_rmdir(struct request *q, struct node *in, const char *name);
/* -ESTALE: the kernel is to look the old name up anew, and to ask again. */
int name_rename(struct request *q, struct node *in, const char *name,
		struct node *to, const char *to_name, unsigned int flags);
/* @buf: PATH_MAX + 1 bytes or more; gets a string. */
int name_readlink(struct request *q, struct node *n, char *buf, size_t size);

/* The names in the directory that @h is open on. */
int name_list(struct request *q, struct handle *h);

/* A file was renamed to @name in @dir: its node, if it has one, learns that. */
void name_moved(struct fs *fs, struct dir *dir, const char *name);

#endif
