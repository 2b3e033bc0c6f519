/* SPDX-License-Identifier: MIT */
/*
* say: what all subcommands share: their names, how they end, how they speak.
 *
 * A subcommand is one function in one file.  It gets its own part of the
 * command line (argv[0] is its name) and returns an exit status.  What goes
 * wrong is one line on stderr, "idemfs: PATH: what. The remedy", said once, by
 * the subcommand; the helpers below it fill a struct err.
 */
#ifndef IDEMFS_CLI_SCREEN_SAY_H
#define IDEMFS_CLI_SCREEN_SAY_H

#include <stdbool.h>
#include <stddef.h>

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

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* the whole text of --help; line 1 says what for */
};

extern const struct command command_mount;
extern const struct command command_umount;
extern const struct command command_run;
extern const struct command command_status;
extern const struct command command_partial;
extern const struct command command_log;
extern const struct command command_runs;
extern const struct command command_wait;
extern const struct command command_show;
extern const struct command command_step;
extern const struct command command_report;
extern const struct command command_verify;

/* One line on stderr, "idemfs: " before it, in a single write. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "idemfs: COMMAND: what. See idemfs COMMAND --help"; EXIT_USAGE. */
int say_usage(const char *command, const char *what);

/* Says what is in @err, or else what -errno @code means for @path. */
void say_failure(const struct err *err, const char *path, int code);

/* Prints @text to stdout; the exit status: a full disk is a failure too. */
int say_text(const char *text);

/* Flushes stdout; EXIT_FAILED with a line when not all could be written. */
int say_finish(void);

/*
 * The word most like one that was mistyped.
 *
 *	struct nearest n = { .word = typed };
 *	nearest_offer(&n, "mount"); ...
 *	n.best is NULL when none is near
 */
struct nearest {
	const char *word;
	const char *best;
	unsigned int distance; /* of best */
};

void nearest_offer(struct nearest *n, const char *candidate);

#endif
