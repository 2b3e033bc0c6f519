/* SPDX-License-Identifier: MIT */
#include "cli/job/listing.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/job/below.h"
#include "idemfs/control.h"

/* So many names more than there were are looked at, to find a new one. */
#define MORE 4096
/* And of so many new ones, each is tried alone. */
#define ALONE 256

static bool is_root(const struct listing *l)
{
	return !strcmp(l->path, ".");
}

static bool is_left_out(void *arg, const char *name)
{
	const struct listing *l = arg;

	if (is_root(l) && !strcmp(name, IDEMFS_CHECKPOINTS))
		return true;
	return made_has(l->made, l->path, name);
}

static bool is_as_it_was(const struct listing *l, size_t count,
			 dirnames_skip skip, void *arg)
{
	struct digest d;

	return count == l->count &&
	       dirnames_digest(&l->names, skip, arg, &d) == 0 &&
	       !memcmp(&d, &l->digest, sizeof(d));
}

int listing_judge(struct listing *l, const struct record *r)
{
	size_t most = r->count < SIZE_MAX - MORE ? r->count + MORE : SIZE_MAX;
	int fd = below_open(l->root, r->path, O_RDONLY | O_DIRECTORY), code;

	if (fd < 0)
		return fd;
	l->path = strdup(r->path);
	l->count = r->count;
	l->digest = r->digest;
	if (!l->path) {
		close_fd(fd);
		return -ENOMEM;
	}
	code = dirnames_read(fd, most, is_left_out, l, &l->names);
	l->too_many = code > 0;
	if (code < 0)
		return code;
	return !l->too_many && is_as_it_was(l, l->names.count, NULL, NULL);
}

void listing_release(struct listing *l)
{
	dirnames_release(&l->names);
	free(l->path);
	l->path = NULL;
}

/* --- a new name ----------------------------------------------------------- */

struct fresh {
	int dir;
	const struct timespec *since;
	char **names; /* those of struct dirnames, which came after @since */
	size_t count;
	const char *alone; /* the one that is tried, or NULL: all of them */
};

static bool is_after(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec
				      : a->tv_nsec >= b->tv_nsec;
}

static bool is_fresh(const struct fresh *f, const char *name)
{
	struct stat st;

	return fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       is_after(&st.st_ctim, f->since);
}

static bool skip_fresh(void *arg, const char *name)
{
	const struct fresh *f = arg;

	if (f->alone)
		return !strcmp(f->alone, name);
	for (size_t i = 0; i < f->count; i++)
		if (f->names[i] == name)
			return true;
	return false;
}

/* The new name, if the others are those that were there; or NULL. */
static const char *find_new(const struct listing *l, struct fresh *f)
{
	size_t n = l->names.count;

	for (size_t i = 0; i < n && f->count < ALONE; i++)
		if (is_fresh(f, l->names.items[i]))
			f->names[f->count++] = l->names.items[i];
	if (f->count && is_as_it_was(l, n - f->count, skip_fresh, f))
		return f->names[0];
	for (size_t i = 0; i < f->count; i++) {
		f->alone = f->names[i];
		if (is_as_it_was(l, n - 1, skip_fresh, f))
			return f->alone;
	}
	/* There are new ones for sure, and this is one as like as not. */
	return f->count && n > l->count ? f->names[0] : NULL;
}

static char *say_new(const struct listing *l, const char *dir, int fd)
{
	char *names[ALONE], *text = NULL;
	struct fresh f = { .dir = fd, .since = l->since, .names = names };
	const char *name = find_new(l, &f);
	auto_free char *shown = name ? text_escape(name) : NULL;
	struct stat st;
	bool file;

	if (!shown)
		return NULL;
	file = fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	       !S_ISDIR(st.st_mode);
	if (asprintf(&text, "%s/ has a new %s %s", dir,
		     file ? "file" : "directory", shown) < 0)
		return NULL;
	return text;
}

/* --- a name that is gone -------------------------------------------------- */

/* What comes behind the directory in @path: its first name, @n bytes. */
static const char *name_in(const struct listing *l, const char *path, size_t *n)
{
	size_t len = is_root(l) ? 0 : strlen(l->path);

	if (len && (strncmp(path, l->path, len) != 0 || path[len++] != '/'))
		return NULL;
	*n = strcspn(path + len, "/");
	return path + len;
}

/* Was it there, by what @r tells? */
static bool was_there(const struct record *r)
{
	switch (r->kind) {
	case RECORD_INPUT:
	case RECORD_LEARNED:
	case RECORD_UNLEARNED:
	case RECORD_LISTED:
	case RECORD_LINKED:
	case RECORD_FOLDED:
		return *r->path != '/' && strcmp(r->path, ".") != 0;
	default:
		return false;
	}
}

static char *say_gone(struct listing *l, const char *dir,
		      struct manifest_reader *m)
{
	struct record r;
	char *text = NULL;

	while (m && manifest_next(m, &r) > 0) {
		auto_free char *name = NULL, *shown = NULL;
		const char *p;
		size_t n;

		if (!was_there(&r))
			continue;
		p = name_in(l, r.path, &n);
		name = p ? strndup(p, n) : NULL;
		if (!name || dirnames_have(&l->names, name) ||
		    is_left_out(l, name))
			continue;
		shown = text_escape(name);
		if (!shown ||
		    asprintf(&text, "%s%s%s is gone", is_root(l) ? "" : dir,
			     is_root(l) ? "" : "/", shown) < 0)
			return NULL;
		return text;
	}
	return NULL;
}

char *listing_explain(struct listing *l, struct manifest_reader *m)
{
	auto_free char *dir = text_escape(l->path);
	auto_fd fd = below_open(l->root, l->path, O_RDONLY | O_DIRECTORY);
	char *text = NULL;

	if (!dir)
		return NULL;
	if (fd >= 0)
		text = say_new(l, dir, fd);
	if (!text && !l->too_many)
		text = say_gone(l, dir, m);
	if (!text &&
	    asprintf(&text, "%s/ has other names than it had", dir) < 0)
		return NULL;
	return text;
}
