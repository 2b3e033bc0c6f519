/* SPDX-License-Identifier: MIT */
/*
 * flush_way: how what many have changed is flushed at once; known of the
 * filesystem (commit.h).
 */
#ifndef IDEMFS_CORE_FLUSH_WAY_H
#define IDEMFS_CORE_FLUSH_WAY_H

enum flush_way { FLUSH_ORDERED, FLUSH_WHOLE, FLUSH_NOTHING };

/* Of the filesystem that @fd is on. */
enum flush_way flush_way_of(int fd);

#endif
