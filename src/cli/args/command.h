/* SPDX-License-Identifier: MIT */
/*
 * command: what a subcommand is: its name, its options and its --help.
 *
 * A subcommand is one function in one file.  It gets its own part of the
 * command line (argv[0] is its name), reads its options into a struct with
 * command_read(), and returns an exit status.  What goes wrong is one line on
 * stderr, "idemfs: PATH: what. The remedy" (say.h), said once, by the subcommand;
 * the functions below it fill a struct err.
 */
#ifndef IDEMFS_CLI_ARGS_COMMAND_H
#define IDEMFS_CLI_ARGS_COMMAND_H

#include <stdbool.h>
#include <unistd.h> /* optind */

#include "core/options/option.h"

struct command {
	const char *name;
	const char *purpose; /* in a line, for the list of idemfs --help */
	int (*run)(int argc, char **argv);
	const char *usage; /* of --help, before the options, */
	const char *notes; /*   and after them */
	/*
	 * Tables of rows, each of which ends with an empty row; NULL after the
	 * last.  All are read into one struct.  --help needs no row.
	 */
	const struct option_row *options[4];
	bool in_order; /* options stand before the first other word */
	int misuse;    /* the exit status if not understood; 0: EXIT_USAGE */
};

/* All of them, in the order of --help; NULL after the last (cli/subcommands.c). */
extern const struct command *const subcommands[];

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
extern const struct command command_session;
extern const struct command command_report;
extern const struct command command_verify;

/*
 * Reads the options into the struct @into, up to argv[optind].  True: go on;
 * false: all is said (--help, or what was not understood on stderr), and the
 * exit status is in *ret_status.  It may be called again for what follows when
 * the caller has moved optind on.
 */
bool command_read(const struct command *c, int argc, char **argv, void *into,
		  int *ret_status);

/*
 * Is argv[optind] the only word that is left?  Else it says so, or @what when
 * there is none, and the exit status is in *ret_status.
 */
bool command_one(const struct command *c, int argc, const char *what,
		 int *ret_status);

/* Prints its --help; an exit status. */
int command_help(const struct command *c);

/* Says what is wrong with its command line; the exit status for that. */
int command_misuse(const struct command *c, const char *what);

#endif
