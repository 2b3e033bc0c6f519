/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stddef.h>

#include "base/util.h"
#include "cli/args/command.h"
#include "cli/screen/say.h"

struct chosen {
	bool quick, hers;
	const char *where;
	struct option_list names;
	int64_t span;
};

static const struct option_row rows[] = {
	{ .key = "quick",
	  .letter = 'q',
	  .kind = OPTION_SWITCH,
	  .at = offsetof(struct chosen, quick),
	  .help = "without delay" },
	{ .key = "where",
	  .kind = OPTION_TEXT,
	  .at = offsetof(struct chosen, where),
	  .argument = "A_VERY_LONG_PATH",
	  .help = "the first line\nand the second" },
	{ .key = "name",
	  .letter = 'n',
	  .kind = OPTION_LIST,
	  .at = offsetof(struct chosen, names),
	  .argument = "NAME",
	  .help = "one of several" },
	{ .key = "span",
	  .kind = OPTION_TIME,
	  .at = offsetof(struct chosen, span),
	  .argument = "SECONDS",
	  .help = "how long" },
	{ .key = "hers",
	  .kind = OPTION_SWITCH,
	  .at = offsetof(struct chosen, hers),
	  .only = "other",
	  .help = "not said here" },
	{ .key = NULL },
};

static const struct command probe = {
	.name = "probe",
	.purpose = "try things",
	.usage = "usage: idemfs probe DIR\n",
	.notes = "example: idemfs probe out\n",
	.options = { rows },
};

static struct chosen got;

/* Reads "probe WORD...": EXIT_DONE, or the exit status that it ended with. */
static int read_words(const struct command *c, const char *const *words)
{
	char *argv[16] = { (char *)c->name };
	int argc = 1, status = -1;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	optind = 0;
	return command_read(c, argc, argv, &got, &status) ? EXIT_DONE : status;
}

#define READ(...) read_words(&probe, (const char *const[]){ __VA_ARGS__, NULL })

Test(command, reads_options_into_its_struct)
{
	cr_assert_eq(READ("-q", "--where=here", "-na", "--name", "b", "--span",
			  "1.5", "DIR"),
		     EXIT_DONE);
	cr_assert(got.quick);
	cr_assert_str_eq(got.where, "here");
	cr_assert_eq(got.names.count, 2);
	cr_assert_str_eq(got.names.items[0], "a");
	cr_assert_str_eq(got.names.items[1], "b");
	cr_assert_eq(got.span, 1500);
	cr_assert_eq(optind, 8);
	free(got.names.items);
}

Test(command, options_may_follow_other_words_unless_in_order)
{
	struct command c = probe;

	cr_assert_eq(READ("DIR", "-q"), EXIT_DONE);
	cr_assert(got.quick);
	got.quick = false;
	c.in_order = true;
	cr_assert_eq(read_words(&c, (const char *[]){ "DIR", "-q", NULL }),
		     EXIT_DONE);
	cr_assert_not(got.quick);
	cr_assert_eq(optind, 1);
}

static void redirect(void)
{
	cr_redirect_stdout();
	cr_redirect_stderr();
}

Test(command, a_mistyped_option_is_guessed, .init = redirect)
{
	cr_assert_eq(READ("--qiuck"), EXIT_USAGE);
	fflush(stderr);
	cr_assert_stderr_eq_str("idemfs: --qiuck: unknown option. Did you mean "
				"--quick?\n");
}

Test(command, a_value_that_is_missing_is_said, .init = redirect)
{
	cr_assert_eq(READ("--where"), EXIT_USAGE);
	cr_assert_stderr_eq_str("idemfs: --where: needs a value. See idemfs "
				"probe --help\n");
}

Test(command, a_value_that_is_wrong_is_said, .init = redirect)
{
	cr_assert_eq(READ("--span", "soon"), EXIT_USAGE);
	cr_assert_stderr_eq_str(
		"idemfs: span: \"soon\" is no time: say seconds "
		"as in 5 or 0.5, or 200ms, 2m, 1h (at most 366 "
		"days)\n");
}

Test(command, an_option_of_another_command_is_refused, .init = redirect)
{
	struct command c = probe;

	c.misuse = EXIT_RUN_FAILED;
	cr_assert_eq(read_words(&c, (const char *[]){ "--hers", NULL }),
		     EXIT_RUN_FAILED);
	cr_assert_stderr_eq_str("idemfs: probe: --hers is for other. See "
				"idemfs probe --help\n");
}

Test(command, help_is_made_of_the_rows, .init = redirect)
{
	cr_assert_eq(READ("--help"), EXIT_DONE);
	cr_assert_stdout_eq_str("idemfs probe: try things\n"
				"\n"
				"usage: idemfs probe DIR\n"
				"\n"
				"  -q, --quick           without delay\n"
				"  --where A_VERY_LONG_PATH  the first line\n"
				"                        and the second\n"
				"  -n, --name NAME       one of several\n"
				"  --span SECONDS        how long\n"
				"  -h, --help            this text\n"
				"\n"
				"example: idemfs probe out\n");
}
