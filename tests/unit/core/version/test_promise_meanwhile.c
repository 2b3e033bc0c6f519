/* SPDX-License-Identifier: MIT */
/*
 * What other threads do at a name while one closes it.  They do not wait for
 * the close, and what a daemon that dies then leaves at the name is theirs.
 */
#include "unit/core/version/closed.h"

TestSuite(promise_meanwhile, .init = close_setup, .fini = table_teardown);

/*
 * In a child, where what waits for ever is ended by an alarm.  It closes "f",
 * and stands in the middle: the lock of its digest is ours, or its flush is
 * held.
 */
static struct closing closer;

static void stand_closing(const char *where)
{
	bool at_digest = strcmp(where, "begun") == 0;

	alarm(20);
	sem_init(&go, 0, 0);
	closer.v = create(root, "f", we(), &closer.w);
	put(closer.v, "new");
	if (at_digest)
		testing_hold_digest(closer.v);
	else
		sys.syncfs = sys.fsync = held_flush;
	if (pthread_create(&closer.thread, NULL, close_it, &closer))
		_exit(1);
	while (strcmp(testing_promise(closer.v), where) != 0)
		usleep(1000);
	/* Else the flush of the next thread would be the one that is held. */
	while (!at_digest && !atomic_load(&begun))
		usleep(1000);
}

static void go_on_closing(void)
{
	if (sys.fsync == held_flush)
		sem_post(&go);
	else
		testing_let_digest(closer.v);
	pthread_join(closer.thread, NULL);
	if (closer.result || strcmp(testing_promise(closer.v), "none") != 0)
		_exit(2);
}

static void rename_over_it(void)
{
	struct caller by = other();

	if (tree_rename(t, root, "g", root, "f", 0, &by) < 0)
		_exit(3);
}

static void put_another_over_it(void)
{
	struct writer w;
	struct version *u = create(root, "f", other(), &w);

	put(u, "renamed");
	close_with(&w, WRITER_CLOSED, 0);
	if (strcmp(testing_state(u), "committed") != 0)
		_exit(3);
}

static void die_after_a_rename_during_a_digest(void)
{
	stand_closing("begun");
	rename_over_it();
	go_on_closing();
}

static void die_after_a_promotion_during_a_digest(void)
{
	stand_closing("begun");
	put_another_over_it();
	go_on_closing();
}

static void die_after_a_rename_during_a_flush(void)
{
	stand_closing("written");
	rename_over_it();
}

static void die_after_the_flush_that_a_rename_came_into(void)
{
	stand_closing("written");
	rename_over_it();
	go_on_closing();
}

static void expect_renamed(void (*job)(void))
{
	scratch_write(s.dir, "g", "renamed");
	expect(after_death(job), 0, 1);
	cr_assert(scratch_holds(s.dir, "f", "renamed"));
	partial_is("f", "daemon ended", "new");
}

Test(promise_meanwhile, rename_does_not_wait_for_the_digest_of_a_close)
{
	expect_renamed(die_after_a_rename_during_a_digest);
}

Test(promise_meanwhile, promotion_does_not_wait_for_the_digest_of_another_close)
{
	expect_renamed(die_after_a_promotion_during_a_digest);
}

static bool skip_without_disk(void)
{
	bool has;

	count_flushes();
	has = has_disk();
	sys = real;
	atomic_store(&begun, 0);
	if (!has)
		skip_here("nothing is flushed on this filesystem");
	return !has;
}

Test(promise_meanwhile,
     rename_during_the_flush_of_a_close_takes_its_promise_back)
{
	if (!skip_without_disk())
		expect_renamed(die_after_a_rename_during_a_flush);
}

Test(promise_meanwhile, close_that_a_rename_came_into_promises_nothing)
{
	if (!skip_without_disk())
		expect_renamed(die_after_the_flush_that_a_rename_came_into);
}

/* Closed twice: the second is void before it has a note, the first had one. */
static void die_after_a_rename_during_the_second_digest(void)
{
	stand_closing("begun");
	testing_let_digest(closer.v);
	pthread_join(closer.thread, NULL);
	if (strcmp(testing_promise(closer.v), "made") != 0)
		_exit(4);
	testing_hold_digest(closer.v);
	if (pthread_create(&closer.thread, NULL, close_it, &closer))
		_exit(1);
	while (strcmp(testing_promise(closer.v), "begun") != 0)
		usleep(1000);
	rename_over_it();
	/* and is killed before any thread goes on */
}

Test(promise_meanwhile,
     promise_of_an_earlier_close_is_taken_back_with_the_later)
{
	expect_renamed(die_after_a_rename_during_the_second_digest);
}

Test(promise_meanwhile, close_of_what_has_too_many_holes_goes_without_a_promise)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	alarm(20);
	put(v, "x");
	cr_assert_eq(ftruncate(version_temp_fd(v), (off_t)1 << 42), 0);
	cr_assert_eq(version_flush(&w, getpid()), 0);
	cr_assert_str_eq(testing_promise(v), "none");
	cr_assert(version_seal(&w));
	version_settle(v);
	cr_assert_str_eq(testing_state(v), "committed");
	cr_assert_eq(counts(t).flushed, 3,
		     "at its close, and around the rename");
	version_put(v);
}
