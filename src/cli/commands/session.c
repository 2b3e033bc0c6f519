/* SPDX-License-Identifier: MIT */
/*
 * idemfs session: runs a command as a session, so that what it changes is known
 * to be its own.
 */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/util.h"
#include "cli/args/command.h"
#include "cli/job/execute.h"
#include "cli/job/session.h"
#include "cli/mounts/inside.h"
#include "cli/screen/say.h"

struct session_run {
	const char *name; /* --name */
	const char *dir;
	char **argv; /* COMMAND */
};

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* --name, or what COMMAND is called. */
static void get_name(const struct session_run *s, char ret[NAME_MAX + 1])
{
	const char *name = s->name ? s->name : last_part(s->argv[0]);

	snprintf(ret, NAME_MAX + 1, "%s", *name ? name : "session");
}

/* 0: go on, with or without a session; else an exit status. */
static int begin(const struct session_run *s, const struct inside *in,
		 struct session *ret)
{
	char name[NAME_MAX + 1];
	int r;

	get_name(s, name);
	r = session_begin(in->root, SESSION_SESSION, name, s->argv, ret);
	if (r == 0)
		return EXIT_DONE;
	if (r == -EINVAL) {
		say_error("session: the mount %s is of an older idemfs, which "
			  "knows no sessions: what %s changes there is not "
			  "told from the changes of others",
			  in->path, s->argv[0]);
		return EXIT_DONE;
	}
	if (r == -EBUSY)
		say_error("session: %s: too many sessions run there. See: "
			  "idemfs status %s",
			  in->path, in->path);
	else
		say_error("session: %s: %s", in->path, strerror(-r));
	return EXIT_RUN_FAILED;
}

static int session_all(const struct session_run *s)
{
	struct inside in = INSIDE_CLOSED;
	struct session session = SESSION_CLOSED;
	struct err err = { 0 };
	bool ran;
	int status;

	if (inside_find(s->dir, &in, &err) < 0) {
		say_error("session: %s", err.text);
		return EXIT_RUN_FAILED;
	}
	status = begin(s, &in, &session);
	if (status == EXIT_DONE) {
		status = execute("session", s->argv, &ran);
		session_end(&session, status);
	}
	inside_release(&in);
	return status;
}

static const struct option_row rows[] = {
	{ "name", 'n', OPTION_TEXT, offsetof(struct session_run, name),
	  .argument = "NAME",
	  .help = "what it is called; else it is what COMMAND is called" },
	{ .key = NULL },
};

static bool parse(struct session_run *s, int argc, char **argv, int *ret_status)
{
	const struct command *c = &command_session;
	const char *wrong = NULL;
	int words = 1;

	while (words < argc && strcmp(argv[words], "--"))
		words++;
	if (!command_read(c, words, argv, s, ret_status))
		return false;
	if (words + 1 >= argc)
		wrong = "name a command, behind --";
	else if (words - optind > 1)
		wrong = "too many directories";
	else if (s->name && !*s->name)
		wrong = "--name is empty";
	else if (s->name && step_check_title(s->name) < 0)
		wrong = "--name is longer than 255 bytes";
	if (wrong)
		*ret_status = command_misuse(c, wrong);
	s->dir = words > optind ? argv[optind] : NULL;
	s->argv = argv + words + 1;
	return !wrong;
}

static int session_main(int argc, char **argv)
{
	struct session_run s = { 0 };
	int status;

	return parse(&s, argc, argv, &status) ? session_all(&s) : status;
}

const struct command command_session = {
	.name = "session",
	.purpose = "run a command whose changes are told from those of others",
	.run = session_main,
	.usage =
		"usage: idemfs session [--name NAME] [DIR] -- COMMAND [ARG...]\n"
		"\n"
		"COMMAND is run where you are. What it and all that it starts change in the mount\n"
		"of DIR, or without DIR in that of the working directory, is one session: status,\n"
		"log and report name it, marks that it makes tell of its own changes only, and\n"
		"marks of others leave them out. Sessions nest: the innermost counts. The exit\n"
		"status is COMMAND's; 128 + N when signal N killed it; 127 when it was not found,\n"
		"126 when it cannot be executed, 125 when idemfs itself failed.\n",
	.notes =
		"example: idemfs session --name cleanup -- rm -r old\n"
		"         idemfs session out -- make -C src install DESTDIR=$PWD/out\n",
	.options = { rows },
	.misuse = EXIT_RUN_FAILED,
};
