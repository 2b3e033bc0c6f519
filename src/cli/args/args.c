/* SPDX-License-Identifier: MIT */
#include "cli/args/args.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/screen/say.h"

enum {
	ARG_KEY = 1, /* a key of core/options/options.h, by its long name */
	ARG_WAIT,
	ARG_NO_JOIN,
};

static const struct option longs[] = {
	{ "threads", required_argument, NULL, ARG_KEY },
	{ "in-place", required_argument, NULL, ARG_KEY },
	{ "resumable", required_argument, NULL, ARG_KEY },
	{ "discard-on", required_argument, NULL, ARG_KEY },
	{ "open-wait", required_argument, NULL, ARG_KEY },
	{ "drain", required_argument, NULL, ARG_KEY },
	{ "cache", required_argument, NULL, ARG_KEY },
	{ "durability", required_argument, NULL, ARG_KEY },
	{ "sync-interval", required_argument, NULL, ARG_KEY },
	{ "partial-keep", required_argument, NULL, ARG_KEY },
	{ "passthrough", required_argument, NULL, ARG_KEY },
	{ "stale", required_argument, NULL, ARG_KEY },
	{ "spin", required_argument, NULL, ARG_KEY },
	{ "allow-other", no_argument, NULL, ARG_KEY },
	{ "log-level", required_argument, NULL, ARG_KEY },
	{ "run-id", required_argument, NULL, ARG_KEY },
	{ "wait", no_argument, NULL, ARG_WAIT },
	{ "no-join", no_argument, NULL, ARG_NO_JOIN },
	{ "foreground", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

void args_init(struct args *a)
{
	*a = (struct args){ 0 };
	options_init(&a->opt);
}

void args_release(struct args *a)
{
	options_release(&a->opt);
	free(a->fuse_opts);
	free(a->backing);
	free(a->mountpoint);
}

/* --- one option ----------------------------------------------------------- */

void args_refuse(int c, char **argv, const struct option *known,
		 const char *command)
{
	const char *word = argv[optind - 1];
	bool is_long = !strncmp(word, "--", 2) && word[2];
	auto_free char *name = NULL;
	struct nearest n = { 0 };

	if (c == ':') {
		/* optopt names it; for a long one it is the last word read */
		say_error("%s: needs a value. See idemfs %s --help", word,
			  command);
		return;
	}
	if (!is_long) {
		say_error("-%c: unknown option. See idemfs %s --help", optopt,
			  command);
		return;
	}
	name = strndup(word + 2, strcspn(word + 2, "="));
	if (optopt) {
		say_error("--%s: takes no value", name ? name : word);
		return;
	}
	n.word = name ? name : word;
	for (; known->name; known++)
		nearest_offer(&n, known->name);
	if (n.best)
		say_error("--%s: unknown option. Did you mean --%s?", n.word,
			  n.best);
	else
		say_error("--%s: unknown option. See idemfs %s --help", n.word,
			  command);
}

static int set_key(struct args *a, const char *key, const char *value,
		   struct err *err)
{
	int r = options_set(&a->opt, key, value, err);

	return r == -ENOENT ? err_set(err, -EINVAL, "%s: unknown option", key)
			    : r;
}

int args_parse(struct args *a, int argc, char **argv, bool in_order)
{
	const char *shorts = in_order ? "+:o:fh" : ":o:fh";
	struct err err = { 0 };
	int c, which = 0, r = 0;

	opterr = 0;
	optind = 0; /* a fresh start, whatever was read before */
	while (r == 0 &&
	       (c = getopt_long(argc, argv, shorts, longs, &which)) != -1) {
		switch (c) {
		case ARG_KEY:
			r = set_key(a, longs[which].name, optarg, &err);
			break;
		case 'o':
			r = args_list(a, optarg, &err);
			break;
		case ARG_WAIT:
			a->wait = true;
			break;
		case ARG_NO_JOIN:
			a->no_join = true;
			break;
		case 'f':
			a->foreground = true;
			break;
		case 'h':
			a->help = true;
			break;
		default:
			args_refuse(c, argv, longs, argv[0]);
			return -EINVAL;
		}
	}
	if (r < 0)
		say_failure(&err, "options", r);
	return r;
}

/* --- the list of -o ------------------------------------------------------- */

/*
 * What mount(8) and fstab say to every filesystem.  "dev" and "suid" are the
 * kernel's defaults, which FUSE takes only from root.
 */
static bool is_noise(const char *key)
{
	static const char *const noise[] = {
		"defaults", "auto",  "noauto",	"user", "nouser",  "users",
		"owner",    "group", "nogroup", "rw",	"async",   "nofail",
		"_netdev",  "loop",  "silent",	"loud", "comment",
	};

	for (size_t i = 0; i < ARRAY_SIZE(noise); i++)
		if (!strcmp(key, noise[i]))
			return true;
	if (!strncmp(key, "x-", 2) || !strncmp(key, "X-", 2))
		return true;
	return geteuid() != 0 && (!strcmp(key, "dev") || !strcmp(key, "suid"));
}

/* What FUSE or the kernel knows: never taken for a mistyped key of ours. */
static bool is_fuse_key(const char *key)
{
	static const char *const known[] = {
		"ro",		"dev",
		"nodev",	"suid",
		"nosuid",	"exec",
		"noexec",	"sync",
		"dirsync",	"atime",
		"noatime",	"diratime",
		"nodiratime",	"relatime",
		"norelatime",	"strictatime",
		"lazytime",	"symfollow",
		"nosymfollow",	"allow_root",
		"auto_unmount", "blkdev",
		"blksize",	"fsname",
		"subtype",	"max_read",
		"context",	"fscontext",
		"defcontext",	"rootcontext",
		"debug",	"default_permissions",
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(key, known[i]))
			return true;
	return false;
}

static int add_fuse_opt(struct args *a, const char *word)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", a->fuse_opts ? a->fuse_opts : "",
		     a->fuse_opts ? "," : "", word) < 0)
		return -ENOMEM;
	free(a->fuse_opts);
	a->fuse_opts = joined;
	return 0;
}

/* "\," is a comma that does not part two options. */
static void unescape_commas(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == ',')
			s++;
		*to++ = *s;
	}
	*to = '\0';
}

/* One word of the list, as it stands there. */
static int list_word(struct args *a, const char *word, struct err *err)
{
	auto_free char *key = strdup(word);
	const char *near;
	char *value;
	int r;

	if (!key)
		return -ENOMEM;
	value = strchr(key, '=');
	if (value) {
		*value++ = '\0';
		unescape_commas(value);
	}
	r = options_set(&a->opt, key, value, err);
	if (r != -ENOENT)
		return r;
	if (is_noise(key))
		return 0;
	if (!strcmp(key, "remount"))
		return err_set(err, -EINVAL,
			       "-o remount: not supported. Unmount, and mount "
			       "with what is to be in force");
	near = is_fuse_key(key) ? NULL : options_nearest(key);
	if (near)
		return err_set(err, -EINVAL,
			       "-o %s: unknown option. Did you mean %s?", key,
			       near);
	return add_fuse_opt(a, word);
}

int args_list(struct args *a, const char *list, struct err *err)
{
	const char *p = list, *end;
	int r = 0;

	for (; r == 0 && *p; p = *end ? end + 1 : end) {
		auto_free char *word = NULL;

		for (end = p; *end && *end != ','; end++)
			if (end[0] == '\\' && end[1])
				end++;
		if (end == p)
			continue;
		word = strndup(p, (size_t)(end - p));
		r = word ? list_word(a, word, err) : -ENOMEM;
	}
	return r;
}

/* --- directories ---------------------------------------------------------- */

/* @path without links where it exists, else just absolute: preflight.h says why
 * it cannot be used. */
static char *absolute(const char *path)
{
	auto_free char *cwd = NULL;
	char *abs = realpath(path, NULL);

	if (abs)
		return abs;
	if (*path == '/')
		return strdup(path);
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&abs, "%s/%s", cwd, path) < 0)
		return NULL;
	return abs;
}

int args_paths(struct args *a, const char *backing, const char *mountpoint,
	       struct err *err)
{
	if (!*backing || !*mountpoint)
		return err_set(err, -EINVAL,
			       "\"\": an empty name. Name a directory");
	a->dir = mountpoint;
	a->backing = absolute(backing);
	a->mountpoint = absolute(mountpoint);
	return a->backing && a->mountpoint ? 0 : -ENOMEM;
}

int args_finish(struct args *a, struct err *err)
{
	return options_finish(&a->opt, err);
}
