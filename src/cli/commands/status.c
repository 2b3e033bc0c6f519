/* SPDX-License-Identifier: MIT */
/* idemfs status: what a mount says of itself. */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/probe.h"
#include "cli/mounts/target.h"
#include "cli/screen/say.h"
#include "cli/watch/watch.h"
#include "idemfs/control.h"

#define STATUS_MAX ((size_t)1 << 30) /* there may be many marks */

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

struct status_options {
	bool json, watch;
};

static const struct option_row rows[] = {
	{ "json", 'j', OPTION_SWITCH, offsetof(struct status_options, json),
	  .help = "for programs" },
	{ "watch", 'w', OPTION_SWITCH, offsetof(struct status_options, watch),
	  .help = "a live view: marks, files that grow, failures; q ends\n"
		  "it; where it is no terminal, a line for each new mark\n"
		  "and failure" },
	{ .key = NULL },
};

static int status_main(int argc, char **argv)
{
	const struct command *c = &command_status;
	struct status_options o = { 0 };
	struct err err = { 0 };
	int status;

	if (!command_read(c, argc, argv, &o, &status) ||
	    !command_one(c, argc, "name a mount point", &status))
		return status;
	if (o.json && o.watch)
		return command_misuse(c, "--json or --watch, not both");
	if (probe(argv[optind], &err) < 0) {
		say_error("%s", err.text);
		return EXIT_FAILED;
	}
	return o.watch ? watch(argv[optind])
		       : status_print(argv[optind], o.json);
}

const struct command command_status = {
	.name = "status",
	.purpose = "marks, open files, quarantine and options of a mount",
	.run = status_main,
	.usage = "usage: idemfs status [--json | --watch] DIR\n"
		 "\n"
		 "The same as: cat DIR/" IDEMFS_CHECKPOINTS "/" IDEMFS_STATUS
		 "\n",
	.notes = "example: idemfs status --watch out\n",
	.options = { rows },
};
