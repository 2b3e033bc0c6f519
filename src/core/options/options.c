/* SPDX-License-Identifier: MIT */
#include "core/options/options.h"

#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "base/util.h"

#define THREADS_MAX 64
#define RUN_ID_MAX 128

/*
 * Written in place unless --in-place none is said: what people read while it is
 * written, and what a program that was killed goes on from by itself, with a
 * journal that it writes in step with files that are in place already.
 */
static const char *const default_in_place[] = {
	"*.log",
	"*.pid",
	".*.sw?", /* vim's swap files */
	".hg/",
	".svn/",
	".ninja_log",
	".ninja_deps",
	/* LevelDB and RocksDB; CURRENT is renamed to, tables are closed. */
	"MANIFEST-[0-9][0-9][0-9][0-9][0-9][0-9]",
};

/* What programs that were killed go on from. */
static const char *const default_resumable[] = {
	"*.part",
	"*.aria2",
	"*.joblog",
};

/* --- reading --------------------------------------------------------------- */

static int set_threads(void *into, const char *value, struct err *err)
{
	struct options *o = into;
	const char *p = value;
	int64_t n = option_number(&p, THREADS_MAX + 1);

	if (*p || n < 1 || n > THREADS_MAX)
		return err_set(err, -EINVAL,
			       "threads: \"%s\" is no number from 1 to %d",
			       value, THREADS_MAX);
	o->threads = (unsigned int)n;
	return 0;
}

/* "SIZE,AGE", each a number or "all"; "SIZE:AGE" for a list behind -o. */
static int set_partial_keep(void *into, const char *value, struct err *err)
{
	struct options *o = into;
	const char *comma = strpbrk(value, ",:");
	auto_free char *first = comma ? strndup(value, (size_t)(comma - value))
				      : NULL;
	int64_t size = -EINVAL, ms = -EINVAL;

	if (first)
		size = strcmp(first, "all") ? option_size(first) : -1;
	if (comma)
		ms = strcmp(comma + 1, "all") ? option_duration(comma + 1) : -1;
	if (size == -EINVAL || ms == -EINVAL)
		return err_set(
			err, -EINVAL,
			"partial-keep: \"%s\" is no SIZE,AGE: say 1G,14d "
			"or 500M,12h, with \"all\" for no limit",
			value);
	o->partial_keep_size = size;
	o->partial_keep_ms = ms;
	return 0;
}

static int set_log_level(void *into, const char *value, struct err *err)
{
	struct options *o = into;

	if (log_level_parse(value, &o->log_level) < 0)
		return err_set(
			err, -EINVAL,
			"log-level: \"%s\" is none of error, warn, info, debug",
			value);
	return 0;
}

static int add_rule(struct rules *r, bool *none, const char *key,
		    const char *value, struct err *err)
{
	if (!strcmp(value, "none")) {
		*none = true;
		return 0;
	}
	if (!r)
		return err_set(err, -ENOMEM, "%s: out of memory", key);
	return rules_add(r, value, err);
}

static int set_in_place(void *into, const char *value, struct err *err)
{
	struct options *o = into;

	return add_rule(o->in_place, &o->in_place_none, "in-place", value, err);
}

static int set_resumable(void *into, const char *value, struct err *err)
{
	struct options *o = into;

	return add_rule(o->resumable, &o->resumable_none, "resumable", value,
			err);
}

/* "20261123-091500-host", in UTC: sorts by time. */
static char *auto_run_id(void)
{
	char host[HOST_NAME_MAX + 1] = "host", *id;
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	if (gethostname(host, sizeof(host)) == 0)
		host[sizeof(host) - 1] = '\0';
	return asprintf(&id, "%s-%s", when, host) < 0 ? NULL : id;
}

/* A name of a directory that people can type and see. */
static bool is_run_id(const char *id)
{
	size_t n = strlen(id);

	if (n == 0 || n > RUN_ID_MAX || id[0] == '.' || id[0] == '-')
		return false;
	for (const char *p = id; *p; p++)
		if (*p == '/' || (unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

static int set_run_id(void *into, const char *value, struct err *err)
{
	struct options *o = into;
	char *id = strcmp(value, "auto") ? strdup(value) : auto_run_id();

	if (!id)
		return err_set(err, -ENOMEM, "run-id: out of memory");
	if (!is_run_id(id)) {
		free(id);
		return err_set(err, -EINVAL,
			       "run-id: \"%s\" is no name of a run: up to %d "
			       "bytes without slash or space, that begin with "
			       "neither '.' nor '-'; or auto",
			       value, RUN_ID_MAX);
	}
	free(o->run_id);
	o->run_id = id;
	return 0;
}

/* --- printing ------------------------------------------------------------- */

static void print_threads(const void *from, FILE *out)
{
	fprintf(out, "threads %u\n", ((const struct options *)from)->threads);
}

static void print_partial_keep(const void *from, FILE *out)
{
	const struct options *o = from;

	if (o->partial_keep_size < 0)
		fprintf(out, "partial-keep all,");
	else
		fprintf(out, "partial-keep %" PRId64 ",", o->partial_keep_size);
	if (o->partial_keep_ms < 0)
		fprintf(out, "all");
	else
		option_put_seconds(out, o->partial_keep_ms);
	fputc('\n', out);
}

static void print_log_level(const void *from, FILE *out)
{
	const struct options *o = from;

	fprintf(out, "log-level %s\n", log_level_name(o->log_level));
}

static void print_run_id(const void *from, FILE *out)
{
	const struct options *o = from;

	if (o->run_id)
		fprintf(out, "run-id %s\n", o->run_id);
}

static void print_rules(FILE *out, const char *key, const struct rules *r)
{
	size_t n = r ? rules_count(r) : 0;

	if (n == 0)
		fprintf(out, "%s none\n", key);
	for (size_t i = 0; i < n; i++) {
		auto_free char *text = text_escape(rules_glob(r, i));

		fprintf(out, "%s %s\n", key, text ? text : "?");
	}
}

static void print_in_place(const void *from, FILE *out)
{
	print_rules(out, "in-place", ((const struct options *)from)->in_place);
}

static void print_resumable(const void *from, FILE *out)
{
	print_rules(out, "resumable",
		    ((const struct options *)from)->resumable);
}

/* --- the rows -------------------------------------------------------------- */

static const struct option_word discard_words[] = {
	{ "killed", DISCARD_KILLED },
	{ "failed", DISCARD_FAILED },
	{ "crashed", DISCARD_CRASHED },
	{ "never", DISCARD_NEVER },
	{ NULL, 0 },
};

static const struct option_word durability_words[] = {
	{ "none", DURABILITY_NONE },
	{ "checkpoint", DURABILITY_CHECKPOINT },
	{ "close", DURABILITY_CLOSE },
	{ NULL, 0 },
};

static const struct option_word passthrough_words[] = {
	{ "auto", PASSTHROUGH_AUTO },
	{ "off", PASSTHROUGH_OFF },
	{ "on", PASSTHROUGH_ON },
	{ NULL, 0 },
};

static const struct option_word stale_words[] = {
	{ "hide", STALE_HIDE },
	{ "warn", STALE_WARN },
	{ NULL, 0 },
};

static const struct option_word spin_words[] = {
	{ "auto", SPIN_AUTO },
	{ "off", SPIN_OFF },
	{ NULL, 0 },
};

static const struct option_word log_words[] = {
	{ "error", LOG_ERROR }, { "warn", LOG_WARN }, { "info", LOG_INFO },
	{ "debug", LOG_DEBUG }, { NULL, 0 },
};

static const struct option_word run_id_words[] = {
	{ "auto", 0 },
	{ NULL, 0 },
};

#define AT(field) .at = offsetof(struct options, field)

const struct option_row options_rows[] = {
	{
		.key = "in-place",
		.kind = OPTION_OWN,
		.set = set_in_place,
		.print = print_in_place,
		.argument = "GLOB",
		.help = "write names that match in place, as without\n"
			"idemfs (databases, files to follow); may be\n"
			"given often; '!GLOB' excludes; \"*.log\" and\n"
			"others are there but for --in-place none",
		.manual =
			"Names that match are written in place, as without "
			"idemfs: databases that several processes share, files "
			"to follow. May be given often. The first that matches "
			"decides, and '!<GLOB>' excludes. A glob with a slash "
			"matches the path from the root of the mount, one "
			"without matches the name in any directory, and `**` "
			"stands for any number of directories. The last rules "
			"are always `*.log`, `*.pid`, `.*.sw?` (vim), all below "
			"`.hg` and `.svn`, `.ninja_log`, `.ninja_deps` and the "
			"`MANIFEST-`<NNNNNN> of LevelDB and RocksDB, but for "
			"`--in-place none`. Without any rule, an SQLite "
			"database in WAL mode, or with a journal that a "
			"transaction has left, is updated in place, too. Its "
			"journal, WAL and shared memory always go with it.",
	},
	{
		.key = "resumable",
		.kind = OPTION_OWN,
		.set = set_resumable,
		.print = print_resumable,
		.argument = "GLOB",
		.help = "names that match are kept however their writer\n"
			"ends (downloads); likewise, with \"*.part\" and\n"
			"others but for --resumable none",
		.manual =
			"Readers see names that match when they are closed, as "
			"all names. But such a name is promoted also when its "
			"writer was killed or failed: for programs that go on "
			"from their own unfinished file. Given as `--in-place`; "
			"the last rules are always `*.part`, `*.aria2` and "
			"`*.joblog`, but for `--resumable none`. See `Programs "
			"that go on` above.",
	},
	{
		.key = "threads",
		.kind = OPTION_OWN,
		.set = set_threads,
		.print = print_threads,
		.argument = "N",
		.help = "workers (default: processors, 2 to 8)",
		.manual =
			"Workers, 1 to 64. The default is one a processor, at "
			"least 2, at most 8.",
	},
	{
		.key = "discard-on",
		.kind = OPTION_CHOICE,
		AT(discard),
		.argument = "WHEN",
		.words = discard_words,
		.initial = "killed",
		.help = "which writers leave a file as it was: those\n"
			"\"killed\" by a signal (default), those that\n"
			"\"failed\" too, only those that \"crashed\"\n"
			"(not by TERM, INT, HUP, PIPE), or \"never\"",
		.manual =
			"Which writers leave the old file: those `killed` by a "
			"signal (the default); also those that `failed`, that "
			"is, exited with another status than 0 with the file "
			"still open; only those that `crashed`, for which TERM, "
			"INT, HUP and PIPE are a clean end (collectors that "
			"are stopped by kill(1)); or `never`. The process that "
			"opened the file decides, or the last one that holds "
			"it. When another process that had it open was killed "
			"(not by PIPE), the file is promoted only if the "
			"process that opened it goes on, or ends with 0. So "
			"what `timeout` or `sudo` has killed leaves the old "
			"file. What was synced (fsync(2)) and not written to "
			"since is promoted however its writer ends. Writes with "
			"O_SYNC do not count.",
	},
	{
		.key = "open-wait",
		.kind = OPTION_TIME,
		AT(open_wait_ms),
		.argument = "SECONDS",
		.initial = "5",
		.help = "how long a mark waits for open files (5)",
		.manual = "How long a mark waits for files that are still open "
			  "(5).",
	},
	{
		.key = "drain",
		.kind = OPTION_TIME,
		AT(drain_ms),
		.argument = "SECONDS",
		.initial = "10",
		.help = "how long an unmount waits for them (10)",
		.manual = "How long an unmount waits for them (10). What is "
			  "open after that goes to quarantine.",
	},
	{
		.key = "cache",
		.kind = OPTION_TIME,
		AT(cache_ms),
		.argument = "SECONDS",
		.initial = "1",
		.help = "how long the kernel may trust an answer (1)",
		.manual = "How long the kernel may trust an answer (1).",
	},
	{
		.key = "durability",
		.kind = OPTION_CHOICE,
		AT(durability),
		.argument = "LEVEL",
		.words = durability_words,
		.initial = "checkpoint",
		.help = "what survives a power cut: what a \"checkpoint\"\n"
			"vouches for (default), all from \"close\" on, or\n"
			"\"none\"",
		.manual =
			"What survives a power cut. With `checkpoint` (the "
			"default) all that a mark vouches for does. What was "
			"promoted since the last mark is on the disk within "
			"`--sync-interval`. With `close`, close(2) returns when "
			"the file would survive. With `none` nothing is "
			"flushed but what programs fsync(2) themselves, and a "
			"mark is only as safe as the page cache.",
	},
	{
		.key = "sync-interval",
		.kind = OPTION_TIME,
		AT(sync_interval_ms),
		.argument = "SECONDS",
		.initial = "5",
		.help = "how soon the rest is on disk, too (5)",
		.manual =
			"How soon what was promoted is on the disk, without a "
			"program waiting for it (5).",
	},
	{
		.key = "partial-keep",
		.kind = OPTION_OWN,
		.set = set_partial_keep,
		.print = print_partial_keep,
		.argument = "SIZE,AGE",
		.initial = "1G,14d",
		.help = "what quarantine keeps of a user (1G,14d)",
		.manual =
			"What quarantine keeps: of each owner as many bytes, "
			"and all for as long (1G,14d). The oldest of an owner "
			"goes first, and the log says so. `all` for either "
			"means no limit; in a list behind `-o` say <SIZE:AGE>.",
	},
	{
		.key = "spin",
		.kind = OPTION_CHOICE,
		AT(spin),
		.argument = "auto|off",
		.words = spin_words,
		.initial = "auto",
		.help = "look for requests a moment before sleeping",
		.manual =
			"Whether the daemon, after an answer, looks for the "
			"next request for some microseconds before it sleeps: "
			"while requests come that fast, and while no other "
			"thread wants the processor (auto).",
	},
	{
		.key = "passthrough",
		.kind = OPTION_CHOICE,
		AT(passthrough),
		.argument = "MODE",
		.words = passthrough_words,
		.initial = "auto",
		.help = "files are read and written by the kernel\n"
			"alone: where it can (auto), off, on",
		.manual =
			"Whether reads, writes and mappings of open files go "
			"straight to the filesystem below, at its speed (Linux "
			"6.9 or later, with privilege). `auto` (the default) "
			"does so where it can be had and the disk has room to "
			"spare. It does not with `--allow-other`: a user whose "
			"own server fills the memory that is read into could "
			"hold a file, and with it all names. `on` does so also "
			"then, and where there is little room, and warns in the "
			"log where it cannot be had. `idemfs status` says "
			"whether it is used, and why not.",
	},
	{
		.key = "stale",
		.kind = OPTION_CHOICE,
		AT(stale),
		.argument = "ACTION",
		.words = stale_words,
		.initial = "warn",
		.help = "a mark whose files were changed or deleted behind\n"
			"the mount: kept, with a \"warn\" in status\n"
			"(default), or \"hide\"",
		.manual =
			"What becomes of a mark when something that it vouches "
			"for was deleted or changed behind the mount (by size, "
			"time and inode number, as `idemfs verify` compares). "
			"With `warn` (the default) it stays; `idemfs status` "
			"and `idemfs report` say so, and `idemfs step` does the "
			"step again. With `hide` it reads as absent, so that "
			"`[ -e .checkpoints/x.done ]` is evidence, and the step "
			"is done again. It stays hidden until it is made anew, "
			"or all is back as it was. What later steps did "
			"through the mount never counts. A change is noticed "
			"within `--cache`, or ten times as long as it takes to "
			"look at all that marks tell of.",
	},
	{
		.key = "allow-other",
		.kind = OPTION_SWITCH,
		AT(allow_other),
		.help = "let other users in",
		.manual =
			"Lets other users in. A user who is not root needs "
			"user_allow_other in </etc/fuse.conf> for it. Programs "
			"are then run without their set-id bits, and device "
			"nodes are not opened, unless `-o suid,dev` is given: "
			"something inside the tree may be mounted nosuid or "
			"nodev, which does not show through the mount. When "
			"root uses the mount alone, it gets what the filesystem "
			"below allows.",
	},
	{
		.key = "log-level",
		.kind = OPTION_OWN,
		.set = set_log_level,
		.print = print_log_level,
		.argument = "LEVEL",
		.words = log_words,
		.initial = "info",
		.help = "error, warn, info (default) or debug",
		.manual = "What is written to the log (info), besides the "
			  "events that `idemfs log` tells.",
	},
	{
		.key = "run-id",
		.kind = OPTION_OWN,
		.set = set_run_id,
		.print = print_run_id,
		.argument = "ID",
		.words = run_id_words,
		.help = "a run of its own: its marks alone are seen, and\n"
			"kept in .checkpoints/ID; \"auto\" makes an ID of\n"
			"time and host; see idemfs runs --help",
		.manual =
			"Keeps the marks of this run in <.checkpoints/ID>, and "
			"shows just them at <.checkpoints> to scripts that name "
			"no run: none at first, so that every step runs. The "
			"same <ID> again goes on where that run has stopped; "
			"`auto` makes a new one of time and host. Other runs "
			"are found by name, and listed by `idemfs runs`.",
	},
	{ .key = NULL },
};

/* --- by their keys --------------------------------------------------------- */

enum {
	RULE_ROWS = 2, /* in-place and resumable, the first */
	ROWS = ARRAY_SIZE(options_rows) - 1,
};

int options_set(struct options *o, const char *key, const char *value,
		struct err *err)
{
	const struct option_row *row = option_find(options_rows, key);

	return row ? option_set(row, o, value, err) : -ENOENT;
}

/* The row @i of what is printed: the rules last, since they are many lines. */
static const struct option_row *printed_row(size_t i)
{
	return &options_rows[(i + RULE_ROWS) % ROWS];
}

const char *options_key(unsigned int i)
{
	return i < ROWS ? printed_row(i)->key : NULL;
}

const char *options_nearest(const char *key)
{
	char dashed[64];
	struct nearest n = { .word = dashed };
	size_t size = strnlen(key, sizeof(dashed));

	if (size == 0 || size == sizeof(dashed))
		return NULL;
	for (size_t i = 0; i <= size; i++)
		dashed[i] = key[i] == '_' ? '-' : key[i];
	for (size_t i = 0; i < ROWS; i++)
		nearest_offer(&n, options_rows[i].key);
	return n.best;
}

void options_print(const struct options *o, FILE *out)
{
	for (size_t i = 0; i < ROWS; i++)
		option_print(printed_row(i), o, out);
}

/* --- all of them ---------------------------------------------------------- */

void options_init(struct options *o)
{
	*o = (struct options){
		.in_place = rules_new(),
		.resumable = rules_new(),
	};
	for (const struct option_row *row = options_rows; row->key; row++)
		if (row->initial)
			option_set(row, o, row->initial, NULL);
}

void options_release(struct options *o)
{
	rules_free(o->in_place);
	o->in_place = NULL;
	rules_free(o->resumable);
	o->resumable = NULL;
	free(o->run_id);
	o->run_id = NULL;
}

static unsigned int default_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n > 8 ? 8 : (unsigned int)n;
}

static int add_defaults(struct rules *r, const char *const *globs, size_t n,
			struct err *err)
{
	int ret = r ? 0 : err_set(err, -ENOMEM, "out of memory");

	for (size_t i = 0; !ret && i < n; i++)
		ret = rules_add(r, globs[i], err);
	return ret;
}

int options_finish(struct options *o, struct err *err)
{
	int r = 0;

	if (o->finished)
		return 0;
	o->finished = true;
	if (o->threads == 0)
		o->threads = default_threads();
	if (!o->in_place_none)
		r = add_defaults(o->in_place, default_in_place,
				 ARRAY_SIZE(default_in_place), err);
	if (!r && !o->resumable_none)
		r = add_defaults(o->resumable, default_resumable,
				 ARRAY_SIZE(default_resumable), err);
	return r;
}
