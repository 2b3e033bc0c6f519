/* SPDX-License-Identifier: MIT */
/*
 * file: opening, creating, reading, writing and closing files of the backing
 * tree.
 *
 *	file_open(), file_create(), file_tmpfile()   make a handle (opened.h)
 *	file_read() … file_lseek()                   use it
 *	file_flush()                                 each close(2)
 *	file_passes_release(), file_release()        after the last one
 *
 * An open for reading gets a descriptor of what is committed, or shares the
 * version that its own process is writing.  An open for writing gets a version
 * of its own or joins one.  When its path led to a committed file, the caller
 * is sent back once, to be led to the version (entry.h).
 *
 * The members of struct node_ops (fs/node_ops.h) that these functions are for
 * say what they return.
 */
#ifndef IDEMFS_MOUNT_FILE_FILE_H
#define IDEMFS_MOUNT_FILE_FILE_H

#include "mount/fs/node_ops.h"

int file_open(struct request *q, struct node *n, struct fuse_file_info *fi,
	      struct handle **ret_handle);
int file_create(struct request *q, struct node *in, const char *name,
		mode_t mode, struct fuse_file_info *fi, struct entry *ret,
		struct handle **ret_handle);
int file_tmpfile(struct request *q, struct node *in, mode_t mode,
		 struct fuse_file_info *fi, struct entry *ret,
		 struct handle **ret_handle);
void file_unopen(struct request *q, struct handle *h,
		 struct fuse_file_info *fi);

int file_read(struct request *q, struct handle *h, size_t size, off_t off,
	      struct bytes *ret);
int file_write(struct request *q, struct handle *h, const char *buf,
	       size_t size, off_t off, struct fuse_file_info *fi);
int file_fsync(struct request *q, struct handle *h, int datasync);
int file_fallocate(struct request *q, struct handle *h, int mode, off_t off,
		   off_t size);
ssize_t file_copy(struct request *q, struct handle *from, off_t from_off,
		  struct handle *to, off_t to_off, size_t size);
int file_lseek(struct request *q, struct handle *h, off_t off, int whence,
	       off_t *ret);
int file_flush(struct request *q, struct handle *h);

/*
 * truncate(2) of @n, or ftruncate(2) of @h, when that is open for writing.
 * FILE_UNCHANGED: a committed file has that size already, and the caller is to
 * move its mtime.  (overlayfs does that to what it has copied up, and cannot be
 * sent back: open.c.)
 */
#define FILE_UNCHANGED 1
int file_truncate(struct request *q, struct node *n, struct handle *h,
		  off_t size);

/*
 * The RELEASE of @h has passed the gate: its version is sealed, so that
 * whatever asks for the name after the close(2) waits until it is settled (F2).
 * Called in the order of the kernel's queue.
 */
void file_passes_release(struct fs *fs, struct handle *h);
/*
 * That RELEASE, for handles of every kind: settles the version, frees @h.
 * Returns the process for which the caller must call exit_locks_drop() once it
 * has replied, or 0.
 */
pid_t file_release(struct fs *fs, struct handle *h);

#endif
