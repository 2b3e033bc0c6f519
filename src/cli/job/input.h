/* SPDX-License-Identifier: MIT */
/*
 * input: a file that a step reads, for the record in its mark.
 */
#ifndef IDEMFS_CLI_JOB_INPUT_H
#define IDEMFS_CLI_JOB_INPUT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "core/record/record.h"

/*
 * Its name in a manifest: from @root (absolute, a mount point) when it lies
 * below, else absolute; without links.  malloc'ed; NULL with errno.
 */
char *input_path(const char *root, const char *path);

/* Which file is it?  All but its digest.  -EISDIR; -EINVAL: no regular file. */
int input_look(int root, const char *path, struct record *ret);
/* Reads its size, time, number and digest.  @path is of input_path(). */
int input_read(int root, const char *path, struct record *ret);

/*
 * Is it what @r says?  1 or 0, or -errno.  The content decides.  It is read only
 * if the time or the number has changed, or if something happened to the file
 * since @since, when the step began (its ctime tells; zero: not known).
 */
int input_holds(int root, const struct record *r, const struct timespec *since);
/* Likewise of an open file. */
int input_is_as(int fd, const struct stat *st, const struct record *r,
		const struct timespec *since);

/* Is that known without its content? */
bool input_is_untouched(const struct stat *st, const struct record *r,
			const struct timespec *since);

#endif
