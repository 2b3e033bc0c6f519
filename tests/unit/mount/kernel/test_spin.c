/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "mount/kernel/spin.h"

#define US 1000

static struct spin s;
static int64_t now;
static bool busy;

static void setup(void)
{
	now = 1000000000;
	busy = false;
	spin_init(&s, true);
}

TestSuite(spin, .init = setup);

/* Looks each microsecond until @gap has passed, or it may not: how long? */
static int64_t look_for(int64_t gap)
{
	int64_t begin = now;

	if (spin_must_check(&s, now))
		spin_checked(&s, now, busy);
	while (now - begin < gap && spin_again(&s, now))
		now += US;
	return now - begin;
}

/* A request comes @gap after the queue was empty; says how long was looked. */
static int64_t request_after(int64_t gap)
{
	int64_t begin = now, looked = look_for(gap);

	now = begin + gap;
	spin_came(&s, now);
	now += 5 * US;
	return looked;
}

static void make_busy(void)
{
	for (int i = 0; i < 200; i++)
		request_after(10 * US);
}

Test(spin, does_not_begin_with_it)
{
	cr_assert_eq(request_after(10 * US), 0);
}

Test(spin, looks_while_requests_come_fast)
{
	make_busy();
	cr_assert_eq(request_after(10 * US), 10 * US);
}

Test(spin, never_looks_long)
{
	make_busy();
	cr_assert_leq(look_for(1000 * US), SPIN_MAX_NS);
}

Test(spin, stops_when_requests_come_slowly)
{
	int64_t looked = 0;

	make_busy();
	for (int i = 0; i < 100; i++)
		request_after(500 * US);
	for (int i = 0; i < 10 * SPIN_TRY; i++)
		looked += request_after(500 * US);
	cr_assert_leq(looked, 10 * SPIN_MAX_NS);
}

Test(spin, tries_again)
{
	make_busy();
	for (int i = 0; i < 100; i++)
		request_after(500 * US);
	make_busy();
	cr_assert_eq(request_after(10 * US), 10 * US);
}

Test(spin, burns_next_to_nothing_for_rare_requests)
{
	int64_t looked = 0, begin = now;

	for (int i = 0; i < 1000; i++)
		looked += request_after(1000 * US);
	cr_assert_leq(looked * 1000, now - begin);
}

Test(spin, leaves_the_processor_to_who_took_it)
{
	make_busy();
	cr_assert(spin_again(&s, now));
	now += SPIN_STOLEN_NS + US; /* another thread has run */
	cr_assert_not(spin_again(&s, now));
	spin_came(&s, now);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(request_after(10 * US), 0, "%d", i);
	now += SPIN_REST_NS;
	cr_assert_eq(request_after(10 * US), 10 * US);
}

Test(spin, leaves_a_busy_machine_alone)
{
	int64_t looked = 0, begin, calm;

	make_busy();
	busy = true;
	begin = now;
	while (now - begin < 100 * SPIN_REST_MAX_NS)
		looked += request_after(10 * US);
	cr_assert_leq(looked, SPIN_CHECK_NS);
	busy = false;
	calm = now;
	while (request_after(10 * US) == 0)
		cr_assert_leq(now - calm, SPIN_REST_MAX_NS + SPIN_CHECK_NS);
}

Test(spin, can_be_switched_off)
{
	spin_init(&s, false);
	make_busy();
	cr_assert_eq(request_after(10 * US), 0);
}
