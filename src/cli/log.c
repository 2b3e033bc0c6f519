/* SPDX-License-Identifier: MIT */
/* idemfs log: what happened in a directory, from .idemfs/log. */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/logline.h"
#include "cli/place.h"

static const char help[] =
	"idemfs log: marks, failures, quarantine and recovery, in order\n"
	"\n"
	"usage: idemfs log [--all] DIR\n"
	"\n"
	"DIR is a mount point, or a directory that was mounted before.\n"
	"\n"
	"  -a, --all             every line of the log, with its level\n"
	"  -h, --help            this text\n"
	"\n"
	"example: idemfs log out\n";

static void print_line(char *line, bool all)
{
	const char *shown = line;
	struct logline l;

	if (!logline_parse(line, &l))
		return;
	if (!all && !l.trouble && !l.event)
		return;
	if (l.event && !all) {
		printf("%.*s ", LOGLINE_TIME, l.time);
		shown = l.text;
	}
	text_print(stdout, shown, strlen(shown));
	putchar('\n');
}

static int print_log(const struct place *p, bool all, struct err *err)
{
	int fd = sys_open_file(p->state.dir, "log", O_RDONLY);
	auto_file *f = fd < 0 ? NULL : fdopen(fd, "re");
	auto_free char *line = NULL;
	size_t size = 0;

	if (fd == -ENOENT)
		return 0; /* nothing has happened yet */
	if (!f) {
		int r = fd < 0 ? fd : -errno;

		close_fd(fd);
		return err_set(err, r, "%s/" STATE_DIR "/log: %s", p->dir,
			       strerror(-r));
	}
	while (getline(&line, &size, f) > 0)
		print_line(line, all);
	return 0;
}

static int log_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct err err = { 0 };
	struct place p;
	bool all = false;
	int c, r;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":ah", longs, NULL)) != -1) {
		if (c == 'a') {
			all = true;
		} else if (c == 'h') {
			return cli_print(help);
		} else {
			args_refuse(c, argv, longs, "log");
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1)
		return cli_usage("log", optind == argc ? "name a directory"
						       : "one at a time");
	r = place_open(argv[optind], &p, &err);
	if (r == 0) {
		r = print_log(&p, all, &err);
		place_release(&p);
	}
	if (r < 0) {
		cli_say(&err, argv[optind], r);
		return EXIT_FAILED;
	}
	return cli_finish_stdout();
}

const struct command command_log = { "log", log_main, help };
