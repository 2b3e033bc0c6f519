/* SPDX-License-Identifier: MIT */
#include "cli/args/args.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

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

/* --- the list of -o ------------------------------------------------------- */

/*
 * Options that mount(8) and fstab give to every filesystem.  "dev" and "suid"
 * are the kernel's defaults, which FUSE accepts only from root.
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

/* A key of FUSE or the kernel: never taken for a mistyped key of ours. */
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

/* The list behind one -o. */
static int take_list(void *into, const char *list, struct err *err)
{
	struct args *a = into;
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

/* --- the rows -------------------------------------------------------------- */

const struct option_row args_first[] = {
	{
		.key = "wait",
		.kind = OPTION_SWITCH,
		.at = offsetof(struct args, wait),
		.only = "run",
		.help = "wait until DIR is free, instead",
	},
	{
		.key = "no-join",
		.kind = OPTION_SWITCH,
		.at = offsetof(struct args, no_join),
		.only = "run",
		.help = "fail, instead",
	},
	{
		.key = "foreground",
		.letter = 'f',
		.kind = OPTION_SWITCH,
		.at = offsetof(struct args, foreground),
		.only = "mount",
		.help = "stay, and end on Ctrl-C or when unmounted",
		.manual = "`mount` only: stays, and ends when it is unmounted "
			  "or interrupted.",
	},
	{ .key = NULL },
};

const struct option_row args_last[] = {
	{
		.letter = 'o',
		.kind = OPTION_OWN,
		.set = take_list,
		.argument = "KEY[=VALUE],...",
		.help = "the same as a list, and what FUSE itself knows\n"
			"(ro, noexec, default_permissions, ...)",
		.manual =
			"The same as a list, and what FUSE itself knows (ro, "
			"noexec, suid, dev, ...). A directory on a read-only "
			"filesystem is mounted `ro`, and nothing is written to "
			"it: what a crash left there stays as it is.",
	},
	{ .key = NULL },
};

/* --- directories ---------------------------------------------------------- */

/*
 * @path without links if it exists, else just absolute; preflight.h says then
 * why it cannot be used.
 */
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
