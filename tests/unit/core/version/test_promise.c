/* SPDX-License-Identifier: MIT */
/*
 * A daemon that dies is a child that ends without a word; the power cut that
 * forgets what was not flushed is for tests that have a disk.
 */
#include "unit/core/version/closed.h"

TestSuite(promise, .init = close_setup, .fini = table_teardown);

/* --- what a crash leaves --------------------------------------------------- */

static void die_after_close(void)
{
	struct writer w;

	close_alone(root, "f", "new", &w);
}

Test(promise, what_was_closed_is_put_in_place_after_a_crash)
{
	scratch_write(s.dir, "f", "old");
	expect(after_death(die_after_close), 1, 0);
	cr_assert(scratch_holds(s.dir, "f", "new"));
}

/* What the daemon's flush was to do, had it lived: the temp, then its name. */
static atomic_int order[8], calls;

static int ordered_fsync(int fd)
{
	atomic_store(&order[atomic_fetch_add(&calls, 1) % 8], 'f');
	return real.fsync(fd);
}

static int ordered_renameat2(int from, const char *name, int to,
			     const char *to_name, unsigned int flags)
{
	atomic_store(&order[atomic_fetch_add(&calls, 1) % 8], 'r');
	return real.renameat2(from, name, to, to_name, flags);
}

static int ordered_syncfs(int fd)
{
	atomic_store(&order[atomic_fetch_add(&calls, 1) % 8], 's');
	return real.syncfs(fd);
}

Test(promise, recovery_flushes_the_bytes_before_it_gives_them_their_name)
{
	real = sys;
	atomic_store(&calls, 0);
	sys.fsync = ordered_fsync;
	sys.renameat2 = ordered_renameat2;
	sys.syncfs = ordered_syncfs;
	expect(after_death(die_after_close), 1, 0);
	sys = real;
	cr_assert_eq(atomic_load(&calls), 3);
	cr_assert_eq(atomic_load(&order[0]), 'f');
	cr_assert_eq(atomic_load(&order[1]), 'r');
	cr_assert_eq(atomic_load(&order[2]), 's');
}

static void die_after_write(void)
{
	struct writer w;

	put(close_alone(root, "f", "new", &w), " and more");
}

Test(promise, write_after_a_close_takes_the_promise_back)
{
	scratch_write(s.dir, "f", "old");
	expect(after_death(die_after_write), 0, 1);
	cr_assert(scratch_holds(s.dir, "f", "old"));
	partial_is("f", "daemon ended", "new and more");
}

static void die_after_a_write_unseen(void)
{
	struct writer w;
	struct version *v = close_alone(root, "f", "new", &w);

	if (sys_pwrite_all(version_temp_fd(v), "N", 1, 0) < 0)
		_exit(1);
}

Test(promise, temp_that_is_not_what_was_closed_is_kept)
{
	expect(after_death(die_after_a_write_unseen), 0, 1);
	partial_is("f", "daemon ended", "New");
}

static void die_when_the_note_is_over(void)
{
	struct writer w;
	struct version *v;

	if (versions_start(t) < 0)
		_exit(1);
	v = close_alone(root, "f", "new", &w);
	while (strcmp(testing_promise(v), "none") != 0)
		usleep(1000);
}

Test(promise, promise_without_a_promotion_is_taken_back)
{
	expect(after_death(die_when_the_note_is_over), 0, 1);
	cr_assert_not(scratch_exists(s.dir, "f"));
}

static void die_after_something_else(void)
{
	struct writer w;
	struct version *v;

	if (versions_start(t) < 0)
		_exit(1);
	v = close_alone(root, "f", "new", &w);
	versions_thread_seen(t, getppid());
	usleep(10000);
	if (strcmp(testing_promise(v), "made") != 0)
		_exit(2);
	versions_thread_seen(t, getpid());
	while (strcmp(testing_promise(v), "none") != 0)
		usleep(1000);
}

Test(promise, promise_is_taken_back_when_the_closer_does_something_else)
{
	expect(after_death(die_after_something_else), 0, 1);
	cr_assert_not(scratch_exists(s.dir, "f"));
}

static void die_with_an_empty_one(void)
{
	struct writer w;

	create(root, "f", we(), &w);
	version_flush(&w, getpid());
}

Test(promise, untouched_empty_file_is_no_close)
{
	scratch_write(s.dir, "f", "old");
	expect(after_death(die_with_an_empty_one), 0, 1);
	cr_assert(scratch_holds(s.dir, "f", "old"));
}

static void die_after_anothers_close(void)
{
	struct writer w;
	struct version *v = create(root, "f", other(), &w);

	put(v, "of a child");
	version_flush(&w, getpid());
}

Test(promise, close_by_who_has_not_opened_it_promises_nothing)
{
	expect(after_death(die_after_anothers_close), 0, 1);
	cr_assert_not(scratch_exists(s.dir, "f"));
}

static void die_with_two_opens(void)
{
	struct writer w, w2;
	struct version *v = create(root, "f", we(), &w);

	put(v, "x");
	if (version_open(v, by_us(), 0, &w2) < 0)
		_exit(1);
	version_flush(&w, getpid());
}

Test(promise, close_of_one_of_two_opens_promises_nothing)
{
	expect(after_death(die_with_two_opens), 0, 1);
	cr_assert_not(scratch_exists(s.dir, "f"));
}

static void die_after_two_closes(void)
{
	struct writer a, b2;
	struct version *v = create(root, "f", we(), &a);
	struct version *u = create(root, "f", we(), &b2);

	put(v, "opened first, closed last");
	put(u, "opened last, closed first");
	version_flush(&b2, getpid());
	version_flush(&a, getpid());
}

Test(promise, last_close_wins_after_a_crash_too)
{
	expect(after_death(die_after_two_closes), 2, 0);
	cr_assert(scratch_holds(s.dir, "f", "opened first, closed last"));
}

/* A is closed, but goes on; B of the same name is closed for good then. */
static void die_after_a_later_promotion(void)
{
	struct writer a, b2;
	struct version *u = create(root, "f", other(), &b2);

	close_alone(root, "f", "closed first, never for good", &a);
	put(u, "closed last");
	close_with(&b2, WRITER_CLOSED, 0);
	if (strcmp(testing_state(u), "committed") != 0)
		_exit(1);
}

Test(promise, promise_is_taken_back_before_a_later_one_is_put_in_place)
{
	expect(after_death(die_after_a_later_promotion), 0, 1);
	cr_assert(scratch_holds(s.dir, "f", "closed last"));
	partial_is("f", "daemon ended", "closed first, never for good");
}

/* A is closed for good, but its RELEASE comes after that of B. */
static void die_between_two_promotions(void)
{
	struct writer a, b2;
	struct version *u = create(root, "f", other(), &b2);
	struct version *v = close_alone(root, "f", "closed last", &a);

	put(u, "closed first");
	b2.flushed = true;
	if (!version_seal(&b2) || !version_seal(&a))
		_exit(1);
	version_settle(u);
	if (strcmp(testing_promise(v), "made") != 0)
		_exit(2);
}

Test(promise, promise_of_what_will_be_put_in_place_later_stays)
{
	expect(after_death(die_between_two_promotions), 1, 0);
	cr_assert(scratch_holds(s.dir, "f", "closed last"));
}

/* B has been sealed when A is closed, but is not in place yet. */
static void die_after_a_close_during_a_promotion(void)
{
	struct writer a, b2;
	struct version *u = create(root, "f", other(), &b2);
	struct version *v;

	put(u, "closed first");
	b2.flushed = true;
	if (!version_seal(&b2))
		_exit(1);
	v = close_alone(root, "f", "closed last", &a);
	version_settle(u);
	if (strcmp(testing_promise(v), "made") != 0)
		_exit(2);
}

Test(promise, promise_of_a_later_close_stays)
{
	expect(after_death(die_after_a_close_during_a_promotion), 1, 0);
	cr_assert(scratch_holds(s.dir, "f", "closed last"));
}

static void die_after_a_rename_over_it(void)
{
	struct caller by = other();
	struct writer w;

	close_alone(root, "f", "new", &w);
	if (tree_rename(t, root, "g", root, "f", 0, &by) < 0)
		_exit(1);
}

Test(promise, promise_is_taken_back_before_a_file_is_renamed_to_its_name)
{
	scratch_write(s.dir, "g", "renamed");
	expect(after_death(die_after_a_rename_over_it), 0, 1);
	cr_assert(scratch_holds(s.dir, "f", "renamed"));
	partial_is("f", "daemon ended", "new");
}

static void die_after_a_rename_away(void)
{
	struct caller by = other();
	struct writer w;

	close_alone(root, "f", "new", &w);
	if (tree_rename(t, root, "f", root, "g", 0, &by) < 0)
		_exit(1);
}

Test(promise, promise_does_not_bring_back_a_name_that_was_renamed_away)
{
	scratch_write(s.dir, "f", "renamed");
	expect(after_death(die_after_a_rename_away), 0, 1);
	cr_assert(scratch_holds(s.dir, "g", "renamed"));
	cr_assert_not(scratch_exists(s.dir, "f"));
}

static void die_below(void)
{
	struct dir *d = subdir(root, "d");
	struct writer a, b2, c;

	close_alone(d, "e", "fine", &a);
	close_alone(root, "taken", "no", &b2);
	close_alone(d, "-rf \n\xff", "odd", &c);
	if (mkdirat(s.dir, "taken", 0755) < 0)
		_exit(1);
}

Test(promise, what_cannot_be_put_in_place_is_kept)
{
	int d;

	expect(after_death(die_below), 2, 1);
	partial_is("taken", "daemon ended", "no");
	d = openat(s.dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert(scratch_holds(d, "e", "fine"));
	cr_assert(scratch_holds(d, "-rf \n\xff", "odd"));
	close(d);
}

/* --- flushes --------------------------------------------------------------- */

static void begin_closing(struct closing *c, int n)
{
	int noted = 0;

	for (int i = 0; i < n; i++)
		cr_assert_eq(
			pthread_create(&c[i].thread, NULL, close_it, &c[i]), 0);
	/* Each has begun to wait, and so one more wait has begun than ended. */
	while (noted < n) {
		noted = 0;
		for (int i = 0; i < n; i++)
			noted += strcmp(testing_promise(c[i].v), "written") ==
				 0;
		usleep(1000);
	}
	usleep(50000);
}

static void open_all(struct closing *c, int n)
{
	char name[16];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		c[i].v = create(root, name, we(), &c[i].w);
		put(c[i].v, "x");
	}
}

static void end_all(struct closing *c, int n)
{
	for (int i = 0; i < n; i++) {
		if (version_seal(&c[i].w))
			version_settle(c[i].v);
		version_put(c[i].v);
	}
}

Test(promise, those_who_close_during_a_flush_share_the_next)
{
	struct closing c[6];

	count_flushes();
	if (!has_disk())
		skip_here("nothing is flushed on this filesystem");
	sem_init(&go, 0, 0);
	atomic_store(&flushes, 0);
	sys.syncfs = sys.fsync = held_flush;
	open_all(c, 6);
	begin_closing(c, 1);
	while (atomic_load(&begun) < 1)
		usleep(1000);
	begin_closing(c + 1, 5);
	for (int i = 0; i < 6; i++)
		sem_post(&go);
	for (int i = 0; i < 6; i++) {
		pthread_join(c[i].thread, NULL);
		cr_assert_eq(c[i].result, 0);
	}
	cr_assert_lt(flushes, 6);
	end_all(c, 6);
	cr_assert_lt(flushes, 6, "promotions flush nothing");
}

Test(promise, flush_that_fails_is_what_close_says)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	count_flushes();
	if (!has_disk())
		skip_here("nothing is flushed on this filesystem");
	put(v, "x");
	atomic_store(&fail_with, -EIO);
	cr_assert_eq(close_writer(&w), -EIO);
	cr_assert_not(scratch_exists(s.dir, "f"));
	partial_is("f", "could not be written", "x");
	version_put(v);
}

Test(promise, slot_of_a_note_is_not_taken_before_a_flush)
{
	struct partial record = { 0 };
	char a[JOURNAL_NAME_MAX], b2[JOURNAL_NAME_MAX], c[JOURNAL_NAME_MAX];
	uint64_t begun_at;

	cr_assert_eq(journal_take(core->rooms.journal, 1, &record, a), 0);
	journal_give(core->rooms.journal, a);
	begun_at = journal_flush_begin(core->rooms.journal);
	cr_assert_eq(journal_take(core->rooms.journal, 2, &record, b2), 0);
	cr_assert_str_eq(b2, "1-2", "not slot 0");
	journal_give(core->rooms.journal, b2);
	journal_flush_end(core->rooms.journal, begun_at);
	cr_assert_eq(journal_take(core->rooms.journal, 3, &record, c), 0);
	cr_assert_str_eq(c, "0-3", "slot 1 came after it had begun");
	journal_give(core->rooms.journal, c);
}

Test(promise, version_without_a_note_is_flushed_before_it_is_promoted)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "x");
	close_with(&w, WRITER_CLOSED, 0);
	cr_assert(scratch_holds(s.dir, "f", "x"));
	cr_assert_eq(counts(t).flushed, 2, "before the rename, and after it");
	version_put(v);
}

Test(promise, close_by_another_has_what_it_wrote_unseen_flushed)
{
	struct writer w;
	struct version *v = close_alone(root, "f", "head", &w);

	cr_assert_eq(sys_pwrite_all(version_temp_fd(v), "body", 4, 4), 0);
	cr_assert_eq(version_flush(&w, getppid()), 0);
	cr_assert(version_seal(&w));
	version_settle(v);
	version_put(v);
	cr_assert(scratch_holds(s.dir, "f", "headbody"));
	cr_assert_eq(counts(t).flushed, 3,
		     "at its close, and around the rename");
}
