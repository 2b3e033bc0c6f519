/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>

#include "base/util.h"
#include "core/locks/locks.h"

#define MANY 50
#define NO_ANSWER INT_MAX

static struct locks *l;
static struct lock_file f, g;

/* A request that waits, and its answer. */
struct asker {
	int r;
	bool interrupted;
};

static void hook_answer(void *cookie, int r)
{
	struct asker *a = cookie;

	cr_assert_eq(a->r, NO_ANSWER, "answered twice");
	a->r = r;
}

static bool hook_interrupted(void *cookie)
{
	return ((struct asker *)cookie)->interrupted;
}

static void begin(void)
{
	struct lock_hooks hooks = { hook_answer, hook_interrupted };

	cr_assert_eq(locks_new(&hooks, &l), 0);
	f = g = (struct lock_file){ 0 };
}

static void expect_counts(unsigned int held, unsigned int waiting)
{
	unsigned int h, w;

	locks_count(l, &h, &w);
	cr_assert_eq(h, held, "%u held", h);
	cr_assert_eq(w, waiting, "%u waiting", w);
}

/* All files are closed: no lock may be left. */
static void end(void)
{
	for (uint64_t who = 1; who <= 200; who++) {
		locks_answer(l, locks_drop_handle(l, &f, who));
		locks_answer(l, locks_drop_handle(l, &g, who));
	}
	expect_counts(0, 0);
	locks_free(l);
}

TestSuite(locks, .init = begin, .fini = end);

static struct lock_spec range(uint64_t owner, bool exclusive, uint64_t start,
			      uint64_t last)
{
	return (struct lock_spec){ .exclusive = exclusive,
				   .start = start,
				   .end = last,
				   .owner = owner,
				   .handle = owner,
				   .pid = (pid_t)owner };
}

static struct lock_spec whole(uint64_t owner, bool exclusive)
{
	struct lock_spec spec = range(owner, exclusive, 0, UINT64_MAX);

	spec.flock = true;
	return spec;
}

static int set(struct lock_file *file, struct lock_spec spec)
{
	return locks_set(l, file, &spec, NULL);
}

static void ask(struct lock_file *file, struct lock_spec spec, struct asker *a)
{
	*a = (struct asker){ .r = NO_ANSWER };
	cr_assert_eq(locks_set(l, file, &spec, a), -EINPROGRESS);
	cr_assert_eq(a->r, NO_ANSWER);
}

static void clear(struct lock_file *file, struct lock_spec spec)
{
	cr_assert_eq(locks_clear(l, file, &spec), 0);
}

/* What @owner would meet in [start, last]: its owner, or 0. */
static uint64_t met(uint64_t owner, uint64_t start, uint64_t last)
{
	struct lock_spec spec = range(owner, true, start, last), found;

	return locks_test(l, &f, &spec, &found) ? found.owner : 0;
}

Test(locks, exclusive_keeps_everybody_out)
{
	cr_assert_eq(set(&f, range(1, true, 0, 9)), 0);
	cr_assert_eq(set(&f, range(2, true, 9, 9)), -EAGAIN);
	cr_assert_eq(set(&f, range(2, false, 0, 0)), -EAGAIN);
	cr_assert_eq(set(&f, range(2, true, 10, 20)), 0);
	cr_assert_eq(set(&g, range(2, true, 0, 9)), 0);
}

Test(locks, shared_keeps_only_writers_out)
{
	cr_assert_eq(set(&f, range(1, false, 0, 9)), 0);
	cr_assert_eq(set(&f, range(2, false, 0, 9)), 0);
	cr_assert_eq(set(&f, range(3, true, 5, 5)), -EAGAIN);
	cr_assert_eq(set(&f, range(1, true, 5, 5)), -EAGAIN);
	clear(&f, range(2, false, 0, 9));
	cr_assert_eq(set(&f, range(1, true, 5, 5)), 0);
}

Test(locks, flock_and_posix_know_nothing_of_each_other)
{
	cr_assert_eq(set(&f, whole(1, true)), 0);
	cr_assert_eq(set(&f, range(2, true, 0, UINT64_MAX)), 0);
	locks_drop_owner(l, &f, 1);
	cr_assert_eq(set(&f, whole(3, false)), -EAGAIN);
}

Test(locks, an_owner_is_never_in_his_own_way)
{
	cr_assert_eq(set(&f, range(1, true, 0, 99)), 0);
	cr_assert_eq(set(&f, range(1, false, 10, 19)), 0);
	expect_counts(3, 0);
	cr_assert_eq(set(&f, range(2, false, 10, 19)), 0);
	cr_assert_eq(set(&f, range(2, false, 9, 10)), -EAGAIN);
	cr_assert_eq(set(&f, range(2, false, 19, 20)), -EAGAIN);
}

Test(locks, a_hole_may_be_unlocked)
{
	cr_assert_eq(set(&f, range(1, true, 10, 29)), 0);
	clear(&f, range(1, true, 15, 19));
	cr_assert_eq(met(2, 0, 14), 1);
	cr_assert_eq(met(2, 15, 19), 0);
	cr_assert_eq(met(2, 19, 20), 1);
	clear(&f, range(1, true, 0, 12));
	cr_assert_eq(met(2, 0, 12), 0);
	cr_assert_eq(met(2, 13, 13), 1);
	clear(&f, range(1, true, 29, INT64_MAX));
	cr_assert_eq(met(2, 29, 29), 0);
	cr_assert_eq(met(2, 28, 28), 1);
}

Test(locks, neighbours_become_one)
{
	for (uint64_t i = 0; i < 1000; i += 2)
		cr_assert_eq(set(&f, range(1, true, i, i)), 0);
	expect_counts(500, 0);
	for (uint64_t i = 1; i < 1000; i += 2)
		cr_assert_eq(set(&f, range(1, true, i, i)), 0);
	expect_counts(1, 0);
	cr_assert_eq(met(2, 999, 5000), 1);
	cr_assert_eq(met(2, 1000, 5000), 0);
}

Test(locks, test_tells_the_first_one_in_the_way)
{
	struct lock_spec spec = range(9, false, 0, INT64_MAX), found;

	cr_assert_eq(set(&f, range(1, false, 0, 0)), 0);
	cr_assert_eq(set(&f, range(3, true, 50, 59)), 0);
	cr_assert_eq(set(&f, range(2, true, 20, 29)), 0);
	cr_assert(locks_test(l, &f, &spec, &found));
	cr_assert_eq(found.pid, 2);
	cr_assert_eq(found.start, 20);
	cr_assert_eq(found.end, 29);
	cr_assert(found.exclusive);
	spec.owner = 2;
	cr_assert(locks_test(l, &f, &spec, &found));
	cr_assert_eq(found.pid, 3);
}

Test(locks, who_waits_is_answered_when_it_is_free)
{
	struct asker a, b;

	cr_assert_eq(set(&f, range(1, true, 0, 9)), 0);
	ask(&f, range(2, true, 5, 14), &a);
	ask(&f, range(3, false, 9, 9), &b);
	expect_counts(1, 2);
	clear(&f, range(1, true, 0, 8));
	cr_assert_eq(a.r, NO_ANSWER);
	clear(&f, range(1, true, 9, 9));
	cr_assert_eq(a.r, 0);
	cr_assert_eq(b.r, NO_ANSWER, "the first gets it first");
	locks_drop_owner(l, &f, 2);
	cr_assert_eq(b.r, 0);
}

Test(locks, readers_are_granted_together)
{
	struct asker a[3];

	cr_assert_eq(set(&f, whole(1, true)), 0);
	for (uint64_t i = 0; i < 3; i++)
		ask(&f, whole(2 + i, false), &a[i]);
	clear(&f, whole(1, false));
	for (int i = 0; i < 3; i++)
		cr_assert_eq(a[i].r, 0);
}

Test(locks, a_downgrade_lets_readers_in)
{
	struct asker a, b;

	cr_assert_eq(set(&f, whole(1, true)), 0);
	cr_assert_eq(set(&g, range(1, true, 0, 0)), 0);
	ask(&f, whole(2, false), &a);
	ask(&g, range(3, false, 0, 0), &b);
	cr_assert_eq(set(&f, whole(1, false)), 0);
	cr_assert_eq(set(&g, range(1, false, 0, 0)), 0);
	cr_assert_eq(a.r, 0);
	cr_assert_eq(b.r, 0);
}

Test(locks, a_flock_that_cannot_be_upgraded_is_lost)
{
	cr_assert_eq(set(&f, whole(1, false)), 0);
	cr_assert_eq(set(&f, whole(2, false)), 0);
	cr_assert_eq(set(&f, whole(1, true)), -EAGAIN);
	cr_assert_eq(set(&f, whole(2, true)), 0);
}

Test(locks, a_posix_lock_that_cannot_be_upgraded_stays)
{
	cr_assert_eq(set(&f, range(1, false, 0, 9)), 0);
	cr_assert_eq(set(&f, range(2, false, 0, 9)), 0);
	cr_assert_eq(set(&f, range(1, true, 0, 9)), -EAGAIN);
	cr_assert_eq(set(&f, range(2, true, 0, 9)), -EAGAIN);
}

Test(locks, two_upgrades_of_a_flock_do_not_block_each_other)
{
	struct asker a;

	cr_assert_eq(set(&f, whole(1, false)), 0);
	cr_assert_eq(set(&f, whole(2, false)), 0);
	ask(&f, whole(1, true), &a);
	cr_assert_eq(set(&f, whole(2, true)), 0);
	cr_assert_eq(a.r, NO_ANSWER);
	clear(&f, whole(2, true));
	cr_assert_eq(a.r, 0);
}

Test(locks, an_interrupted_request_does_not_wait)
{
	struct lock_spec spec = range(2, true, 0, 0);
	struct asker a = { .r = NO_ANSWER, .interrupted = true }, b;

	cr_assert_eq(set(&f, range(1, true, 0, 0)), 0);
	cr_assert_eq(locks_set(l, &f, &spec, &a), -EINTR);
	ask(&f, range(3, true, 0, 0), &b);
	locks_cancel(l, &b);
	cr_assert_eq(b.r, -EINTR);
	locks_cancel(l, &b); /* too late: it is no news */
	expect_counts(1, 0);
	cr_assert_eq(a.r, NO_ANSWER);
	locks_drop_owner(l, &f, 1);
	cr_assert_eq(met(9, 0, 0), 0);
}

Test(locks, at_the_end_all_are_answered)
{
	struct asker a, b;

	cr_assert_eq(set(&f, range(1, true, 0, 0)), 0);
	ask(&f, range(2, true, 0, 0), &a);
	ask(&f, range(3, true, 0, 0), &b);
	locks_cancel_all(l, -EIO);
	cr_assert_eq(a.r, -EIO);
	cr_assert_eq(b.r, -EIO);
}

Test(locks, a_close_gives_up_what_its_owner_has_and_nothing_else)
{
	struct lock_spec second = range(1, true, 100, 109);

	second.handle = 7;
	cr_assert_eq(set(&f, range(1, true, 0, 9)), 0);
	cr_assert_eq(set(&f, second), 0);
	cr_assert_eq(set(&f, range(2, true, 20, 29)), 0);
	cr_assert_eq(set(&f, whole(3, true)), 0);
	locks_drop_owner(l, &f, 1);
	cr_assert_eq(met(9, 0, 19), 0);
	cr_assert_eq(met(9, 100, 109), 0);
	cr_assert_eq(met(9, 20, 29), 2);
	cr_assert_eq(set(&f, whole(4, true)), -EAGAIN);
}

Test(locks, the_last_close_gives_up_what_came_through_the_file)
{
	struct lock_spec flock = whole(5, true), ofd = range(5, true, 0, 9),
			 posix = range(6, true, 50, 59);
	struct lock_wait *freed;
	struct asker a;

	flock.handle = ofd.handle = posix.handle = 44;
	cr_assert_eq(set(&f, flock), 0);
	cr_assert_eq(set(&f, ofd), 0);
	cr_assert_eq(set(&f, posix), 0);
	cr_assert_eq(set(&f, range(7, true, 100, 100)), 0);
	ask(&f, whole(8, false), &a);
	freed = locks_drop_handle(l, &f, 44);
	cr_assert_eq(a.r, NO_ANSWER, "answered later");
	expect_counts(2, 0);
	locks_answer(l, freed);
	cr_assert_eq(a.r, 0);
	cr_assert_eq(met(9, 0, 99), 0);
	cr_assert_eq(met(9, 100, 100), 7);
}

Test(locks, what_is_left_is_held_until_the_heir_gives_it_up)
{
	struct asker a;

	cr_assert_eq(set(&f, range(5, true, 0, 9)), 0);
	cr_assert_eq(set(&f, whole(5, true)), 0);
	locks_leave(l, &f, 5, 0, 100); /* POSIX locks of owner 5 */
	cr_assert_eq(met(5, 0, 9), 100, "a new owner 5 is somebody else");
	cr_assert_eq(set(&f, whole(6, true)), -EAGAIN);
	locks_answer(l, locks_drop_handle(l, &f, 5));
	expect_counts(1, 0);
	cr_assert_eq(set(&f, whole(6, true)), 0);
	locks_leave(l, &f, 0, 6, 101); /* all that came through handle 6 */
	ask(&f, whole(7, true), &a);
	locks_answer(l, locks_drop_handle(l, &f, 6));
	cr_assert_eq(a.r, NO_ANSWER);
	locks_answer(l, locks_drop_handle(l, &f, 101));
	cr_assert_eq(a.r, 0);
	cr_assert_eq(met(9, 0, 9), 100);
}

Test(locks, a_circle_of_two_is_found)
{
	struct lock_spec spec = range(2, true, 0, 0);
	struct asker a, b;

	cr_assert_eq(set(&f, range(1, true, 0, 0)), 0);
	cr_assert_eq(set(&g, range(2, true, 0, 0)), 0);
	ask(&g, range(1, true, 0, 0), &a);
	b = (struct asker){ .r = NO_ANSWER };
	cr_assert_eq(locks_set(l, &f, &spec, &b), -EDEADLK);
	/* it keeps what it has, so the other goes on waiting */
	cr_assert_eq(a.r, NO_ANSWER);
	locks_drop_owner(l, &g, 2);
	cr_assert_eq(a.r, 0);
}

Test(locks, a_circle_of_many_is_found)
{
	struct asker a[10], b = { .r = NO_ANSWER };
	struct lock_spec spec = range(10, true, 1, 1);

	for (uint64_t i = 1; i <= 10; i++)
		cr_assert_eq(set(&f, range(i, true, i, i)), 0);
	for (uint64_t i = 1; i < 10; i++)
		ask(&f, range(i, true, i + 1, i + 1), &a[i]);
	cr_assert_eq(locks_set(l, &f, &spec, &b), -EDEADLK);
	for (uint64_t i = 10; i > 1; i--) {
		cr_assert_eq(a[i - 1].r, NO_ANSWER);
		locks_drop_owner(l, &f, i);
		cr_assert_eq(a[i - 1].r, 0);
	}
}

Test(locks, two_readers_that_both_want_to_write_are_a_circle)
{
	struct lock_spec spec = range(2, true, 0, 0);
	struct asker a, b = { .r = NO_ANSWER };

	cr_assert_eq(set(&f, range(1, false, 0, 0)), 0);
	cr_assert_eq(set(&f, range(2, false, 0, 0)), 0);
	ask(&f, range(1, true, 0, 0), &a);
	cr_assert_eq(locks_set(l, &f, &spec, &b), -EDEADLK);
	locks_drop_owner(l, &f, 2);
	cr_assert_eq(a.r, 0);
}

Test(locks, waiting_behind_others_is_no_circle)
{
	struct asker a[MANY];

	cr_assert_eq(set(&f, range(1, true, 0, 0)), 0);
	for (uint64_t i = 0; i < MANY; i++)
		ask(&f, range(100 + i, true, 0, 0), &a[i]);
	locks_drop_owner(l, &f, 1);
	for (uint64_t i = 0; i < MANY; i++) {
		cr_assert_eq(a[i].r, 0);
		for (uint64_t k = i + 1; k < MANY; k++)
			cr_assert_eq(a[k].r, NO_ANSWER);
		locks_drop_owner(l, &f, 100 + i);
	}
}

Test(locks, a_circle_of_flocks_is_not_looked_for)
{
	struct asker a, b;

	cr_assert_eq(set(&f, whole(1, true)), 0);
	cr_assert_eq(set(&g, whole(2, true)), 0);
	ask(&g, whole(1, true), &a);
	ask(&f, whole(2, true), &b);
	locks_cancel(l, &a);
	locks_cancel(l, &b);
}

static struct lock_spec of_user(uid_t uid, struct lock_spec spec)
{
	spec.uid = uid;
	return spec;
}

Test(locks, one_user_cannot_have_them_all)
{
	static struct lock_file files[LOCKS_OF_USER / 256];
	const uid_t a = geteuid() + 1, b = a + 1;
	const struct lock_spec middle = range(1, true, 5, 5);
	struct asker asker;

	for (uint64_t i = 0; i < LOCKS_OF_USER - 1; i++)
		cr_assert_eq(set(&files[i / 256],
				 of_user(a, range(1, i % 2, i % 256, i % 256))),
			     0);
	/* The last one; it cannot be made two. */
	cr_assert_eq(set(&f, of_user(a, range(1, true, 0, 9))), 0);
	cr_assert_eq(set(&g, of_user(a, whole(2, true))), -ENOLCK);
	cr_assert_eq(locks_clear(l, &f, &middle), -ENOLCK);
	/* Others have theirs. */
	cr_assert_eq(set(&g, of_user(b, whole(3, true))), 0);
	cr_assert_eq(set(&f, whole(4, true)), 0);
	/* What is given up counts no more, what is waited for does. */
	clear(&f, range(1, true, 5, 9));
	clear(&f, range(1, true, 0, 9));
	ask(&g, of_user(a, whole(2, true)), &asker);
	cr_assert_eq(set(&f, of_user(a, range(1, true, 0, 9))), -ENOLCK);
	locks_cancel(l, &asker);
	cr_assert_eq(set(&f, of_user(a, range(1, true, 0, 9))), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++)
		locks_drop_owner(l, &files[i], 1);
}

Test(locks, all_users_leave_some)
{
	static struct lock_file files[LOCKS_OF_USERS / 256];
	const uid_t first = geteuid() + 1;

	for (uint64_t i = 0; i < LOCKS_OF_USERS; i++)
		cr_assert_eq(set(&files[i / 256],
				 of_user(first + (uid_t)(i / LOCKS_OF_USER),
					 range(1, i % 2, i % 256, i % 256))),
			     0);
	cr_assert_eq(set(&f, of_user(first + 9, whole(2, true))), -ENOLCK);
	cr_assert_eq(set(&f, whole(2, true)), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++)
		locks_drop_owner(l, &files[i], 1);
}

Test(locks, there_is_an_end_to_how_many)
{
	static struct lock_file files[LOCKS_MAX / 256];

	for (uint64_t i = 0; i < LOCKS_MAX; i++)
		cr_assert_eq(
			set(&files[i / 256], range(1, i % 2, i % 256, i % 256)),
			0);
	cr_assert_eq(set(&f, whole(2, true)), -ENOLCK);
	locks_drop_owner(l, &files[0], 1);
	cr_assert_eq(set(&f, whole(2, true)), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++)
		locks_drop_owner(l, &files[i], 1);
}
