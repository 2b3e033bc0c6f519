/* SPDX-License-Identifier: MIT */
/*
 * idemfs report: one page of what a directory's marks, quarantine and log say.
 *
 * The room stands for itself: without its folder and its line in
 * cli/subcommands.c, all else is as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/report/data.h"
#include "cli/report/page.h"
#include "cli/screen/say.h"

static int has_run(const struct report *r, struct err *err)
{
	if (!r->run || faccessat(r->place->state.marks, r->run, F_OK,
				 AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return err_set(err, -ENOENT, "%s: no run \"%s\". See: idemfs runs %s",
		       r->place->dir, r->run, r->place->dir);
}

static int report(const char *dir, const char *run)
{
	struct statedir place;
	struct report r = { .place = &place };
	struct err err = { 0 };
	int code = statedir_open(dir, &place, &err), status;

	if (code < 0) {
		say_failure(&err, dir, code);
		return EXIT_FAILED;
	}
	r.run = run ? run : place.target.run;
	code = has_run(&r, &err);
	if (!code)
		code = report_gather(&r);
	if (!code)
		page_write(&r, stdout);
	if (code < 0)
		say_failure(&err, dir, code);
	status = say_finish();
	report_release(&r);
	statedir_release(&place);
	return code < 0 ? EXIT_FAILED : status;
}

struct report_options {
	const char *run;
};

static const struct option_row rows[] = {
	{ "run", 'r', OPTION_TEXT, offsetof(struct report_options, run),
	  .argument = "ID", .help = "of this run only (see idemfs runs)" },
	{ .key = NULL },
};

static int report_main(int argc, char **argv)
{
	const struct command *c = &command_report;
	struct report_options o = { 0 };
	int status;

	if (!command_read(c, argc, argv, &o, &status) ||
	    !command_one(c, argc, "name a directory", &status))
		return status;
	if (o.run && (!*o.run || *o.run == '.' || strchr(o.run, '/')))
		return command_misuse(c, "--run takes the name of a run");
	return report(argv[optind], o.run);
}

const struct command command_report = {
	.name = "report",
	.purpose = "a page of steps, their files, failures and quarantine",
	.run = report_main,
	.usage =
		"usage: idemfs report [--run ID] DIR > FILE.html\n"
		"\n"
		"DIR is a mount point, or a directory that was mounted before. The page needs\n"
		"neither network nor scripts. Of a mount with --run-id, it tells of that run.\n",
	.notes = "example: idemfs report out > report.html\n",
	.options = { rows },
};
