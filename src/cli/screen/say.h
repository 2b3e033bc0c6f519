/* SPDX-License-Identifier: MIT */
/*
 * say: how a subcommand ends, and how it speaks.
 *
 * What goes wrong is one line on stderr, "idemfs: PATH: what. The remedy", with
 * an exit status.  What was asked for goes to stdout, which say_finish() flushes
 * at the end, since a full disk shows no earlier.
 */
#ifndef IDEMFS_CLI_SCREEN_SAY_H
#define IDEMFS_CLI_SCREEN_SAY_H

#include "base/err.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	/* of `run`, where the others belong to COMMAND */
	EXIT_RUN_FAILED = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128, /* plus the number of the signal */
};

/* One line on stderr, "idemfs: " before it, in a single write. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says what is in @err, or else what -errno @code means for @path. */
void say_failure(const struct err *err, const char *path, int code);

/* Flushes stdout; EXIT_FAILED with a line when not all could be written. */
int say_finish(void);

#endif
