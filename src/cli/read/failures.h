/* SPDX-License-Identifier: MIT */
/*
 * failures: what the log of a directory says went wrong, from a moment on.
 *
 *	failures_begin()   this moment
 *	failures_next()    every such line that was written since then, or since
 *	                   the last call
 *
 * Lines that were in a log which has become log.1 between two calls are not
 * seen.
 */
#ifndef IDEMFS_CLI_READ_FAILURES_H
#define IDEMFS_CLI_READ_FAILURES_H

#include <sys/types.h>

#include "cli/read/logline.h"

/* A position in the log; all zero is the beginning of whatever log there is. */
struct failures {
	ino_t ino;
	off_t at;
};

/* @root: a descriptor of the backing directory; here and below. */
void failures_begin(struct failures *f, int root);

/*
 * Calls @each with every line that logline_is_failure(), with those of sessions
 * that overlap, and with those that begin a mount ("serving …").  0, or -errno when there is a log that cannot be
 * read.
 */
int failures_next(struct failures *f, int root,
		  void (*each)(void *arg, const struct logline *l), void *arg);

/* One line on stderr for each mark refused since @f, and not made later. */
void failures_tell_marks(struct failures *f, int root, const char *dir);

#endif
