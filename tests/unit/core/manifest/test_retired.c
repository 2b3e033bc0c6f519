/* SPDX-License-Identifier: MIT */
/*
 * A small tree is changed at random, marks tell of it, and are made anew or
 * removed.  What is tidied up must leave the marks that are there judged by the
 * same records as before.
 */
#include <sys/stat.h>

#include "base/util.h"
#include "core/manifest/latest.h"
#include "core/manifest/manifest.h"
#include "core/manifest/retired.h"
#include "unit/core/backing/opened.h"

TestSuite(retired, .init = setup, .fini = teardown);

#define DIRS 4
#define FILES 3
#define MARKS 6
#define ROUNDS 150

static struct {
	bool dir[DIRS], file[DIRS][FILES];
	uint64_t seq;
	unsigned int seed;
	bool moves;	      /* are directories renamed, too? */
	struct pathmap *span; /* since the mark before */
} tree;

static unsigned int roll(unsigned int n)
{
	return (unsigned int)rand_r(&tree.seed) % n;
}

static void tell(enum record_kind kind, const char *path, const char *to)
{
	struct record r = { .kind = kind,
			    .seq = ++tree.seq,
			    .path = path,
			    .to = to,
			    .type = S_IFDIR };

	/* Which write it was can be told from its size. */
	r.st.size = (int64_t)r.seq;
	cr_assert_eq(pathmap_apply(tree.span, &r, 0), 0);
}

static void change_dir(unsigned int d)
{
	char path[16], to[16];
	unsigned int e = roll(DIRS);

	snprintf(path, sizeof(path), "d%u", d);
	snprintf(to, sizeof(to), "d%u", e);
	if (!tree.dir[d]) {
		tell(RECORD_NODE, path, NULL);
		tree.dir[d] = true;
	} else if (tree.moves && !tree.dir[e]) {
		tell(RECORD_MOVED, path, to);
		memcpy(tree.file[e], tree.file[d], sizeof(tree.file[d]));
		memset(tree.file[d], 0, sizeof(tree.file[d]));
		tree.dir[d] = false;
		tree.dir[e] = true;
	} else if (!memchr(tree.file[d], 1, sizeof(tree.file[d]))) {
		tell(RECORD_GONE, path, NULL);
		tree.dir[d] = false;
	}
}

static void change(void)
{
	unsigned int d = roll(DIRS), f = roll(FILES);
	char path[16];

	snprintf(path, sizeof(path), "d%u/f%u", d, f);
	if (!tree.dir[d] || roll(6) == 0) {
		change_dir(d);
	} else if (tree.file[d][f] && roll(3) == 0) {
		tell(RECORD_GONE, path, NULL);
		tree.file[d][f] = false;
	} else {
		tell(RECORD_FILE, path, NULL);
		tree.file[d][f] = true;
	}
}

static int put(void *arg, const struct record *r, uint32_t node)
{
	(void)node;
	return manifest_put(arg, r);
}

/* What there was of it is forgotten. */
static void make_mark(const char *name)
{
	struct manifest_head head = { .name = (char *)name,
				      .host = (char *)"",
				      .command = (char *)"",
				      .since = { .tv_sec = -1 } };
	struct manifest_writer *w;
	auto_fd fd = -1;
	off_t size;

	cr_assert_eq(retired_keep(&st, st.marks, name), 0);
	unlinkat(st.marks, name, 0);
	fd = openat(st.marks, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(manifest_create(fd, &head, &w), 0);
	cr_assert_eq(pathmap_each(tree.span, put, w), 0);
	cr_assert_eq(manifest_finish(w, &size), 0);
	pathmap_free(tree.span);
	tree.span = pathmap_new();
	cr_assert_not_null(tree.span);
}

static void play(unsigned int seed, bool moves)
{
	char name[16];

	tree.seed = seed;
	tree.moves = moves;
	tree.span = pathmap_new();
	cr_assert_not_null(tree.span);
	for (int i = 0; i < ROUNDS; i++) {
		for (unsigned int n = roll(6); n; n--)
			change();
		/* Some are made once, and others again and again. */
		snprintf(name, sizeof(name), "m%u",
			 roll(i < 20 ? MARKS : MARKS / 2));
		make_mark(name);
	}
	pathmap_free(tree.span);
}

static bool is_judged(const struct pathmap *m, uint32_t node)
{
	char path[PATHMAP_PATH];
	struct record r;
	uint32_t at = 0;

	return node && pathmap_get(m, node, path, &r) &&
	       (r.kind == RECORD_FILE || r.kind == RECORD_NODE) &&
	       pathmap_owner(m, node, &at);
}

struct compare {
	const struct pathmap *in, *with;
	unsigned int judged, missing;
};

/* What @in says of a path @with must say, too, or nothing. */
static int compare(void *arg, const struct record *r, uint32_t node)
{
	struct compare *c = arg;
	char path[PATHMAP_PATH];
	struct record other;
	uint32_t twin = pathmap_find(c->with, r->path);

	if (!is_judged(c->in, node))
		return 0;
	c->judged++;
	if (!is_judged(c->with, twin)) {
		c->missing++;
		return 0;
	}
	cr_assert(pathmap_get(c->with, twin, path, &other));
	cr_assert_eq(other.kind, r->kind, "%s", r->path);
	cr_assert(r->kind != RECORD_FILE || other.st.size == r->st.size,
		  "%s: %ld, and %ld", r->path, (long)r->st.size,
		  (long)other.st.size);
	return 0;
}

static void tidy_and_compare(bool moves)
{
	struct latest before = { 0 }, after = { 0 };
	struct compare lost, new;

	cr_assert_eq(latest_read(&st, s.dir, &before), 0);
	cr_assert_leq(retired_tidy(&st), 1);
	cr_assert_eq(latest_read(&st, s.dir, &after), 0);
	lost = (struct compare){ before.map, after.map, 0, 0 };
	new = (struct compare){ after.map, before.map, 0, 0 };
	cr_assert_eq(pathmap_each(before.map, compare, &lost), 0);
	cr_assert_eq(pathmap_each(after.map, compare, &new), 0);
	cr_assert_eq(new.missing, 0, "what was not judged is");
	cr_assert(moves || lost.missing == 0, "%u of %u are not any more",
		  lost.missing, lost.judged);
	latest_release(&before);
	latest_release(&after);
}

Test(retired, marks_are_judged_as_before)
{
	for (unsigned int seed = 1; seed <= 10; seed++) {
		tree.seq = 0;
		memset(tree.dir, 0, sizeof(tree.dir));
		memset(tree.file, 0, sizeof(tree.file));
		open_state();
		play(seed, false);
		tidy_and_compare(false);
		teardown();
		setup();
	}
}

/* Then less may be known, but nothing else. */
Test(retired, marks_are_judged_as_before_where_directories_are_renamed)
{
	for (unsigned int seed = 1; seed <= 10; seed++) {
		tree.seq = 0;
		memset(tree.dir, 0, sizeof(tree.dir));
		memset(tree.file, 0, sizeof(tree.file));
		open_state();
		play(seed, true);
		tidy_and_compare(true);
		teardown();
		setup();
	}
}

/* Its path then is not the path that a mark knows now. */
Test(retired, record_of_a_file_in_a_directory_that_was_renamed_later)
{
	open_state();
	tree.span = pathmap_new();
	tell(RECORD_NODE, "d0", NULL);
	tell(RECORD_FILE, "d0/f0", NULL);
	make_mark("first");
	for (int i = 0; i < RETIRED_MANY + 1; i++) {
		tell(RECORD_FILE, "d0/f0", NULL);
		make_mark("again");
	}
	tell(RECORD_MOVED, "d0", "d1");
	make_mark("last");
	cr_assert_eq(retired_keep(&st, st.marks, "again"), 0);
	cr_assert_eq(unlinkat(st.marks, "again", 0), 0);
	pathmap_free(tree.span);
	tidy_and_compare(false);
}

/* The older record has been moved along, and stays the older one. */
Test(retired, record_that_a_mark_has_replaced_before_its_directory_was_renamed)
{
	struct latest c = { 0 };
	char path[PATHMAP_PATH];
	struct record r;

	open_state();
	tree.span = pathmap_new();
	tell(RECORD_NODE, "d0", NULL);
	tell(RECORD_FILE, "d0/f0", NULL);
	make_mark("gone");
	tell(RECORD_FILE, "d0/f0", NULL);
	make_mark("stays");
	tell(RECORD_MOVED, "d0", "d1");
	for (int i = 0; i < RETIRED_MANY + 2; i++) {
		tell(RECORD_FILE, "other", NULL);
		make_mark("gone");
	}
	pathmap_free(tree.span);
	tidy_and_compare(false);
	cr_assert_eq(latest_read(&st, s.dir, &c), 0);
	cr_assert(pathmap_get(c.map, pathmap_find(c.map, "d1/f0"), path, &r));
	cr_assert_eq(r.st.size, 3);
	latest_release(&c);
}

Test(retired, few_are_left_as_they_are)
{
	open_state();
	cr_assert_eq(retired_tidy(&st), 0);
	tree.span = pathmap_new();
	tree.seed = 1;
	for (int i = 0; i < RETIRED_MANY; i++) {
		change_dir(0);
		make_mark("m");
	}
	pathmap_free(tree.span);
	cr_assert_eq(retired_tidy(&st), RETIRED_MANY - 1);
}
