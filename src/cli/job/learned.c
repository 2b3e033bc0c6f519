/* SPDX-License-Identifier: MIT */
#include "cli/job/learned.h"

#include <fcntl.h>
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/job/below.h"
#include "cli/job/input.h"
#include "cli/job/listing.h"
#include "cli/job/made.h"
#include "core/digest/digest.h"
#include "core/learn/names.h"
#include "idemfs/control.h"

struct learned {
	int root;
	struct timespec since;
	bool opens;
	struct made made;
	struct listing listing; /* the last one */
	char *path;		/* escaped: of what does not hold */
	char *why;		/* likewise, in words */
};

struct learned *learned_new(int root, const struct timespec *since, bool opens)
{
	struct learned *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (made_init(&l->made) < 0) {
		free(l);
		return NULL;
	}
	l->root = root;
	l->since = *since;
	l->opens = opens;
	return l;
}

void learned_free(struct learned *l)
{
	if (!l)
		return;
	listing_release(&l->listing);
	made_release(&l->made);
	free(l->path);
	free(l->why);
	free(l);
}

/* @path between two texts: "lib/a.h changed".  0, or -ENOMEM. */
static int differs(struct learned *l, const char *before, const char *path,
		   const char *after)
{
	auto_free char *shown = text_escape(path);

	free(steal_ptr(&l->why));
	if (!shown || asprintf(&l->why, "%s%s%s", before, shown, after) < 0) {
		l->why = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* What a failed open of a path says. */
static int differs_by(struct learned *l, const char *path, int code)
{
	char how[128];

	switch (code) {
	case -ENOMEM:
		return code;
	case -ENOENT:
	case -ENOTDIR:
		return differs(l, "", path, " is gone");
	case -EINVAL:
	case -ELOOP:
	case -EXDEV:
		return differs(l, "", path, " is something else now");
	default:
		snprintf(how, sizeof(how), " cannot be read (%s)",
			 strerror(-code));
		return differs(l, "", path, how);
	}
}

/* --- files ---------------------------------------------------------------- */

static int judge_open(struct learned *l, const struct record *r)
{
	struct stat st;
	auto_fd fd = below_file(l->root, r->path, &st);
	int holds = fd < 0 ? fd : input_is_as(fd, &st, r, &l->since);

	if (holds < 0)
		return differs_by(l, r->path, holds);
	return holds ? 1 : differs(l, "", r->path, " changed");
}

/* To look costs a fraction of an open. */
static bool is_untouched(const struct learned *l, const struct record *r)
{
	auto_fd fd = below_open(l->root, r->path, O_PATH | O_NOFOLLOW);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       input_is_untouched(&st, r, &l->since);
}

static int judge_file(struct learned *l, const struct record *r)
{
	if (!l->opens && is_untouched(l, r))
		return 1;
	return judge_open(l, r);
}

static int judge_absent(struct learned *l, const struct record *r)
{
	auto_fd fd = below_open(l->root, r->path, O_PATH | O_NOFOLLOW);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 1;
	if (fd < 0)
		return differs_by(l, r->path, fd);
	return differs(l, "", r->path, " is new");
}

static int judge_link(struct learned *l, const struct record *r)
{
	auto_fd fd = below_open(l->root, r->path, O_PATH | O_NOFOLLOW);
	struct digest d;

	if (fd < 0)
		return differs_by(l, r->path, fd);
	if (digest_link(fd, &d) < 0)
		return differs(l, "", r->path, " is something else now");
	if (!memcmp(&d, &r->digest, sizeof(d)))
		return 1;
	return differs(l, "", r->path, " leads elsewhere");
}

/* --- directories ---------------------------------------------------------- */

static int judge_listing(struct learned *l, const struct record *r)
{
	int holds;

	listing_release(&l->listing);
	l->listing = (struct listing){ .root = l->root,
				       .made = &l->made,
				       .since = &l->since };
	holds = listing_judge(&l->listing, r);
	if (holds >= 0)
		return holds;
	listing_release(&l->listing);
	return differs_by(l, r->path, holds);
}

struct folder {
	struct made *made;
	const char *path;
};

static bool is_left_out(void *arg, const char *name)
{
	const struct folder *f = arg;

	return made_has(f->made, f->path, name);
}

/* Adds @name and its digest to @hash, if it is a regular file: 1, 0 or -errno. */
static int fold_file(int dir, const char *name, XXH3_state_t *hash)
{
	struct digest d;
	struct stat st;
	int64_t size;
	auto_fd fd = below_file(dir, name, &st);
	int r;

	if (fd < 0) /* a link or a directory, or gone: then the count tells */
		return fd == -EINVAL || fd == -ELOOP || fd == -ENOENT ||
				       fd == -ENXIO
			       ? 0
			       : fd;
	r = digest_file_within(fd, DIGEST_HOLES_MAX, &d, &size);
	if (r < 0)
		return r;
	names_hash_add(hash, name, &d);
	return 1;
}

/* Of all files that @names tell; their number, or -errno. */
static int64_t fold(int dir, const struct dirnames *names, struct digest *ret)
{
	XXH3_state_t *hash = names_hash_new();
	struct digest d;
	int64_t count = 0;
	int r = 0;

	if (!hash)
		return -ENOMEM;
	for (size_t i = 0; r >= 0 && i < names->count; i++) {
		r = fold_file(dir, names->items[i], hash);
		count += r > 0;
	}
	d = names_hash_end(hash);
	if (r < 0)
		return r;
	*ret = d;
	return count;
}

/* More than this is not learned. */
#define FOLD_MOST 2000000

static int judge_folder(struct learned *l, const struct record *r)
{
	struct folder f = { &l->made, r->path };
	auto_fd dir = below_open(l->root, r->path, O_RDONLY | O_DIRECTORY);
	struct dirnames names = { 0 };
	struct digest d;
	int64_t n = dir;

	if (dir >= 0)
		n = dirnames_read(fcntl(dir, F_DUPFD_CLOEXEC, 0), FOLD_MOST,
				  is_left_out, &f, &names);
	if (n >= 0)
		n = fold(dir, &names, &d);
	dirnames_release(&names);
	if (n < 0)
		return differs_by(l, r->path, (int)n);
	if ((uint64_t)n == r->count && !memcmp(&d, &r->digest, sizeof(d)))
		return 1;
	return differs(l, "", r->path, "/ has other files, or some changed");
}

/* --- all ------------------------------------------------------------------ */

static int refuse(struct learned *l, const struct record *r)
{
	if (r->kind == RECORD_UNLEARNED)
		return differs(l, "", r->path, " changed while the step ran");
	if (!strcmp(r->path, "."))
		return differs(l, "it read more than can be learned (", r->path,
			       ")");
	return differs(l, "it read ", r->path, ", which others write in place");
}

int learned_judge(struct learned *l, const struct record *r)
{
	switch (r->kind) {
	case RECORD_LEARNED:
		return judge_file(l, r);
	case RECORD_ABSENT:
		return judge_absent(l, r);
	case RECORD_LISTED:
		return judge_listing(l, r);
	case RECORD_LINKED:
		return judge_link(l, r);
	case RECORD_FOLDED:
		return judge_folder(l, r);
	case RECORD_UNLEARNED:
	case RECORD_CANNOT:
		return refuse(l, r);
	default:
		return made_add(&l->made, r) < 0 ? -ENOMEM : 1;
	}
}

const char *learned_explain(struct learned *l, struct manifest_reader *m)
{
	if (!l->why && l->listing.path)
		l->why = listing_explain(&l->listing, m);
	return l->why ? l->why : "what it read has changed";
}
