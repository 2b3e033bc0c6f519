/* SPDX-License-Identifier: MIT */
/*
 * idemfs step: runs a command unless its mark says that it is done.
 *
 *	step_find    the mount of the working directory
 *	step_lock    one at a time for a NAME: a lock in .checkpoints/.step,
 *	             which ends with this process, however it ends
 *	step_holds   the mark exists, and its inputs and outputs are unchanged;
 *	step_why     --why: says so, and that is all
 *	step_run     COMMAND, and signals that are meant for it
 *	step_mark    sends the command and its inputs to the mount, which makes
 *	             the mark after a barrier
 */
#include <fcntl.h>
#include <string.h>
#include <xxhash.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/job/execute.h"
#include "cli/job/given.h"
#include "cli/job/holds.h"
#include "cli/job/session.h"
#include "cli/mounts/inside.h"
#include "cli/screen/human.h"
#include "cli/screen/say.h"
#include "core/manifest/step.h"
#include "idemfs/control.h"

struct step_run {
	struct inside in;
	const char *name;	   /* of the mark */
	char **argv;		   /* COMMAND */
	bool command;		   /* --command, or --learn */
	bool learn;		   /* --learn */
	bool why;		   /* --why */
	bool again;		   /* its mark is there, and does not hold */
	struct option_list inputs; /* as they were given */
	struct given given;
	int control; /* .checkpoints/.step */
	struct step step;
};

static int fail(const struct step_run *s, const char *what, int code)
{
	say_error("step %s: %s: %s", s->name, what, strerror(-code));
	return EXIT_RUN_FAILED;
}

/* --- finding -------------------------------------------------------------- */

/* The path of NAME in .checkpoints. */
static char *in_checkpoints(const char *name)
{
	char *path;

	return asprintf(&path, IDEMFS_CHECKPOINTS "/%s", name) < 0 ? NULL
								   : path;
}

static int step_find(struct step_run *s)
{
	struct err err = { 0 };

	if (inside_find(NULL, &s->in, &err) < 0) {
		say_error("step %s: %s", s->name, err.text);
		return EXIT_RUN_FAILED;
	}
	s->control = session_open(s->in.root);
	return s->control < 0 ? fail(s, IDEMFS_STEP, s->control) : EXIT_DONE;
}

/* --- one at a time -------------------------------------------------------- */

static int step_lock(struct step_run *s)
{
	XXH64_hash_t hash = XXH3_64bits(s->name, strlen(s->name));
	struct flock lock = { .l_type = F_WRLCK,
			      .l_start = (off_t)(hash >> 1),
			      .l_len = 1 };
	int r;

	/* The last byte that there is has no length. */
	if (lock.l_start == INT64_MAX)
		lock.l_start--;
	if (fcntl(s->control, F_OFD_SETLK, &lock) == 0)
		return EXIT_DONE;
	if (errno != EAGAIN && errno != EACCES)
		return fail(s, "lock", -errno);
	say_error("step %s: waiting for another one that is at it", s->name);
	do
		r = fcntl(s->control, F_OFD_SETLKW, &lock);
	while (r < 0 && errno == EINTR);
	return r < 0 ? fail(s, "lock", -errno) : EXIT_DONE;
}

/* --- does the mark hold? -------------------------------------------------- */

static int refuse_input(const struct step_run *s, const char *path, int code)
{
	if (code == -EISDIR)
		say_error("step %s: %s: a directory. Name the files that are "
			  "read",
			  s->name, path);
	else if (code == -EFBIG)
		say_error("step %s: %s: has more than 64 GiB of holes. Name "
			  "what tells of it, and is smaller",
			  s->name, path);
	else
		return fail(s, path, code);
	return EXIT_RUN_FAILED;
}

/* Which they are. */
static int find_inputs(struct step_run *s)
{
	int code;

	s->given = (struct given){ .in = &s->in, .step = &s->step };
	for (size_t i = 0; i < s->inputs.count; i++) {
		code = given_name(&s->given, s->inputs.items[i]);
		if (code < 0)
			return refuse_input(s, s->inputs.items[i], code);
	}
	code = s->learn ? given_learn(&s->given, s->argv) : 0;
	return code < 0 ? fail(s, "its inputs", code) : EXIT_DONE;
}

/* Their content, as COMMAND will find it. */
static int read_inputs(struct step_run *s)
{
	const char *path = "";
	int code = given_read(&s->given, &path);

	return code < 0 ? refuse_input(s, path, code) : EXIT_DONE;
}

static struct holds holds_of(const struct step_run *s)
{
	return (struct holds){ .in = &s->in,
			       .name = s->name,
			       .step = &s->step,
			       .command = s->command,
			       .learn = s->learn,
			       .control = s->control };
}

/* Why the mark does not hold, or NULL when it does; *ret_code: as holds_ask(). */
static const char *judge(struct step_run *s, struct holds *h, int *ret_code)
{
	int r = holds_ask(h);

	if (r > 0 && s->given.unread) {
		snprintf(h->words, sizeof(h->words), "%s cannot be read",
			 s->given.unread);
		h->why = h->words;
		r = 0;
	}
	*ret_code = r;
	if (r > 0)
		return NULL;
	return r == -EBADMSG  ? "its mark is damaged"
	       : r == -ENOENT ? "it has no mark"
			      : h->why;
}

/* *ret: whether there is nothing to do. */
static int step_holds(struct step_run *s, bool *ret)
{
	struct holds h = holds_of(s);
	const char *why;
	char when[32];
	int r;

	why = judge(s, &h, &r);
	*ret = r > 0;
	if (r == -ENOENT)
		return EXIT_DONE;
	if (r > 0) {
		human_when(&h.made, when, sizeof(when));
		say_error("step %s: done at %s, skipped", s->name, when);
		return EXIT_DONE;
	}
	if (r < 0 && r != -EBADMSG)
		return fail(s, "its mark cannot be judged", r);
	say_error("step %s: %s, so it is run again", s->name, why);
	s->again = true;
	return EXIT_DONE;
}

/* Its mark goes before COMMAND is run; the session has begun before. */
static int step_unmark(const struct step_run *s)
{
	auto_free char *path = in_checkpoints(s->name);

	if (!path)
		return fail(s, "its mark", -ENOMEM);
	if (unlinkat(s->in.root, path, 0) < 0 && errno != ENOENT)
		return fail(s, path, -errno);
	return EXIT_DONE;
}

/* --why: only that, and nothing is done. */
static int step_why(struct step_run *s)
{
	struct holds h = holds_of(s);
	auto_free char *line = NULL;
	const char *why;
	int r;

	why = judge(s, &h, &r);
	if (r < 0 && r != -EBADMSG && r != -ENOENT)
		return fail(s, "its mark cannot be judged", r);
	if (!why)
		r = asprintf(&line, "step %s: holds", s->name);
	else if (r == -ENOENT)
		r = asprintf(&line, "step %s: %s, so it is run", s->name, why);
	else
		r = asprintf(&line, "step %s: %s, so it is run again", s->name,
			     why);
	if (r < 0)
		return fail(s, "memory", -ENOMEM);
	text_print(stdout, line, (size_t)r);
	putchar('\n');
	if (say_finish() != EXIT_DONE)
		return EXIT_RUN_FAILED;
	return why ? EXIT_FAILED : EXIT_DONE;
}

/* --- what the mount is told ------------------------------------------------ */

/* COMMAND runs, or has failed: for status, the log, and the session. */
static int tell(struct step_run *s, enum step_act act)
{
	int r;

	s->step.act = act;
	r = session_tell(s->control, &s->step);
	s->step.act = STEP_MARK;
	return r;
}

/*
 * A step is done all the same when its changes are not told from others'.  But
 * without a session the mount would not see what COMMAND reads.
 */
static int step_start(struct step_run *s)
{
	int r = tell(s, STEP_START);

	if (r < 0 && s->learn)
		return fail(s, "what it reads cannot be learned", r);
	if (r < 0)
		say_error("step %s: its mark will tell of the changes of "
			  "others, too: it is no session: %s",
			  s->name, strerror(-r));
	return EXIT_DONE;
}

/* --- the command ---------------------------------------------------------- */

/* One line on stderr, since COMMAND may have said nothing. */
static void say_failed(const struct step_run *s, int status)
{
	char took[32];

	human_span(&s->step.ran.began, &s->step.ran.ended, took, sizeof(took));
	if (status > EXIT_SIGNAL)
		say_error(
			"step %s: %s was killed by signal %d (%s) after %s, so "
			"there is no mark",
			s->name, s->argv[0], status - EXIT_SIGNAL,
			strsignal(status - EXIT_SIGNAL), took);
	else
		say_error("step %s: %s ended with %d after %s, so there is no "
			  "mark",
			  s->name, s->argv[0], status, took);
}

static int step_run(struct step_run *s, bool *ret_ran)
{
	auto_free char *what = NULL;

	*ret_ran = false;
	if (asprintf(&what, "step %s", s->name) < 0)
		return fail(s, "memory", -ENOMEM);
	return execute(what, s->argv, ret_ran);
}

/* --- the mark ------------------------------------------------------------- */

/* The groups that NAME stands in. */
static int make_groups(const struct step_run *s)
{
	auto_free char *path = in_checkpoints(s->name);
	char *p;

	if (!path)
		return -ENOMEM;
	for (p = path + sizeof(IDEMFS_CHECKPOINTS); (p = strchr(p, '/'));
	     *p++ = '/') {
		*p = '\0';
		if (mkdirat(s->in.root, path, 0777) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int step_mark(const struct step_run *s)
{
	int r = make_groups(s);

	if (!r)
		r = session_tell(s->control, &s->step);
	if (!r)
		return EXIT_DONE;
	if (r == -EBUSY)
		say_error("step %s: its mark was not made: a file is still "
			  "open for writing. See: idemfs status %s",
			  s->name, s->in.path);
	else if (r == -EFBIG)
		say_error("step %s: its mark was not made: too many inputs",
			  s->name);
	else
		say_error("step %s: its mark was not made: %s. See: idemfs "
			  "status %s",
			  s->name, strerror(-r), s->in.path);
	return EXIT_RUN_FAILED;
}

/* --- from start to end ---------------------------------------------------- */

static int refuse_gone(const struct step_run *s, const char *when)
{
	say_error("step %s: the mount %s was taken away %s, so its mark was "
		  "not made",
		  s->name, s->in.path, when);
	return EXIT_RUN_FAILED;
}

/* COMMAND; its mark when it has ended with 0, inside the mount all the time. */
static int step_command(struct step_run *s)
{
	bool ran;
	int status;

	if (!inside_is_mounted(&s->in))
		return refuse_gone(s, "before its command was run");
	clock_gettime(CLOCK_REALTIME, &s->step.ran.began);
	s->step.ran.ended = s->step.ran.began;
	s->step.has_ran = true;
	status = step_start(s);
	if (status != EXIT_DONE)
		return status;
	if (s->again)
		status = step_unmark(s);
	if (status != EXIT_DONE) {
		(void)tell(s, STEP_FAIL);
		return status;
	}
	status = step_run(s, &ran);
	clock_gettime(CLOCK_REALTIME, &s->step.ran.ended);
	s->step.ran.status = status;
	if (status && ran) /* else it is said already */
		say_failed(s, status);
	/* Then what COMMAND wrote by a path went to the bare directory. */
	if (!status && !inside_is_mounted(&s->in))
		status = refuse_gone(s, "while its command ran");
	if (!status)
		return step_mark(s);
	(void)tell(s, STEP_FAIL);
	return status;
}

/*
 * The digest of COMMAND.  With --learn also of where it is run: in another
 * directory the same words read other files.
 */
static int digest_command(const struct step_run *s, struct digest *ret)
{
	auto_free char **argv = NULL;
	auto_free char *here = getcwd(NULL, 0);
	size_t n = 0, root = strlen(s->in.path);

	if (!here)
		return -errno;
	while (s->argv[n])
		n++;
	argv = calloc(n + 2, sizeof(*argv));
	if (!argv)
		return -ENOMEM;
	memcpy(argv, s->argv, n * sizeof(*argv));
	if (s->learn) /* from the root, wherever that is mounted */
		argv[n] = strncmp(here, s->in.path, root) ? here : here + root;
	*ret = step_argv(argv);
	return 0;
}

/* What is known of COMMAND before it is run. */
static int step_describe(struct step_run *s)
{
	int r;

	s->step.mark = strdup(s->name);
	s->step.command = session_command(s->argv);
	s->step.learn = s->learn;
	r = digest_command(s, &s->step.argv);
	if (!s->step.mark || !s->step.command)
		r = -ENOMEM;
	if (r < 0)
		return fail(s, "its command", r);
	return find_inputs(s);
}

static int step_all(struct step_run *s)
{
	bool done = false;
	int status = step_find(s);

	if (status == EXIT_DONE && !s->why)
		status = step_lock(s);
	if (status == EXIT_DONE)
		status = step_describe(s);
	if (status == EXIT_DONE && s->why)
		return step_why(s);
	if (status == EXIT_DONE)
		status = step_holds(s, &done);
	if (status == EXIT_DONE && !done)
		status = read_inputs(s);
	if (status != EXIT_DONE || done)
		return status;
	return step_command(s);
}

static const struct option_row rows[] = {
	{ "input", 'i', OPTION_LIST, offsetof(struct step_run, inputs),
	  .argument = "PATH",
	  .help = "a file that COMMAND reads: once its content has changed,\n"
		  "the mark does not hold; may be given often" },
	{ "command", 'c', OPTION_SWITCH, offsetof(struct step_run, command),
	  .help = "nor does it once COMMAND or an ARG has changed" },
	{ "learn", 'l', OPTION_SWITCH, offsetof(struct step_run, learn),
	  .help = "nor once anything has changed that COMMAND has read in the\n"
		  "mount, looked for or listed; implies --command" },
	{ "why", 'w', OPTION_SWITCH, offsetof(struct step_run, why),
	  .help = "print why COMMAND would be run, and run nothing" },
	{ .key = NULL },
};

/* Options may stand before and after NAME, but not after COMMAND. */
static bool parse(struct step_run *s, int argc, char **argv, int *ret_status)
{
	const struct command *c = &command_step;
	const char *wrong = NULL;

	if (!command_read(c, argc, argv, s, ret_status))
		return false;
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		s->name = argv[optind++];
		if (!command_read(c, argc, argv, s, ret_status))
			return false;
	}
	s->argv = argv + optind;
	s->command |= s->learn;
	if (!s->name)
		wrong = "name a mark";
	else if (step_check_name(s->name) < 0)
		wrong = "a mark is a name in .checkpoints, without a dot at "
			"its beginning, and with at most 255 bytes between "
			"slashes";
	else if (optind >= argc)
		wrong = "name a command";
	if (wrong)
		*ret_status = command_misuse(c, wrong);
	return !wrong;
}

static int step_main(int argc, char **argv)
{
	struct step_run s = { .in = INSIDE_CLOSED, .control = -1 };
	int status;

	if (parse(&s, argc, argv, &status))
		status = step_all(&s);
	close_fd(s.control);
	given_release(&s.given);
	step_release(&s.step);
	free(s.inputs.items);
	inside_release(&s.in);
	return status;
}

const struct command command_step = {
	.name = "step",
	.purpose = "run a command unless its mark says that it is done",
	.run = step_main,
	.usage =
		"usage: idemfs step [--input PATH]... [--command] [--learn] [--why] NAME\n"
		"                   [--] COMMAND [ARG...]\n"
		"\n"
		"Inside a mount. If the mark NAME exists and holds, says so and ends with 0.\n"
		"Else COMMAND is run; when it ends with 0, the mark is made. The exit status is\n"
		"COMMAND's; 128 + N when signal N killed it; 127 when it was not found, 126 when\n"
		"it cannot be executed, 125 when idemfs itself failed, so that no mark was made.\n"
		"Of two at once for one NAME, the second waits for the first.\n"
		"\n"
		"With --why the line on stdout says \"holds\", status 0, or why COMMAND would be\n"
		"run, status 1; 125 when that is not known. Nothing is changed.\n",
	.notes =
		"example: idemfs step fetch.done -- curl -o data.csv \"$URL\"\n"
		"         idemfs step --input data.csv sum.done -- ./sum.sh data.csv\n"
		"         idemfs step --learn main.o.done -- cc -c src/main.c\n",
	.options = { rows },
	.in_order = true,
	.misuse = EXIT_RUN_FAILED,
};
