/* SPDX-License-Identifier: MIT */
/*
 * args: the command line of `mount` and `run`, read into one struct.
 *
 *	args_init()     once
 *	args_parse()    reads the options; what is left stands at argv[optind]
 *	args_paths()    names the two directories, made absolute
 *	args_finish()   fills in defaults
 *	args_release()
 *
 * `--key value`, `--key=value` and `-o key=value` are the same for every key
 * of core/options/options.h.  What else follows -o is for FUSE, but for what mount(8)
 * says to everybody ("defaults", "_netdev", "x-..."), which is dropped.
 */
#ifndef IDEMFS_CLI_ARGS_ARGS_H
#define IDEMFS_CLI_ARGS_ARGS_H

#include <getopt.h>
#include <stdbool.h>

#include "base/err.h"
#include "core/options/options.h"

/* The options, for the --help of `mount` and `run`. */
#define ARGS_HELP                                                                     \
	"  --in-place GLOB       write names that match in place, as without\n"       \
	"                        idemfs (databases, files to follow); may be\n"       \
	"                        given often; '!GLOB' excludes; \"*.log\" and\n"      \
	"                        others are there but for --in-place none\n"          \
	"  --resumable GLOB      names that match are kept however their writer\n"    \
	"                        ends (downloads); likewise, with \"*.part\" and\n"   \
	"                        others but for --resumable none\n"                   \
	"  --discard-on WHEN     which writers leave a file as it was: those\n"       \
	"                        \"killed\" by a signal (default), those that\n"      \
	"                        \"failed\" too, only those that \"crashed\"\n"       \
	"                        (not by TERM, INT, HUP, PIPE), or \"never\"\n"       \
	"  --threads N           workers (default: processors, 2 to 8)\n"             \
	"  --open-wait SECONDS   how long a mark waits for open files (5)\n"          \
	"  --drain SECONDS       how long an unmount waits for them (10)\n"           \
	"  --durability LEVEL    what survives a power cut: what a \"checkpoint\"\n"  \
	"                        vouches for (default), all from \"close\" on, or\n"  \
	"                        \"none\"\n"                                          \
	"  --sync-interval SECONDS  how soon the rest is on disk, too (5)\n"          \
	"  --partial-keep SIZE,AGE  what quarantine keeps of a user (1G,14d)\n"       \
	"  --cache SECONDS       how long the kernel may trust an answer (1)\n"       \
	"  --passthrough MODE    files are read and written by the kernel\n"          \
	"                        alone: where it can (auto), off, on\n"               \
	"  --stale ACTION        a mark whose files were changed or deleted behind\n" \
	"                        the mount: kept, with a \"warn\" in status\n"        \
	"                        (default), or \"hide\"\n"                            \
	"  --spin auto|off       look for requests a moment before sleeping\n"        \
	"  --allow-other         let other users in\n"                                \
	"  --run-id ID           a run of its own: its marks alone are seen, and\n"   \
	"                        kept in .checkpoints/ID; \"auto\" makes an ID of\n"  \
	"                        time and host; see idemfs runs --help\n"             \
	"  --log-level LEVEL     error, warn, info (default) or debug\n"              \
	"  -o KEY[=VALUE],...    the same as a list, and what FUSE itself knows\n"    \
	"                        (ro, noexec, default_permissions, ...)\n"

struct args {
	struct options opt;
	char *fuse_opts;  /* "ro,noexec", or NULL */
	const char *dir;  /* the mount point as it was given, for messages */
	char *backing;	  /* absolute */
	char *mountpoint; /* absolute; the same text when it is over itself */
	bool foreground;
	bool wait;    /* of run */
	bool no_join; /* of run */
	bool help;
};

void args_init(struct args *a);
void args_release(struct args *a);

/*
 * Reads the options in @argv.  @in_order: stop at the first word that is none
 * (else they may stand anywhere before "--").  0, or -EINVAL after it has said
 * what is wrong on stderr.
 */
int args_parse(struct args *a, int argc, char **argv, bool in_order);

/* Reads the list behind one -o. */
int args_list(struct args *a, const char *list, struct err *err);

/* @mountpoint may be @backing.  Both need not be directories: see preflight.h. */
int args_paths(struct args *a, const char *backing, const char *mountpoint,
	       struct err *err);

int args_finish(struct args *a, struct err *err);

/*
 * Says what getopt_long() has just refused with @c ('?' or ':'), and which of
 * @longs is the nearest.  For any subcommand, @command.
 */
void args_refuse(int c, char **argv, const struct option *longs,
		 const char *command);

#endif
