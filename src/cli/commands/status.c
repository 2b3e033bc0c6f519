/* SPDX-License-Identifier: MIT */
/* idemfs status: what a mount says of itself. */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args/args.h"
#include "cli/mounts/probe.h"
#include "cli/mounts/target.h"
#include "cli/screen/say.h"
#include "cli/watch/watch.h"
#include "idemfs/control.h"

#define STATUS_MAX ((size_t)1 << 30) /* there may be many marks */

static const char help[] =
	"idemfs status: marks, open files, quarantine and options of a mount\n"
	"\n"
	"usage: idemfs status [--json | --watch] DIR\n"
	"\n"
	"The same as: cat DIR/" IDEMFS_CHECKPOINTS "/" IDEMFS_STATUS "\n"
	"\n"
	"  -j, --json            for programs\n"
	"  -w, --watch           a live view: marks, files that grow, failures; "
	"q ends\n"
	"                        it; where it is no terminal, a line for each "
	"new mark\n"
	"                        and failure\n"
	"  -h, --help            this text\n"
	"\n"
	"example: idemfs status --watch out\n";

static int print_text(int fd)
{
	auto_free char *text = NULL;
	size_t size;
	int r = sys_read_fd(fd, STATUS_MAX, &text, &size);

	if (r == 0)
		text_print(stdout, text, size);
	return r;
}

static int status_print(const char *dir, bool json)
{
	struct err err = { 0 };
	auto_fd fd = target_open_virtual(
		dir, json ? IDEMFS_STATUS_JSON : IDEMFS_STATUS, &err);
	int r = fd < 0 ? fd : print_text(fd);

	if (r < 0) {
		say_failure(&err, dir, r);
		return EXIT_FAILED;
	}
	return say_finish();
}

static int status_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool json = false, live = false;
	struct err err = { 0 };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":jwh", longs, NULL)) != -1) {
		if (c == 'j') {
			json = true;
		} else if (c == 'w') {
			live = true;
		} else if (c == 'h') {
			return say_text(help);
		} else {
			args_refuse(c, argv, longs, "status");
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		say_error("status: %s. See idemfs status --help",
			  argc == optind ? "name a mount point"
					 : "one at a time");
		return EXIT_USAGE;
	}
	if (json && live)
		return say_usage("status", "--json or --watch, not both");
	if (probe(argv[optind], &err) < 0) {
		say_error("%s", err.text);
		return EXIT_FAILED;
	}
	return live ? watch(argv[optind]) : status_print(argv[optind], json);
}

const struct command command_status = { "status", status_main, help };
