/* SPDX-License-Identifier: MIT */
/* idemfs log: what happened in a directory, from .idemfs/log. */
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/args/args.h"
#include "cli/mounts/statedir.h"
#include "cli/read/logfile.h"
#include "cli/screen/say.h"

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

static void print_line(void *arg, const struct logline *l)
{
	const bool *all = arg;
	/* The whole line, which begins with its time. */
	const char *shown = *all || l->trouble ? l->time : l->text;

	if (!*all && !l->trouble && !l->event)
		return;
	if (shown == l->text)
		printf("%.*s ", LOGLINE_TIME, l->time);
	text_print(stdout, shown, strlen(shown));
	putchar('\n');
}

static int print_log(const struct statedir *p, bool all, struct err *err)
{
	int r = logfile_each(p->state.dir, print_line, &all);

	return r < 0 ? err_set(err, r, "%s/" STATE_DIR "/log: %s", p->dir,
			       strerror(-r))
		     : 0;
}

static int log_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct err err = { 0 };
	struct statedir p;
	bool all = false;
	int c, r;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":ah", longs, NULL)) != -1) {
		if (c == 'a') {
			all = true;
		} else if (c == 'h') {
			return say_text(help);
		} else {
			args_refuse(c, argv, longs, "log");
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1)
		return say_usage("log", optind == argc ? "name a directory"
						       : "one at a time");
	r = statedir_open(argv[optind], &p, &err);
	if (r == 0) {
		r = print_log(&p, all, &err);
		statedir_release(&p);
	}
	if (r < 0) {
		say_failure(&err, argv[optind], r);
		return EXIT_FAILED;
	}
	return say_finish();
}

const struct command command_log = { "log", log_main, help };
