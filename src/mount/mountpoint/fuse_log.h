/* SPDX-License-Identifier: MIT */
/*
 * fusewords: catches what libfuse prints while something is tried.
 *
 * It prints on stderr why it does not mount.  The first such line becomes part
 * of ours instead.  For one thread, before others are there.
 */
#ifndef IDEMFS_MOUNT_FUSEWORDS_H
#define IDEMFS_MOUNT_FUSEWORDS_H

void fusewords_begin(void);
/* The line, without its end; "" when there was none.  Good until the next. */
const char *fusewords_end(void);

#endif
