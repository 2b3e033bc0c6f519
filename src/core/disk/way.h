/* SPDX-License-Identifier: MIT */
/*
 * flush_way: how what many have changed is flushed at once; known of the
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

enum flush_way { FLUSH_ORDERED, FLUSH_WHOLE, FLUSH_EACH, FLUSH_NOTHING };

/* Of the filesystem that @fd is on. */
enum flush_way flush_way_of(int fd);

/*
 * The bytes of file @fd are on disk before any name that it is given from here
 * on.  That is less than fdatasync(2): the disk itself may hold them back, but
 * not beyond the next commit of the log.
 */
int flush_bytes(enum flush_way way, int fd);

/* The bytes of @fd, and the names in @dir: where each is to be flushed. */
int flush_file_in(int dir, int fd);

/*
 * All that was written to the filesystem of directory @fd so far is on disk, as
 * far as one call can do that; and, where it cannot, the names in @fd itself.
 */
int flush_names(int fd);

#endif
