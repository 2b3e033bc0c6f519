/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

#include "core/process/budget.h"

#define US (geteuid())
#define USER(n) (geteuid() + 1000 + (n))

static struct budget *b;

static void begin(void)
{
	cr_assert_eq(budget_new(800, &b), 0);
}

static void end(void)
{
	budget_free(b);
}

TestSuite(budget, .init = begin, .fini = end);

Test(budget, a_user_has_an_eighth)
{
	cr_assert_eq(budget_take(b, USER(1), 60), 0);
	cr_assert_eq(budget_take(b, USER(1), 41), -EDQUOT);
	cr_assert_eq(budget_take(b, USER(1), 40), 0);
	cr_assert_eq(budget_take(b, USER(1), 1), -EDQUOT);
	cr_assert_eq(budget_take(b, USER(2), 100), 0);
	budget_give(b, USER(1), 1);
	cr_assert_eq(budget_take(b, USER(1), 1), 0);
	cr_assert_eq(budget_take(b, USER(1), (size_t)-1), -ENOMEM);
}

Test(budget, all_users_leave_a_quarter)
{
	for (uid_t i = 0; i < 6; i++)
		cr_assert_eq(budget_take(b, USER(i), 100), 0);
	cr_assert_eq(budget_take(b, USER(7), 1), -ENOMEM);
	cr_assert_eq(budget_take(b, US, 150), 0);
	cr_assert_eq(budget_take(b, 0, 50), 0);
	cr_assert_eq(budget_take(b, US, 1), -ENOMEM);
	budget_give(b, USER(0), 100);
	cr_assert_eq(budget_take(b, US, 100), 0);
	cr_assert_eq(budget_take(b, USER(7), 1), -ENOMEM);
	budget_give(b, US, 250);
	cr_assert_eq(budget_take(b, USER(7), 100), 0);
}
