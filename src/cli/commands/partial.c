/* SPDX-License-Identifier: MIT */
/*
 * idemfs partial: what was written, but never promoted.
 *
 * Works on the state directory itself, with and without a mount: below a mount
 * it is reached by the daemon's own descriptor of the backing directory.
 */
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/nearest.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/screen/human.h"
#include "cli/screen/say.h"
#include "core/quarantine/quarantine.h"
#include "core/quarantine/restore.h"

struct task {
	struct statedir place;
	/* options */
	bool json, force, all;
	const char *to;
};

/* --- list ----------------------------------------------------------------- */

static void print_entry(const struct partial *p)
{
	auto_free char *path = text_escape(*p->path ? p->path : "?");
	auto_free char *command = text_escape(p->command);
	auto_free char *why = text_escape(p->why);
	char when[64], bytes[32];

	human_when(&p->time, when, sizeof(when));
	text_size(p->size, bytes, sizeof(bytes));
	printf("%-4" PRIu64 "  %-19s  %-10s  %s  (%s", p->id, when, bytes,
	       path ? path : "?",
	       why && *why ? why : "its record cannot be read");
	if (p->pid > 0)
		printf("; process %d", p->pid);
	if (command && *command)
		printf(": %s", command);
	puts(")");
}

static void put_json(struct json *j, const struct partial *p)
{
	json_object(j, NULL, NULL);
	json_number(j, "id", (int64_t)p->id);
	json_text(j, "path", p->path);
	json_number(j, "size", p->size);
	json_time(j, "time", &p->time);
	json_time(j, "began", &p->began);
	json_number(j, "pid", p->pid);
	json_text(j, "command", p->command);
	json_text(j, "why", p->why);
	json_close(j);
}

static void print_json(const struct partial_list *l)
{
	struct json j = { .out = stdout };

	json_array(&j, NULL, "\n");
	for (size_t i = 0; i < l->count; i++)
		put_json(&j, &l->items[i]);
	json_close(&j);
}

static void print_list(const struct partial_list *l)
{
	if (l->count)
		printf("%-4s  %-19s  %-10s  PATH  (WHY)\n", "ID", "WHEN",
		       "SIZE");
	for (size_t i = 0; i < l->count; i++)
		print_entry(&l->items[i]);
}

static int partial_list(struct task *t)
{
	struct partial_list l;
	int r = quarantine_list(t->place.state.partial, &l);

	if (r < 0)
		return r;
	if (t->json)
		print_json(&l);
	else
		print_list(&l);
	partial_list_release(&l);
	return say_finish() == EXIT_DONE ? 0 : -EIO;
}

/* --- restore and drop ----------------------------------------------------- */

static int no_such(const struct task *t, const char *id, struct err *err)
{
	return err_set(err, -ENOENT,
		       "%s: nothing of number %s. See: idemfs partial list %s",
		       t->place.dir, id, t->place.dir);
}

static int parse_id(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno || end == text || *end || *text == '-' ? -EINVAL : 0;
}

static const struct partial *find_id(const struct partial_list *l, uint64_t id)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].id == id)
			return &l->items[i];
	return NULL;
}

static void print_restored(const struct restore *job)
{
	auto_free char *text = text_escape(job->path);

	if (job->beneath) {
		text_print(stdout, job->dir, strlen(job->dir));
		putchar('/');
	}
	puts(text ? text : "?");
}

static int restore_entry(struct task *t, const struct partial *entry,
			 struct err *err)
{
	struct restore job = {
		.dir = t->to ? "." : t->place.dir,
		.path = t->to ? t->to : entry->path,
		.beneath = !t->to,
		.force = t->force,
		.tmp = t->to || t->place.mounted ? -1 : t->place.state.tmp,
	};
	auto_fd from = quarantine_open(t->place.state.partial, entry->id);
	int r;

	if (from < 0)
		return err_set(err, from, "%s: the bytes of %" PRIu64 ": %s",
			       t->place.dir, entry->id, strerror(-from));
	if (!*job.path)
		return err_set(err, -EINVAL,
			       "%s: nobody knows where %" PRIu64 " belongs. "
			       "Choose a place with --to PATH",
			       t->place.dir, entry->id);
	job.from = from;
	r = restore_file(&job, err);
	if (r == 0)
		r = quarantine_drop(t->place.state.partial, entry->id);
	if (r == 0)
		print_restored(&job);
	return r;
}

static int restore_id(struct task *t, const char *text, struct err *err)
{
	struct partial_list l;
	const struct partial *entry;
	uint64_t id;
	int r;

	if (!t->place.mounted && !t->to && statedir_is_served(&t->place))
		return err_set(err, -EBUSY,
			       "%s: a mount elsewhere serves it. Name that "
			       "mount point instead",
			       t->place.dir);
	if (parse_id(text, &id) < 0)
		return no_such(t, text, err);
	r = quarantine_list(t->place.state.partial, &l);
	if (r < 0)
		return r;
	entry = find_id(&l, id);
	r = entry ? restore_entry(t, entry, err) : no_such(t, text, err);
	partial_list_release(&l);
	return r;
}

static int drop_id(struct task *t, const char *text, struct err *err)
{
	uint64_t id;
	int r = parse_id(text, &id);

	if (r == 0)
		r = quarantine_drop(t->place.state.partial, id);
	return r == -ENOENT || r == -EINVAL ? no_such(t, text, err) : r;
}

static int drop_all(struct task *t)
{
	struct partial_list l;
	int r = quarantine_list(t->place.state.partial, &l), one;

	if (r < 0)
		return r;
	for (size_t i = 0; i < l.count; i++) {
		one = quarantine_drop(t->place.state.partial, l.items[i].id);
		if (one < 0 && one != -ENOENT)
			r = one;
	}
	partial_list_release(&l);
	return r;
}

/* --- command line --------------------------------------------------------- */

typedef int (*each_fn)(struct task *t, const char *id, struct err *err);

/* All of them, also when one fails: what went wrong is said for each. */
static int for_each_id(struct task *t, each_fn each, char **ids)
{
	int r, status = EXIT_DONE;

	for (; *ids; ids++) {
		struct err err = { 0 };

		r = each(t, *ids, &err);
		if (r < 0) {
			say_failure(&err, t->place.dir, r);
			status = EXIT_FAILED;
		}
	}
	return status;
}

static int act(struct task *t, const char *verb, char **ids)
{
	struct err err = { 0 };
	int r = statedir_open(t->place.dir, &t->place, &err);
	int status = EXIT_DONE;

	if (r == 0) {
		if (!strcmp(verb, "list"))
			r = partial_list(t);
		else if (!strcmp(verb, "restore"))
			status = for_each_id(t, restore_id, ids);
		else if (t->all)
			r = drop_all(t);
		else
			status = for_each_id(t, drop_id, ids);
		statedir_release(&t->place);
	}
	if (r < 0)
		say_failure(&err, t->place.dir, r);
	return r < 0 ? EXIT_FAILED : status;
}

static int refuse(const char *what)
{
	return command_misuse(&command_partial, what);
}

/* @n words after DIR. */
static int judge(const struct task *t, const char *verb, int n)
{
	bool list = !strcmp(verb, "list"), drop = !strcmp(verb, "drop");

	if (list && n > 0)
		return refuse("list takes one directory");
	if (t->json && !list)
		return refuse("--json is for list");
	if ((t->to || t->force) && (list || drop))
		return refuse("--to and --force are for restore");
	if (t->all && !drop)
		return refuse("--all is for drop");
	if (t->all && n > 0)
		return refuse("--all, or numbers: not both");
	if (!list && !t->all && n == 0)
		return refuse("name a number of idemfs partial list");
	if (t->to && n > 1)
		return refuse("--to takes one number at a time");
	return EXIT_DONE;
}

static int check_verb(const char *verb)
{
	static const char *const verbs[] = { "list", "restore", "drop" };
	struct nearest n = { .word = verb };

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (!strcmp(verb, verbs[i]))
			return EXIT_DONE;
		nearest_offer(&n, verbs[i]);
	}
	if (n.best)
		say_error("partial: %s: unknown. Did you mean %s?", verb,
			  n.best);
	else
		say_error("partial: %s: unknown. Say list, restore or drop",
			  verb);
	return EXIT_USAGE;
}

static const struct option_row rows[] = {
	{ "json", 'j', OPTION_SWITCH, offsetof(struct task, json),
	  .help = "list for programs" },
	{ "to", 't', OPTION_TEXT, offsetof(struct task, to), .argument = "PATH",
	  .help = "restore to PATH instead of its own name" },
	{ "force", 'f', OPTION_SWITCH, offsetof(struct task, force),
	  .help = "restore over a file that is there" },
	{ "all", 'a', OPTION_SWITCH, offsetof(struct task, all),
	  .help = "drop all of them" },
	{ .key = NULL },
};

static int partial_main(int argc, char **argv)
{
	struct task t = { 0 };
	const char *verb;
	int status;

	if (!command_read(&command_partial, argc, argv, &t, &status))
		return status;
	if (optind == argc)
		return refuse("say list, restore or drop");
	verb = argv[optind++];
	status = check_verb(verb);
	if (status == EXIT_DONE && optind == argc)
		status = refuse("name a directory");
	if (status != EXIT_DONE)
		return status;
	t.place.dir = argv[optind++];
	status = judge(&t, verb, argc - optind);
	return status == EXIT_DONE ? act(&t, verb, argv + optind) : status;
}

const struct command command_partial = {
	.name = "partial",
	.purpose = "list, restore or drop files that were not promoted",
	.run = partial_main,
	.usage =
		"usage: idemfs partial list [--json] DIR\n"
		"       idemfs partial restore [--to PATH] [--force] DIR ID...\n"
		"       idemfs partial drop DIR ID...\n"
		"       idemfs partial drop --all DIR\n"
		"\n"
		"DIR is a mount point, or a directory that was mounted before.\n",
	.notes = "example: idemfs partial list out\n"
		 "         idemfs partial restore --to /tmp/look out 3\n"
		 "         idemfs partial drop --all out\n",
	.options = { rows },
};
