/* SPDX-License-Identifier: MIT */
#include <fcntl.h>

#include "core/marks/carry.h"
#include "core/marks/former.h"
#include "unit/core/marks/marked.h"

TestSuite(former, .init = table_setup, .fini = table_teardown);

static const struct digest argv = { .bytes = { 1 } };
static const struct digest another = { .bytes = { 2 } };

static void write_file(const char *name, const char *text)
{
	auto_fd fd = openat(s.dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* A record of a file as it is. */
static struct record file_of(const char *name, enum record_kind kind)
{
	struct record r = { .kind = kind, .seq = 1, .path = name };
	struct stat now;

	cr_assert_eq(fstatat(s.dir, name, &now, 0), 0);
	r.st = (struct record_stat){ .size = now.st_size,
				     .mtime = now.st_mtim,
				     .ino = now.st_ino };
	return r;
}

static void write_manifest(int dir, const char *name, const struct record *r,
			   size_t n)
{
	struct manifest_head head = { .name = (char *)name,
				      .host = (char *)"",
				      .command = (char *)"",
				      .user = getuid(),
				      .since = { .tv_sec = -1 },
				      .has_argv = true,
				      .argv = argv,
				      .learn = true };
	auto_fd fd = openat(dir, name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct manifest_writer *w;
	off_t size;

	cr_assert_eq(manifest_create(fd, &head, &w), 0);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(manifest_put(w, &r[i]), 0);
	cr_assert_eq(manifest_finish(w, &size), 0);
}

static int start(const char *mark)
{
	char key[FORMER_KEY];

	former_key("m", getuid(), key);
	return former_start(&st, key, getuid(), backing_marks(b), mark);
}

/* "lost", and a letter for each manifest that is there and of @of. */
static const char *known(const struct digest *of)
{
	static char text[16];
	struct former f = FORMER_NONE;
	char key[FORMER_KEY];

	former_key("m", getuid(), key);
	cr_assert_eq(former_open(&st, key, of, &f), 0);
	snprintf(text, sizeof(text), "%s%s%s",
		 f.files[FORMER_MARK] < 0 ? "" : "m",
		 f.files[FORMER_PART] < 0 ? "" : "p", f.lost ? " lost" : "");
	former_release(&f);
	return text;
}

Test(former, a_key_is_of_a_mark_and_a_user)
{
	char one[FORMER_KEY], two[FORMER_KEY];

	former_key("m", 1, one);
	former_key("m", 2, two);
	cr_assert_str_neq(one, two);
	former_key("n", 1, two);
	cr_assert_str_neq(one, two);
	former_key("m", 1, two);
	cr_assert_str_eq(one, two);
}

Test(former, keeps_the_mark_that_a_run_replaces)
{
	char key[FORMER_KEY];

	write_manifest(st.marks, "m", NULL, 0);
	cr_assert_eq(start("m"), 0);
	former_forget(&st, backing_marks(b), "m");
	cr_assert_eq(unlinkat(st.marks, "m", 0), 0);
	cr_assert_str_eq(known(&argv), "m");
	cr_assert_str_eq(known(&another), "", "of another command");
	former_key("m", getuid(), key);
	former_done(&st, key);
	cr_assert_str_eq(known(&argv), "");
}

Test(former, is_lost_when_a_run_has_no_end)
{
	cr_assert_eq(start("none"), 0);
	cr_assert_str_eq(known(&argv), "");
	cr_assert_eq(start("none"), 0);
	cr_assert_str_eq(known(&argv), " lost");
	cr_assert_eq(start("none"), 0);
	cr_assert_str_eq(known(&argv), " lost");
}

Test(former, keeps_what_a_run_that_failed_has_read)
{
	char key[FORMER_KEY];

	former_key("m", getuid(), key);
	cr_assert_eq(start("none"), 0);
	write_manifest(st.tmp, "t", NULL, 0);
	cr_assert_eq(former_fail(&st, key, "t"), 0);
	cr_assert_eq(start("none"), 0);
	cr_assert_str_eq(known(&argv), "p");
	former_done(&st, key);
	/* A mark that is removed takes it along. */
	write_manifest(st.marks, "m", NULL, 0);
	cr_assert_eq(start("m"), 0);
	write_manifest(st.tmp, "t", NULL, 0);
	cr_assert_eq(former_fail(&st, key, "t"), 0);
	cr_assert_str_eq(known(&argv), "mp");
	former_forget(&st, backing_marks(b), "m");
	cr_assert_str_eq(known(&argv), "");
}

Test(former, what_is_damaged_is_lost)
{
	cr_assert_eq(start("none"), 0);
	write_manifest(st.marks, "m", NULL, 0);
	cr_assert_eq(start("m"), 0);
	close(openat(st.marks, "m", O_WRONLY | O_TRUNC));
	cr_assert_str_eq(known(&argv), " lost");
}

/* Carrying */

static int collect(void *arg, const struct record *r)
{
	(void)arg;
	snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
		 "%d %s\n", (int)r->kind, r->path);
	return 0;
}

/* What is carried of the mark "m", which tells @r; the new one tells @made. */
static const char *carried(const struct record *r, size_t n,
			   const struct record *made, const struct record *seen)
{
	struct former f = FORMER_NONE;
	struct pathmap *map = pathmap_new();
	struct carry c = { .former = &f,
			   .map = map,
			   .root = s.dir,
			   .seq = 9,
			   .put = collect };
	char key[FORMER_KEY];

	former_key("m", getuid(), key);
	write_manifest(st.marks, "m", r, n);
	cr_assert_eq(start("m"), 0);
	cr_assert_eq(former_open(&st, key, &argv, &f), 0);
	/* Nothing has changed since the run began. */
	f.began.tv_sec += 1000;
	if (made)
		cr_assert_eq(pathmap_apply(map, made, 0), 0);
	cr_assert_eq(former_choose(&f, s.dir, map), 0);
	lines[0] = '\0';
	if (seen)
		cr_assert_eq(carry_see(&c, seen), 0);
	cr_assert_eq(carry_run(&c), 0);
	carry_release(&c);
	former_release(&f);
	former_done(&st, key);
	pathmap_free(map);
	return lines;
}

Test(former, carries_only_beside_something_that_was_kept)
{
	struct record r[2], made;

	write_file("out", "1");
	write_file("in", "1");
	r[0] = file_of("out", RECORD_FILE);
	r[1] = file_of("in", RECORD_LEARNED);
	cr_assert_str_eq(carried(r, 2, NULL, NULL), "8 in\n");
	made = r[0];
	made.st.ino++;
	cr_assert_str_eq(carried(r, 2, &made, NULL), "", "it was made anew");
	r[0].st.size++;
	cr_assert_str_eq(carried(r, 2, NULL, NULL), "", "it was replaced");
}

Test(former, carries_what_the_new_run_has_neither_read_nor_made)
{
	struct record r[2], made;

	write_file("out", "1");
	write_file("in", "1");
	r[0] = file_of("out", RECORD_FILE);
	r[1] = file_of("in", RECORD_LEARNED);
	made = r[1];
	made.kind = RECORD_FILE;
	cr_assert_str_eq(carried(r, 2, NULL, &r[1]), "");
	made.digest = another;
	cr_assert_str_eq(carried(r, 2, &made, NULL), "");
	made.digest = r[1].digest;
	made.st.mtime.tv_sec++;
	cr_assert_str_eq(carried(r, 2, &made, NULL), "8 in\n", "touched");
}

Test(former, drops_what_does_not_hold_but_no_changed_file)
{
	struct record r[] = {
		{ .kind = RECORD_FILE },
		{ .kind = RECORD_LEARNED },
		{ .kind = RECORD_LEARNED, .seq = 1, .path = "gone" },
		{ .kind = RECORD_ABSENT, .seq = 1, .path = "new" },
		{ .kind = RECORD_ABSENT, .seq = 1, .path = "no" },
		{ .kind = RECORD_LISTED, .seq = 1, .path = "." },
		{ .kind = RECORD_LINKED, .seq = 1, .path = "new" },
		{ .kind = RECORD_CANNOT, .seq = 1, .path = "shared" },
	};

	write_file("out", "1");
	write_file("in", "1");
	write_file("new", "1");
	r[0] = file_of("out", RECORD_FILE);
	r[1] = file_of("in", RECORD_LEARNED);
	write_file("in", "22");
	cr_assert_str_eq(carried(r, ARRAY_SIZE(r), NULL, NULL),
			 "8 in\n10 no\n15 shared\n");
}
