/* SPDX-License-Identifier: MIT */
/*
 * logfile: the log of a directory from its first line that is kept: log.1, then
 * log.  Both may be missing.  The log may become log.1 while it is read: then
 * lines are seen twice or not at all, but never in pieces.
 */
#ifndef IDEMFS_CLI_READ_LOGFILE_H
#define IDEMFS_CLI_READ_LOGFILE_H

#include <sys/types.h>

#include "cli/read/logline.h"

#define LOGFILE_MAX ((off_t)64 << 20) /* bytes of one that are read: its last */

/*
 * Calls @each with every line of the logs in @dir, a descriptor of the state
 * directory.  0, or -errno when one is there and cannot be read.
 */
int logfile_each(int dir, void (*each)(void *arg, const struct logline *l),
		 void *arg);

#endif
