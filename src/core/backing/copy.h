/* SPDX-License-Identifier: MIT */
/*
 * copy: the bytes and the attributes of one file to another.
 *
 * Blocks are shared where the filesystem can do that.  All return 0 or -errno.
 * A copy that failed must be thrown away.
 */
#ifndef IDEMFS_CORE_BACKING_COPY_H
#define IDEMFS_CORE_BACKING_COPY_H

#include <stdbool.h>
#include <sys/types.h>

/* Copies bytes, and keeps holes where the filesystem tells them. */
int copy_bytes(int from, int to);
/* Likewise the bytes before @end.  @to does not become shorter. */
int copy_extents(int from, int to, off_t end);
/* Copies the bytes from @off to @end, to the same offset. */
int copy_range(int from, int to, off_t off, off_t end);
/*
 * Copies owner, mode, ACL and extended attributes; set-id bits and capabilities
 * only with @powers.  If the owner cannot be kept, set-id bits are not, either.
 */
struct copied {
	bool owner; /* could be kept */
	bool bare;  /* there was no extended attribute */
};
int copy_attributes(int from, int to, bool powers, struct copied *ret);

#endif
