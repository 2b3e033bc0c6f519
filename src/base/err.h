/* SPDX-License-Identifier: MIT */
/*
 * err: one sentence for a person, beside the -errno for the program.
 *
 * Functions that fail on something a user did (a bad option, a path that is
 * not there, a lock that another process holds) fill a struct err with one
 * line that names the path and the remedy.  err_set() returns its @code, so
 * that it can stand in a return statement.  A NULL @err is allowed.
 */
#ifndef IDEMFS_BASE_ERR_H
#define IDEMFS_BASE_ERR_H

struct err {
	char text[1024]; /* one line, without a newline; "" when none */
};

/* Sets the text of @err and returns @code (a negative errno). */
int err_set(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
