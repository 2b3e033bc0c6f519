/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/sys.h"
#include "core/digest/digest.h"
#include "core/recovery/recovery.h"
#include "core/temp/journal.h"
#include "unit/core/backing/opened.h"
#include "unit/core/quarantine/sample.h"

/* What quarantine cannot do: nothing gets out of tmp by that name. */
static const char *stuck;
static struct sys_calls real;

static int renameat2_but(int from, const char *name, int to,
			 const char *to_name, unsigned int flags)
{
	if (stuck && !strcmp(name, stuck))
		return -ENOSPC;
	return real.renameat2(from, name, to, to_name, flags);
}

static void begin(void)
{
	setup();
	open_state();
	stuck = NULL;
	real = sys;
	sys.renameat2 = renameat2_but;
}

static void end(void)
{
	sys = real;
	teardown();
}

TestSuite(recovery, .init = begin, .fini = end);

static int run(int *ret_left)
{
	struct recovered rec = { 0 };
	int kept;

	cr_assert_eq(recovery_run(&st, s.dir, NULL, &rec), 0);
	cr_assert_eq(rec.finished, 0);
	*ret_left = (int)rec.left;
	kept = (int)rec.kept;
	return kept;
}

/* A temp that a mount left, with its record. */
static void leave(struct journal *j, uint64_t id, char *path,
		  char name[JOURNAL_NAME_MAX])
{
	struct partial p = sample_record(path);

	cr_assert_eq(journal_take(j, id, &p, name), 0);
	scratch_write(st.tmp, name, path);
}

Test(recovery, nothing_left_is_nothing_to_do)
{
	int left;

	cr_assert_eq(run(&left), 0);
	cr_assert_eq(left, 0);
}

Test(recovery, one_that_cannot_be_put_away_keeps_no_other)
{
	char a[JOURNAL_NAME_MAX], b[JOURNAL_NAME_MAX], c[JOURNAL_NAME_MAX];
	struct partial found;
	struct journal *j;
	int left;

	cr_assert_eq(journal_new(st.tmp, &j), 0);
	leave(j, 5, (char[]){ "a" }, a);
	leave(j, 6, (char[]){ "b" }, b);
	leave(j, 7, (char[]){ "c" }, c);
	journal_free(j);

	stuck = b;
	cr_assert_eq(run(&left), 2);
	cr_assert_eq(left, 1);
	cr_assert(scratch_holds(st.tmp, b, "b"));
	cr_assert_not(scratch_exists(st.tmp, a));
	cr_assert_not(scratch_exists(st.tmp, c));

	/* a mount comes and goes, and the record is still there */
	cr_assert_eq(journal_new(st.tmp, &j), 0);
	journal_free(j);
	cr_assert_eq(journal_read(st.tmp, b, &found, NULL), 0);
	cr_assert_str_eq(found.path, "b");
	partial_release(&found);

	stuck = NULL;
	cr_assert_eq(run(&left), 1);
	cr_assert_eq(left, 0);
	cr_assert_eq(scratch_count(st.tmp), 0);
}

Test(recovery, one_that_was_closed_and_had_to_stay_is_older)
{
	struct journal_note note = { .order = 1 };
	struct partial p = sample_record((char[]){ "a" });
	char a[JOURNAL_NAME_MAX];
	struct journal *j;
	int left, fd;

	cr_assert_eq(journal_new(st.tmp, &j), 0);
	leave(j, 5, p.path, a);
	fd = openat(st.tmp, a, O_RDONLY);
	cr_assert_eq(digest_file(fd, &note.digest, &note.bytes), 0);
	close(fd);
	cr_assert_eq(journal_write(j, a, &p, &note), 0);
	journal_free(j);

	stuck = a;
	cr_assert_eq(run(&left), 0);
	cr_assert_eq(left, 1);
	stuck = NULL;
	scratch_write(s.dir, "a", "newer");
	cr_assert_eq(run(&left), 1);
	cr_assert(scratch_holds(s.dir, "a", "newer"));
}

Test(recovery, one_next_to_its_destination_may_stay_too)
{
	char a[JOURNAL_NAME_MAX], temp[128];
	struct journal *j;
	struct partial p = sample_record((char[]){ "near" });
	int left;

	cr_assert_eq(journal_new(st.tmp, &j), 0);
	cr_assert_eq(journal_take(j, 5, &p, a), 0);
	journal_free(j);
	snprintf(temp, sizeof(temp), STATE_TEMP_PREFIX "%s", a);
	scratch_write(s.dir, temp, "bytes");

	stuck = temp;
	cr_assert_eq(run(&left), 0);
	cr_assert_eq(left, 1);
	cr_assert(scratch_holds(s.dir, temp, "bytes"));
	stuck = NULL;
	cr_assert_eq(run(&left), 1);
	cr_assert_eq(left, 0);
	cr_assert_not(scratch_exists(s.dir, temp));
}

Test(recovery, what_is_no_version_is_removed)
{
	int left;

	scratch_write(st.tmp, "mark-temp", "x");
	cr_assert_eq(run(&left), 0);
	cr_assert_eq(left, 0);
	cr_assert_eq(scratch_count(st.tmp), 0);
}

/* Temp "SLOT-5" of user 1000 for "a" in root's directory, closed. */
static void leave_of_user(const struct origin *origin)
{
	struct journal_note note = { .order = 1 };
	struct partial p = sample_record((char[]){ "a" });
	char a[JOURNAL_NAME_MAX];
	struct journal *j;
	int fd;

	cr_assert_eq(journal_new(st.tmp, &j), 0);
	leave(j, 5, p.path, a);
	fd = openat(st.tmp, a, O_RDONLY);
	cr_assert_eq(digest_file(fd, &note.digest, &note.bytes), 0);
	cr_assert_eq(fchown(fd, 1000, 1000), 0);
	close(fd);
	p.origin = *origin;
	cr_assert_eq(journal_write(j, a, &p, &note), 0);
	journal_free(j);
}

static void is_kept_as(const char *path)
{
	struct partial_list l;
	int left;

	cr_assert_eq(run(&left), 1);
	cr_assert_eq(left, 0);
	cr_assert_not(scratch_exists(s.dir, "a"));
	cr_assert_eq(quarantine_list(st.partial, &l), 0);
	cr_assert_eq(l.count, 1);
	cr_assert_str_eq(l.items[0].path, path);
	partial_list_release(&l);
}

Test(recovery, without_an_origin_the_owner_must_be_the_directorys)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	leave_of_user(&(struct origin){ 0 });
	is_kept_as("");
}

Test(recovery, another_directory_than_it_was_closed_in_gets_nothing)
{
	if (geteuid() != 0)
		cr_skip_test("needs root");
	leave_of_user(&(struct origin){
		.known = true, .uid = 1000, .gid = 1000, .dir = 1 });
	is_kept_as("a");
}

Test(recovery, the_directory_it_was_closed_in_gets_it)
{
	struct recovered rec = { 0 };
	struct stat dir;

	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_assert_eq(fstat(s.dir, &dir), 0);
	leave_of_user(&(struct origin){
		.known = true, .uid = 1000, .gid = 1000, .dir = dir.st_ino });
	cr_assert_eq(recovery_run(&st, s.dir, NULL, &rec), 0);
	cr_assert_eq(rec.finished, 1);
	cr_assert(scratch_holds(s.dir, "a", "a"));
}
