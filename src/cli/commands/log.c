/* SPDX-License-Identifier: MIT */
/* idemfs log: what happened in a directory, from .idemfs/log. */
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/read/logfile.h"
#include "cli/screen/say.h"

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

struct log_options {
	bool all;
};

static const struct option_row rows[] = {
	{ "all", 'a', OPTION_SWITCH, offsetof(struct log_options, all),
	  .help = "every line of the log, with its level" },
	{ .key = NULL },
};

static int log_main(int argc, char **argv)
{
	const struct command *c = &command_log;
	struct log_options o = { 0 };
	struct err err = { 0 };
	struct statedir p;
	int r, status;

	if (!command_read(c, argc, argv, &o, &status) ||
	    !command_one(c, argc, "name a directory", &status))
		return status;
	r = statedir_open(argv[optind], &p, &err);
	if (r == 0) {
		r = print_log(&p, o.all, &err);
		statedir_release(&p);
	}
	if (r < 0) {
		say_failure(&err, argv[optind], r);
		return EXIT_FAILED;
	}
	return say_finish();
}

const struct command command_log = {
	.name = "log",
	.purpose = "marks, failures, quarantine and recovery, in order",
	.run = log_main,
	.usage =
		"usage: idemfs log [--all] DIR\n"
		"\n"
		"DIR is a mount point, or a directory that was mounted before.\n",
	.notes = "example: idemfs log out\n",
	.options = { rows },
};
