/* SPDX-License-Identifier: MIT */
/*
 * idemfs partial: what was written, but never promoted.
 *
 * Works on the state directory itself, with and without a mount: below a mount
 * it is reached by the daemon's own descriptor of the backing directory.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/restore.h"
#include "cli/target.h"
#include "core/quarantine.h"
#include "core/state.h"

static const char help[] =
	"idemfs partial: list, restore or drop files that were not promoted\n"
	"\n"
	"usage: idemfs partial list [--json] DIR\n"
	"       idemfs partial restore [--to PATH] [--force] DIR ID...\n"
	"       idemfs partial drop DIR ID...\n"
	"       idemfs partial drop --all DIR\n"
	"\n"
	"DIR is a mount point, or a directory that was mounted before.\n"
	"\n"
	"  -j, --json            list for programs\n"
	"  -t, --to PATH         restore to PATH instead of its own name\n"
	"  -f, --force           restore over a file that is there\n"
	"  -a, --all             drop all of them\n"
	"  -h, --help            this text\n"
	"\n"
	"example: idemfs partial list out\n"
	"         idemfs partial restore --to /tmp/look out 3\n"
	"         idemfs partial drop --all out\n";

struct place {
	const char *dir;
	bool mounted;
	struct state state;
	/* options */
	bool json, force, all;
	const char *to;
};

/* --- reaching it ---------------------------------------------------------- */

/* Is @s, of a directory that is no mount, in use by a mount elsewhere? */
static bool is_served(const struct state *s)
{
	auto_fd fd = openat(s->dir, "lock", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
	       errno == EWOULDBLOCK;
}

static int open_root(struct place *p, struct err *err)
{
	struct target t;
	int r = target_look(p->dir, &t, err), fd;

	if (r < 0)
		return r;
	p->mounted = t.kind == TARGET_ALIVE;
	if (t.kind == TARGET_DEAD || t.kind == TARGET_CLOSED)
		return target_find(p->dir, &t, err); /* says why not */
	if (!p->mounted) {
		fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	fd = target_open_root(&t);
	if (fd < 0)
		r = err_set(err, fd,
			    "%s: its daemon (process %d) cannot be reached "
			    "from here. Run this as the user who mounted it, "
			    "on the same machine",
			    p->dir, t.pid);
	target_release(&t);
	return fd < 0 ? r : fd;
}

static int place_open(struct place *p, struct err *err)
{
	auto_fd root = open_root(p, err);
	int r;

	if (root < 0)
		return root;
	r = state_open_readonly(root, p->dir, &p->state, err);
	if (r == -ENOENT)
		return err_set(err, r,
			       "%s: idemfs has never been mounted here. Name "
			       "the directory that it was mounted over",
			       p->dir);
	return r;
}

/* --- list ----------------------------------------------------------------- */

static void format_time(const struct timespec *t, char *buf, size_t size)
{
	struct tm tm;

	if (!localtime_r(&t->tv_sec, &tm) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, size, "?");
}

static void print_entry(const struct partial *p)
{
	auto_free char *path = text_escape(*p->path ? p->path : "?");
	auto_free char *command = text_escape(p->command);
	char when[64], bytes[32];

	format_time(&p->time, when, sizeof(when));
	text_size(p->size, bytes, sizeof(bytes));
	printf("%-4" PRIu64 "  %-19s  %-10s  %s  (%s", p->id, when, bytes,
	       path ? path : "?",
	       *p->why ? p->why : "its record cannot be read");
	if (p->pid > 0)
		printf("; process %d", p->pid);
	if (command && *command)
		printf(": %s", command);
	puts(")");
}

static void print_json_time(const char *key, const struct timespec *t)
{
	printf("\"%s\": %lld.%09ld, ", key, (long long)t->tv_sec, t->tv_nsec);
}

static void print_json(const struct partial *p)
{
	printf("{\"id\": %" PRIu64 ", \"path\": ", p->id);
	text_json(stdout, p->path);
	printf(", \"size\": %" PRId64 ", ", p->size);
	print_json_time("time", &p->time);
	print_json_time("began", &p->began);
	printf("\"pid\": %d, \"command\": ", p->pid);
	text_json(stdout, p->command);
	printf(", \"why\": ");
	text_json(stdout, p->why);
	printf("}");
}

static int partial_list(struct place *p, struct err *err)
{
	struct partial_list l;
	int r = quarantine_list(p->state.partial, &l);

	(void)err;
	if (r < 0)
		return r;
	if (p->json)
		printf("[");
	else if (l.count)
		printf("%-4s  %-19s  %-10s  PATH  (WHY)\n", "ID", "WHEN",
		       "SIZE");
	for (size_t i = 0; i < l.count; i++) {
		if (p->json) {
			printf("%s", i ? ",\n " : "");
			print_json(&l.items[i]);
		} else {
			print_entry(&l.items[i]);
		}
	}
	if (p->json)
		puts("]");
	partial_list_release(&l);
	return cli_finish_stdout() == EXIT_DONE ? 0 : -EIO;
}

/* --- restore and drop ----------------------------------------------------- */

static int no_such(const struct place *p, const char *id, struct err *err)
{
	return err_set(err, -ENOENT,
		       "%s: nothing of number %s. See: idemfs partial list %s",
		       p->dir, id, p->dir);
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

	if (job->beneath)
		printf("%s/", job->dir);
	puts(text ? text : "?");
}

static int restore_entry(struct place *p, const struct partial *entry,
			 struct err *err)
{
	struct restore job = {
		.dir = p->to ? "." : p->dir,
		.path = p->to ? p->to : entry->path,
		.beneath = !p->to,
		.force = p->force,
		.unmounted = !p->to && !p->mounted,
	};
	auto_fd from = quarantine_open(p->state.partial, entry->id);
	int r;

	if (from < 0)
		return err_set(err, from, "%s: the bytes of %" PRIu64 ": %s",
			       p->dir, entry->id, strerror(-from));
	if (!*job.path)
		return err_set(err, -EINVAL,
			       "%s: nobody knows where %" PRIu64 " belongs. "
			       "Choose a place with --to PATH",
			       p->dir, entry->id);
	job.from = from;
	r = restore_file(&job, err);
	if (r == 0)
		r = quarantine_drop(p->state.partial, entry->id);
	if (r == 0)
		print_restored(&job);
	return r;
}

static int restore_id(struct place *p, const char *text, struct err *err)
{
	struct partial_list l;
	const struct partial *entry;
	uint64_t id;
	int r;

	if (!p->mounted && !p->to && is_served(&p->state))
		return err_set(err, -EBUSY,
			       "%s: a mount elsewhere serves it. Name that "
			       "mount point instead",
			       p->dir);
	if (parse_id(text, &id) < 0)
		return no_such(p, text, err);
	r = quarantine_list(p->state.partial, &l);
	if (r < 0)
		return r;
	entry = find_id(&l, id);
	r = entry ? restore_entry(p, entry, err) : no_such(p, text, err);
	partial_list_release(&l);
	return r;
}

static int drop_id(struct place *p, const char *text, struct err *err)
{
	uint64_t id;
	int r = parse_id(text, &id);

	if (r == 0)
		r = quarantine_drop(p->state.partial, id);
	return r == -ENOENT || r == -EINVAL ? no_such(p, text, err) : r;
}

static int drop_all(struct place *p)
{
	struct partial_list l;
	int r = quarantine_list(p->state.partial, &l), one;

	if (r < 0)
		return r;
	for (size_t i = 0; i < l.count; i++) {
		one = quarantine_drop(p->state.partial, l.items[i].id);
		if (one < 0 && one != -ENOENT)
			r = one;
	}
	partial_list_release(&l);
	return r;
}

/* --- command line --------------------------------------------------------- */

typedef int (*each_fn)(struct place *p, const char *id, struct err *err);

/* All of them, also when one fails: what went wrong is said for each. */
static int for_each_id(struct place *p, each_fn each, char **ids)
{
	int r, status = EXIT_DONE;

	for (; *ids; ids++) {
		struct err err = { 0 };

		r = each(p, *ids, &err);
		if (r < 0) {
			cli_say(&err, p->dir, r);
			status = EXIT_FAILED;
		}
	}
	return status;
}

static int act(struct place *p, const char *verb, char **ids)
{
	struct err err = { 0 };
	int r = place_open(p, &err), status = EXIT_DONE;

	if (r == 0) {
		if (!strcmp(verb, "list"))
			r = partial_list(p, &err);
		else if (!strcmp(verb, "restore"))
			status = for_each_id(p, restore_id, ids);
		else if (p->all)
			r = drop_all(p);
		else
			status = for_each_id(p, drop_id, ids);
		state_release(&p->state);
	}
	if (r < 0)
		cli_say(&err, p->dir, r);
	return r < 0 ? EXIT_FAILED : status;
}

static int refuse(const char *what)
{
	cli_error("partial: %s. See idemfs partial --help", what);
	return EXIT_USAGE;
}

/* @n words after DIR. */
static int judge(const struct place *p, const char *verb, int n)
{
	bool list = !strcmp(verb, "list"), drop = !strcmp(verb, "drop");

	if (list && n > 0)
		return refuse("list takes one directory");
	if (p->json && !list)
		return refuse("--json is for list");
	if ((p->to || p->force) && (list || drop))
		return refuse("--to and --force are for restore");
	if (p->all && !drop)
		return refuse("--all is for drop");
	if (p->all && n > 0)
		return refuse("--all, or numbers: not both");
	if (!list && !p->all && n == 0)
		return refuse("name a number of idemfs partial list");
	if (p->to && n > 1)
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
		cli_error("partial: %s: unknown. Did you mean %s?", verb,
			  n.best);
	else
		cli_error("partial: %s: unknown. Say list, restore or drop",
			  verb);
	return EXIT_USAGE;
}

static int partial_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "to", required_argument, NULL, 't' },
		{ "force", no_argument, NULL, 'f' },
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct place p = { 0 };
	const char *verb;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":jt:fah", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			p.json = true;
			break;
		case 't':
			p.to = optarg;
			break;
		case 'f':
			p.force = true;
			break;
		case 'a':
			p.all = true;
			break;
		case 'h':
			return cli_print(help);
		default:
			args_refuse(c, argv, longs, "partial");
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return refuse("say list, restore or drop");
	verb = argv[optind++];
	status = check_verb(verb);
	if (status == EXIT_DONE && optind == argc)
		status = refuse("name a directory");
	if (status != EXIT_DONE)
		return status;
	p.dir = argv[optind++];
	status = judge(&p, verb, argc - optind);
	return status == EXIT_DONE ? act(&p, verb, argv + optind) : status;
}

const struct command command_partial = { "partial", partial_main, help };
