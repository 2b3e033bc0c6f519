/* SPDX-License-Identifier: MIT */
/*
 * way: how many changes are flushed at once, by the type of the
 * filesystem.
 *
 *	ordered  ext4 with a journal, XFS: a commit of the log is one of all that
 *		 was changed before it, and names are never on disk before the
 *		 bytes that were written back before they were made
 *	whole    others that syncfs(2) is known to flush
 *	each	 all else.  syncfs(2) does nothing on a FUSE client, which keeps
 *		 what it has been given: there each file and each directory is
 *		 fsynced
 *	nothing  tmpfs: nothing survives
 */
#ifndef IDEMFS_CORE_DISK_WAY_H
#define IDEMFS_CORE_DISK_WAY_H

enum way { WAY_ORDERED, WAY_WHOLE, WAY_EACH, WAY_NOTHING };

/* Of the filesystem that @fd is on. */
enum way way_of(int fd);

/*
 * Makes sure that the bytes of file @fd are on disk before any name that it
 * gets later.  That is less than fdatasync(2): the disk's cache may hold them
 * back, but not beyond the next commit of the log.
 */
int way_flush_bytes(enum way way, int fd);

/* Flushes the bytes of @fd and the names in @dir, where each needs that. */
int way_flush_file(int dir, int fd);

/*
 * Flushes all that was written so far to the filesystem of directory @fd, if
 * one call can do that; if not, the names in @fd itself.
 */
int way_flush_names(int fd);

#endif
