/* SPDX-License-Identifier: MIT */
/*
 * node_ops: what can be done to a node, one table for each enum node_kind, and
 * one for the name .checkpoints in the root, which is of no kind.
 *
 * mount/ops is the only caller.  It has resolved the node numbers, and has
 * checked that a parent is a directory.  A function that is NULL stands for an
 * error, which is given at each member.
 *
 * Functions return 0 or -errno, and leave what they return by reference alone
 * when they fail.  None replies, with the one exception of flush().
 */
#ifndef IDEMFS_MOUNT_FS_NODE_OPS_H
#define IDEMFS_MOUNT_FS_NODE_OPS_H

#include <linux/fs.h>
#include <sys/types.h>

#include "mount/fs/fs.h"

struct entry;
struct handle;

/* What read() returns: part of the file @fd, or of memory. */
struct bytes {
	int fd;	     /* not owned; -1: they are in text */
	off_t at;    /* in @fd */
	char *text;  /* malloc'ed: the caller frees it; NULL when size is 0 */
	size_t size; /* at most; of a file less, when it ends before that */
};

/* What lsattr(1) and chattr(1) ask for and set. */
union node_ioctl {
	int flags;	     /* FS_IOC_GETFLAGS, FS_IOC_SETFLAGS */
	struct fsxattr attr; /* FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR */
};

struct node_ops {
	int refusal;	   /* -errno: of a name or a setattr() that is NULL */
	int xattr_refusal; /* likewise of setxattr() and removexattr() */

	/*
	 * Names in the directory @in, or in its place when the directory shows
	 * another one (--run-id).  NULL: refusal
	 */
	/* -ENOENT may set ret->entry_timeout: so long it may be remembered. */
	int (*lookup)(struct request *q, struct node *in, const char *name,
		      struct entry *ret);
	int (*mkdir)(struct request *q, struct node *in, const char *name,
		     mode_t mode);
	int (*mknod)(struct request *q, struct node *in, const char *name,
		     mode_t mode, dev_t dev);
	int (*symlink)(struct request *q, struct node *in, const char *name,
		       const char *target);
	/* Of @n, whatever its kind is. */
	int (*link)(struct request *q, struct node *n, struct node *in,
		    const char *name, struct entry *ret);
	int (*unlink)(struct request *q, struct node *in, const char *name);
	int (*rmdir)(struct request *q, struct node *in, const char *name);
	/* Both directories are of this kind. */
	int (*rename)(struct request *q, struct node *in, const char *name,
		      struct node *to, const char *to_name, unsigned int flags);
	/* A name of the backing tree is renamed to one of this kind. */
	int (*adopt)(struct request *q, struct node *in, const char *name,
		     struct node *to, const char *to_name, unsigned int flags);
	/*
	 * A file that is open: its node and attributes, and a handle that the
	 * node knows (opened.h).  @fi has the flags, and gets the reply's.
	 */
	int (*create)(struct request *q, struct node *in, const char *name,
		      mode_t mode, struct fuse_file_info *fi, struct entry *ret,
		      struct handle **ret_handle);
	/* NULL: -EOPNOTSUPP */
	int (*tmpfile)(struct request *q, struct node *in, mode_t mode,
		       struct fuse_file_info *fi, struct entry *ret,
		       struct handle **ret_handle);

	/* Attributes.  @h may be NULL; @ret_timeout: seconds, 0 at first. */
	int (*getattr)(struct request *q, struct node *n, struct handle *h,
		       struct stat *ret, double *ret_timeout);
	/* @to_set: FUSE_SET_ATTR_…  NULL: refusal */
	int (*setattr)(struct request *q, struct node *n, struct handle *h,
		       const struct stat *attr, int to_set);
	/* NULL: -EINVAL */
	int (*readlink)(struct request *q, struct node *n, char *buf,
			size_t size);
	/* NULL: xattr_refusal.  Copies go on without, as coreutils' do. */
	int (*setxattr)(struct request *q, struct node *n, const char *name,
			const char *value, size_t size, int flags);
	int (*removexattr)(struct request *q, struct node *n, const char *name);
	/* The size of the value; @size 0: no more than that.  NULL: -ENODATA */
	ssize_t (*getxattr)(struct request *q, struct node *n, const char *name,
			    char *buf, size_t size);
	/* Likewise of the list of names.  NULL: there are none. */
	ssize_t (*listxattr)(struct request *q, struct node *n, char *buf,
			     size_t size);

	/* Open files.  As create(). */
	int (*open)(struct request *q, struct node *n,
		    struct fuse_file_info *fi, struct handle **ret_handle);
	/* The reply to open() or create() has not arrived. */
	void (*unopen)(struct request *q, struct handle *h,
		       struct fuse_file_info *fi);
	int (*read)(struct request *q, struct handle *h, size_t size, off_t off,
		    struct bytes *ret);
	int (*write)(struct request *q, struct handle *h, const char *buf,
		     size_t size, off_t off, struct fuse_file_info *fi);
	/*
	 * close(2) of one descriptor.  VERSION_LATER: the reply comes, or has
	 * come, from another thread.  NULL: 0
	 */
	int (*flush)(struct request *q, struct handle *h);
	/* NULL: 0 */
	int (*fsync)(struct request *q, struct handle *h, int datasync);
	/* NULL: -EOPNOTSUPP */
	int (*fallocate)(struct request *q, struct handle *h, int mode,
			 off_t off, off_t size);
	/* How much; @from is of the same kind.  NULL: -EOPNOTSUPP */
	ssize_t (*copy)(struct request *q, struct handle *from, off_t from_off,
			struct handle *to, off_t to_off, size_t size);
	/* NULL: -EINVAL */
	int (*lseek)(struct request *q, struct handle *h, off_t off, int whence,
		     off_t *ret);
	/* ioctl(2) @cmd, of directories, too.  NULL: -ENOTTY */
	int (*ioctl)(struct request *q, struct handle *h, unsigned int cmd,
		     const void *in, size_t in_size, union node_ioctl *ret);
	/* RELEASE, before the handle is freed.  NULL: nothing */
	void (*release)(struct request *q, struct handle *h);

	/*
	 * Directories: takes down the names in @h, which has none (handle.h).
	 */
	int (*list)(struct request *q, struct handle *h);
	int (*fsyncdir)(struct request *q, struct handle *h); /* NULL: 0 */
};

#endif
