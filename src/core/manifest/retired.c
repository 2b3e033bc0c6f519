/* SPDX-License-Identifier: MIT */
#include "core/manifest/retired.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/pathmap.h"
#include "core/manifest/manifest.h"
#include "core/manifest/merge.h"

#define TEMP_NAME "forgotten" /* below .idemfs/tmp */
#define LIVING 1	      /* owner of paths that present marks told of */

/* Keeping */

/* A name by the time in ns; if it is taken, the caller tries again. */
static void new_name(char *buf, size_t size)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(buf, size, "%lld%09ld", (long long)now.tv_sec, now.tv_nsec);
}

static int has_records(int dirfd, const char *name)
{
	auto_fd fd = sys_open_file(dirfd, name, O_RDONLY);

	return fd < 0 ? fd : manifest_has_records(fd);
}

int retired_keep(const struct state *state, int dirfd, const char *name)
{
	auto_fd dir = -1;
	char kept[64];
	int r;

	/* Damaged, or not there: nothing can be kept. */
	if (has_records(dirfd, name) <= 0)
		return 0;
	r = sys.mkdirat(state->dir, RETIRED_DIR, 0700);
	if (r < 0 && r != -EEXIST)
		return r;
	dir = retired_open(state);
	if (dir < 0)
		return dir;
	do {
		new_name(kept, sizeof(kept));
		r = sys.linkat(dirfd, name, dir, kept, 0);
	} while (r == -EEXIST);
	return r;
}

int retired_open(const struct state *state)
{
	return sys_open_dir(state->dir, RETIRED_DIR);
}

/* Tidying up */

struct tidy {
	const struct state *state;
	int dir;		    /* of the retired ones */
	struct merge all;	    /* marks, too */
	struct pathmap *everything; /* what all of them told */
	struct pathmap *rest;	    /* what the retired ones list */
	uint64_t oldest; /* the first seq that a mark tells or will tell */
	uint64_t last_move;
	struct manifest_writer *w;
};

static int apply(void *arg, const struct record *r, uint32_t who)
{
	struct tidy *t = arg;
	int code = 0;

	if (who != LIVING)
		code = pathmap_apply(t->rest, r, 0);
	else if (r->kind == RECORD_MOVED)
		code = pathmap_carry(t->rest, r, true);
	if (r->kind == RECORD_MOVED)
		t->last_move = r->seq;
	return code ? code : pathmap_apply(t->everything, r, who);
}

/* Marks that are still to be made tell changes that no mark tells now. */
static int read_all(struct tidy *t)
{
	int r = changes_read_first(t->state, &t->oldest);

	if (!r)
		r = merge_add(&t->all, t->state->marks);
	for (size_t i = 0; i < t->all.count; i++) {
		struct merge_source *s = &t->all.items[i];

		s->who = LIVING;
		if (!s->code && s->first < t->oldest)
			t->oldest = s->first;
	}
	if (!r)
		r = merge_add(&t->all, t->dir);
	return r ? r : merge_each(&t->all, apply, t);
}

/*
 * A record older than all marks is not needed, nor is one of a path that they
 * never told of.  But if directories were renamed later, the path does not
 * tell.
 */
static bool is_needed(const struct tidy *t, const struct record *r)
{
	if (r->seq < t->oldest)
		return false;
	return r->seq <= t->last_move ||
	       pathmap_is_owned(t->everything, r->path);
}

static int put(void *arg, const struct record *r, uint32_t node)
{
	struct tidy *t = arg;

	(void)node;
	return is_needed(t, r) ? manifest_put(t->w, r) : 0;
}

/* Writes the records that are still needed to @fd. */
static int write_rest(struct tidy *t, int fd)
{
	struct manifest_head head = { .name = (char *)RETIRED_DIR,
				      .host = (char *)"",
				      .command = (char *)"",
				      .since = { .tv_sec = -1 } };
	off_t size;
	int r;

	clock_gettime(CLOCK_REALTIME, &head.time);
	r = manifest_create(fd, &head, &t->w);
	if (r < 0)
		return r;
	r = pathmap_each(t->rest, put, t);
	if (!r)
		return manifest_finish(t->w, &size);
	manifest_abandon(t->w);
	return r;
}

/* The new manifest is on disk before those that it replaces are removed. */
static int replace(struct tidy *t)
{
	int tmp = t->state->tmp;
	auto_fd fd = sys_open_file(tmp, TEMP_NAME, O_RDWR | O_CREAT | O_TRUNC);
	int r = fd < 0 ? fd : write_rest(t, fd);
	char name[64];

	if (!r)
		r = sys.fsync(fd);
	new_name(name, sizeof(name));
	if (!r)
		r = manifest_has_records(fd) > 0
			    ? sys.renameat2(tmp, TEMP_NAME, t->dir, name, 0)
			    : sys.unlinkat(tmp, TEMP_NAME, 0);
	if (!r)
		r = sys.fsync(t->dir);
	if (r < 0)
		sys.unlinkat(tmp, TEMP_NAME, 0);
	for (size_t i = 0; !r && i < t->all.count; i++)
		if (t->all.items[i].dir == t->dir)
			r = sys.unlinkat(t->dir, t->all.items[i].name, 0);
	return r;
}

static int tidy_up(const struct state *state, int dir)
{
	struct tidy t = { .state = state, .dir = dir };
	int r;

	t.everything = pathmap_new();
	t.rest = pathmap_new();
	if (t.rest)
		pathmap_mix(t.rest);
	r = t.everything && t.rest ? read_all(&t) : -ENOMEM;
	if (!r)
		r = replace(&t);
	pathmap_free(t.everything);
	pathmap_free(t.rest);
	merge_release(&t.all);
	return r;
}

static int count_names(int dir)
{
	int fd = sys_open_dir(dir, "."), n = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		close_fd(fd);
		return -errno;
	}
	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

int retired_tidy(const struct state *state)
{
	auto_fd dir = retired_open(state);
	int n = dir < 0 ? 0 : count_names(dir), r;

	if (n < RETIRED_MANY)
		return n;
	r = tidy_up(state, dir);
	return r < 0 ? r : count_names(dir);
}
