/* SPDX-License-Identifier: MIT */
/*
 * args: the command line of `mount` and `run`, read into one struct.
 *
 *	args_init()     once
 *	command_read()  reads the options, by ARGS_OPTIONS
 *	args_paths()    names the two directories, made absolute
 *	args_finish()   fills in defaults
 *	args_release()
 *
 * `--key value`, `--key=value` and `-o key=value` are the same for every key of
 * core/options/options.h.  All other words after -o are for FUSE, except those
 * that mount(8) gives to every filesystem ("defaults", "_netdev", "x-..."),
 * which are dropped.
 */
#ifndef IDEMFS_CLI_ARGS_ARGS_H
#define IDEMFS_CLI_ARGS_ARGS_H

#include <stdbool.h>

#include "base/err.h"
#include "core/options/options.h"

struct args {
	struct options opt; /* first: the rows of core count from here */
	char *fuse_opts;    /* "ro,noexec", or NULL */
	const char *dir;    /* the mount point as it was given, for messages */
	char *backing;	    /* absolute */
	char *mountpoint;   /* absolute; the same text when it is over itself */
	bool foreground;
	bool wait;    /* of run */
	bool no_join; /* of run */
};

/* The rows of `mount` and `run`: some of one of them, the mount's, and -o. */
#define ARGS_OPTIONS                                \
	{                                           \
		args_first, options_rows, args_last \
	}

extern const struct option_row args_first[], args_last[];

void args_init(struct args *a);
void args_release(struct args *a);

/* @mountpoint may be @backing.  Both need not be directories: see preflight.h. */
int args_paths(struct args *a, const char *backing, const char *mountpoint,
	       struct err *err);

int args_finish(struct args *a, struct err *err);

#endif
