/* SPDX-License-Identifier: MIT */
/*
 * fstype: the type of a filesystem, by the numbers of linux/magic.h, which this
 * header includes.
 */
#ifndef IDEMFS_BASE_FSTYPE_H
#define IDEMFS_BASE_FSTYPE_H

#include <linux/magic.h>
#include <stdbool.h>
#include <sys/vfs.h>

/* False when fstatfs(2) fails.  f_type is signed on some machines. */
static inline bool fstype_is(int fd, unsigned int magic)
{
	struct statfs st;

	return !fstatfs(fd, &st) && (unsigned int)st.f_type == magic;
}

#endif
