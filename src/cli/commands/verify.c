/* SPDX-License-Identifier: MIT */
/*
 * idemfs verify: do marks still hold?  With and without a mount.
 *
 *	verify_dir     reads what marks tell, and compares (core/verify/verify.h)
 *	print_...      what was found
 *
 * A thread draws the progress on a terminal, every DRAW_MS: main waits for the
 * others, and posts `over` to end it.
 */
#include <semaphore.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/screen/say.h"
#include "core/verify/accept.h"
#include "core/verify/verify.h"

#define DRAW_MS 200
#define THREADS_MIN 2
#define THREADS_MAX 4

struct job {
	struct statedir place;
	struct latest c;
	struct verify v;
	bool *chosen;	   /* by owner, from 1 */
	size_t mark_count; /* chosen ones */
	size_t damaged;	   /* of them */
	bool json, accept;
	size_t accepted;
	char **names; /* of marks, up to a NULL */
	sem_t over;
};

/* --- what was found ------------------------------------------------------- */

static int print_problem(const struct verify_problem *p)
{
	auto_free char *path = text_escape(p->path);
	auto_free char *mark = p->mark ? text_escape(p->mark) : NULL;
	char text[64];

	if (!path || (p->mark && !mark))
		return -ENOMEM;
	verify_why(p, text, sizeof(text));
	printf("%s %s", verify_kind(p), path);
	if (mark)
		printf(" (%s)", mark);
	printf("%s%s\n", *text ? ": " : "", text);
	return 0;
}

static const char *why_damaged(const struct latest_mark *m)
{
	return m->code == -EPROTO ? "made by a newer idemfs"
				  : "its manifest cannot be read";
}

/* Is every file another one of the same size? */
static bool is_copy(const struct job *j)
{
	for (size_t i = 0; i < j->v.count; i++)
		if (j->v.problems[i].verdict != VERDICT_INODE ||
		    !j->v.problems[i].mark)
			return false;
	return j->v.count > 0 && !j->damaged && !j->v.full;
}

static int print_text(const struct job *j)
{
	size_t n = j->v.count + j->damaged;
	int r = 0;

	for (size_t i = 0; !r && i < j->c.count; i++) {
		auto_free char *mark = NULL;

		if (!j->chosen[i + 1] || !j->c.marks[i].code)
			continue;
		mark = text_escape(j->c.marks[i].name);
		r = mark ? 0 : -ENOMEM;
		if (!r)
			printf("damaged mark %s: %s\n", mark,
			       why_damaged(&j->c.marks[i]));
	}
	for (size_t i = 0; !r && i < j->v.count; i++)
		r = print_problem(&j->v.problems[i]);
	if (r < 0)
		return r;
	if (!j->v.total && !n) {
		puts("nothing to verify: no mark vouches for a file");
		return 0;
	}
	printf("%lu path%s of %zu mark%s: ", j->v.total,
	       j->v.total == 1 ? "" : "s", j->mark_count,
	       j->mark_count == 1 ? "" : "s");
	if (n)
		printf("%zu problem%s\n", n, n == 1 ? "" : "s");
	else
		puts("all hold");
	if (j->accepted)
		printf("%zu file%s taken as %s now\n", j->accepted,
		       j->accepted == 1 ? "" : "s",
		       j->accepted == 1 ? "it is" : "they are");
	else if (is_copy(j))
		printf("this looks like a copy: see whether its bytes hold, and "
		       "take it: idemfs verify --full --accept %s\n",
		       j->place.dir);
	return 0;
}

static void put_damaged(struct json *j, const struct latest_mark *m)
{
	json_object(j, NULL, NULL);
	json_text(j, "problem", "damaged");
	json_text(j, "mark", m->name);
	json_text(j, "why", why_damaged(m));
	json_close(j);
}

static void put_problem(struct json *j, const struct verify_problem *p)
{
	char why[64];

	json_object(j, NULL, NULL);
	json_text(j, "problem", verify_kind(p));
	json_text(j, "path", p->path);
	if (p->mark)
		json_text(j, "mark", p->mark);
	verify_why(p, why, sizeof(why));
	if (*why)
		json_text(j, "why", why);
	json_close(j);
}

static void print_json(const struct job *j)
{
	struct json out = { .out = stdout };

	json_object(&out, NULL, NULL);
	json_bool(&out, "holds", !(j->v.count + j->damaged));
	json_bool(&out, "full", j->v.full);
	json_number(&out, "marks", (int64_t)j->mark_count);
	json_number(&out, "paths", (int64_t)j->v.total);
	json_array(&out, "problems", "\n");
	for (size_t i = 0; i < j->c.count; i++)
		if (j->chosen[i + 1] && j->c.marks[i].code)
			put_damaged(&out, &j->c.marks[i]);
	for (size_t i = 0; i < j->v.count; i++)
		put_problem(&out, &j->v.problems[i]);
	json_close(&out);
	json_close(&out);
}

/* --- progress ------------------------------------------------------------- */

static void draw(struct verify *v)
{
	char done[32], total[32];

	fprintf(stderr, "\r%lu of %lu paths", v->done, v->total);
	if (v->full) {
		text_size((int64_t)v->bytes_done, done, sizeof(done));
		text_size((int64_t)v->bytes_total, total, sizeof(total));
		fprintf(stderr, ", %s of %s", done, total);
	}
	fputs("\033[K", stderr);
}

static void *draw_until_over(void *arg)
{
	struct job *j = arg;
	struct timespec until;

	if (j->v.full)
		draw(&j->v); /* it will take a while */
	for (;;) {
		until = timespec_of_ns(now_ns() + DRAW_MS * 1000000L);
		if (sem_clockwait(&j->over, CLOCK_MONOTONIC, &until) == 0)
			break;
		if (errno == ETIMEDOUT)
			draw(&j->v);
	}
	fputs("\r\033[K", stderr);
	return NULL;
}

static int run_with_progress(struct job *j)
{
	pthread_t thread;
	int r;

	if (isatty(STDERR_FILENO) != 1)
		return verify_run(&j->v, &j->c);
	sem_init(&j->over, 0, 0);
	if (pthread_create(&thread, NULL, draw_until_over, j) != 0) {
		sem_destroy(&j->over);
		return verify_run(&j->v, &j->c);
	}
	r = verify_run(&j->v, &j->c);
	sem_post(&j->over);
	pthread_join(thread, NULL);
	sem_destroy(&j->over);
	return r;
}

/* --- from start to end ---------------------------------------------------- */

static const struct latest_mark *find_mark(const struct job *j,
					   const char *name)
{
	const char *run = j->place.target.run;
	const struct latest_mark *m = NULL;
	auto_free char *path = NULL;

	/* A name of the run that is on comes before one of another. */
	if (run && asprintf(&path, "%s/%s", run, name) > 0)
		m = latest_find(&j->c, path);
	return m ? m : latest_find(&j->c, name);
}

static int choose(struct job *j, struct err *err)
{
	j->chosen = calloc(j->c.count + 1, sizeof(*j->chosen));
	if (!j->chosen)
		return -ENOMEM;
	for (char **name = j->names; *name; name++) {
		const struct latest_mark *m = find_mark(j, *name);

		if (!m)
			return err_set(err, -ENOENT,
				       "%s: no mark \"%s\". See: ls %s",
				       j->place.dir, *name,
				       j->place.mounted ? ".checkpoints"
							: STATE_DIR "/marks");
		j->chosen[m - j->c.marks + 1] = true;
	}
	for (size_t i = 1; i <= j->c.count; i++) {
		if (!*j->names)
			j->chosen[i] = true;
		j->mark_count += j->chosen[i];
		j->damaged += j->chosen[i] && j->c.marks[i - 1].code;
	}
	j->v.chosen = j->chosen;
	return 0;
}

static unsigned int count_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < THREADS_MIN	 ? THREADS_MIN
	       : n > THREADS_MAX ? THREADS_MAX
				 : (unsigned int)n;
}

/* --- a copy --------------------------------------------------------------- */

/* Where the bytes are known to be the same, times do not matter. */
static void forgive_times(struct verify *v)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->count; i++)
		if (v->problems[i].mark &&
		    v->problems[i].verdict == VERDICT_MTIME)
			free(v->problems[i].path);
		else
			v->problems[kept++] = v->problems[i];
	v->count = kept;
}

/* Nothing is changed unless all holds. */
static int accept_all(struct job *j, struct err *err)
{
	struct state state = STATE_CLOSED;
	int r;

	forgive_times(&j->v);
	if (j->v.count + j->damaged)
		return 0;
	r = state_open(j->place.root, j->place.dir, &state, err);
	if (!r)
		r = accept_files(&state, j->place.root, &j->c, &j->accepted);
	state_release(&state);
	return r;
}

static int verify_dir(struct job *j, struct err *err)
{
	struct latest later = { 0 };
	int r = latest_read(&j->place.state, j->place.root, &j->c);

	if (!r)
		r = choose(j, err);
	if (r < 0)
		return r;
	j->v.root = j->place.root;
	j->v.threads = count_threads();
	r = run_with_progress(j);
	if (!r && j->v.count) {
		r = latest_read(&j->place.state, j->place.root, &later);
		if (!r)
			verify_settle(&j->v, &later);
		latest_release(&later);
	}
	if (!r && j->accept)
		r = accept_all(j, err);
	if (r < 0)
		return r;
	if (!j->json)
		return print_text(j);
	print_json(j);
	return 0;
}

static int verify_all(struct job *j, const char *dir)
{
	struct err err = { 0 };
	int status, r = statedir_open(dir, &j->place, &err);

	if (!r) {
		r = j->accept && j->place.mounted
			    ? err_set(&err, -EBUSY,
				      "%s: is mounted. First: idemfs umount %s",
				      dir, dir)
			    : verify_dir(j, &err);
		statedir_release(&j->place);
	}
	if (r < 0)
		say_failure(&err, dir, r);
	status = say_finish();
	if (r < 0 || j->v.count + j->damaged)
		status = EXIT_FAILED;
	verify_release(&j->v);
	latest_release(&j->c);
	free(j->chosen);
	return status;
}

static const struct option_row rows[] = {
	{ "full", 'f', OPTION_SWITCH, offsetof(struct job, v.full),
	  .help = "read all bytes, too; else sizes, times and inode numbers\n"
		  "decide. A copy that kept its times holds so" },
	{ "accept", 'a', OPTION_SWITCH, offsetof(struct job, accept),
	  .help = "of a copied or restored tree whose bytes all hold: takes\n"
		  "inode numbers and times as they are, so that its marks hold\n"
		  "for steps, too; not while it is mounted" },
	{ "extra", 'e', OPTION_SWITCH, offsetof(struct job, v.extra),
	  .help = "files that no mark knows of are problems, too" },
	{ "json", 'j', OPTION_SWITCH, offsetof(struct job, json),
	  .help = "for programs" },
	{ .key = NULL },
};

static int verify_main(int argc, char **argv)
{
	const struct command *c = &command_verify;
	struct job j = { 0 };
	int status;

	if (!command_read(c, argc, argv, &j, &status))
		return status;
	if (optind >= argc)
		return command_misuse(c, "name a directory");
	j.names = argv + optind + 1;
	if (j.accept && (!j.v.full || *j.names))
		return command_misuse(c, "--accept goes with --full, and is "
					 "for all marks");
	return verify_all(&j, argv[optind]);
}

const struct command command_verify = {
	.name = "verify",
	.purpose = "see whether what marks vouch for is still there",
	.run = verify_main,
	.usage =
		"usage: idemfs verify [--full [--accept]] [--extra] [--json] DIR [MARK...]\n"
		"\n"
		"DIR is a mount point, or a directory that was mounted before. Every path that a\n"
		"MARK (or any mark) told of is compared with the latest state that is recorded of\n"
		"it: what later steps changed or removed through the mount is no problem. Prints a\n"
		"line a problem, and a summary. A MARK of another run is ID/NAME.\n",
	.notes =
		"exit status: 0 all holds; 1 it does not, or cannot be judged; 2 not understood\n"
		"\n"
		"example: idemfs verify --full out\n",
	.options = { rows },
};
