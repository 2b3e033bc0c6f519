/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/marks/running.h"

static struct running *r;
static char seen[4096];

static void setup(void)
{
	r = running_new(NULL);
	cr_assert(r);
}

static void teardown(void)
{
	running_free(r);
}

TestSuite(running, .init = setup, .fini = teardown);

static int begin(const void *key, const char *name)
{
	struct step s = { .mark = (char *)name, .command = (char *)"cmd" };

	return running_begin(r, key, &s, 1000, 4711);
}

static void note(void *arg, const struct running_step *s)
{
	char how[RUNNING_HOW];

	(void)arg;
	running_how(s->status, how);
	cr_assert_str_eq(s->command, "cmd");
	cr_assert_eq(s->pid, 4711);
	cr_assert_geq(s->took_ms, 0);
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s: %s\n",
		 s->name, how);
}

static const char *list(void (*each)(struct running *, running_fn, void *))
{
	seen[0] = '\0';
	each(r, note, NULL);
	return seen;
}

Test(running, steps_are_listed_until_they_end)
{
	cr_assert_eq(begin("a", "a.done"), 0);
	cr_assert_eq(begin("b", "b.done"), 0);
	cr_assert_str_eq(list(running_each),
			 "a.done: status 0\nb.done: status 0\n");
	running_end(r, "a", 0);
	cr_assert_str_eq(list(running_each), "b.done: status 0\n");
	running_end(r, "b", 0);
	running_end(r, "b", 0);
	cr_assert_str_eq(list(running_each), "");
	cr_assert_str_eq(list(failed_each), "");
}

Test(running, failed_steps_are_listed_until_they_are_done)
{
	cr_assert_eq(begin("a", "a.done"), 0);
	cr_assert_eq(begin("b", "b.done"), 0);
	cr_assert_eq(begin("c", "c.done"), 0);
	running_end(r, "a", 3);
	running_end(r, "b", 137);
	running_drop(r, "c");
	cr_assert_str_eq(list(failed_each),
			 "a.done: status 3\nb.done: status 137 (signal 9)\n"
			 "c.done: killed\n");
	cr_assert_eq(begin("d", "b.done"), 0);
	running_end(r, "d", RUNNING_REFUSED);
	cr_assert_str_eq(list(failed_each), "a.done: status 3\nc.done: killed\n"
					    "b.done: its mark was not made\n");
	cr_assert_eq(begin("e", "a.done"), 0);
	running_end(r, "e", 0);
	cr_assert_str_eq(list(failed_each),
			 "c.done: killed\nb.done: its mark was not made\n");
}

Test(running, one_that_runs_twice_or_too_many_are_refused)
{
	static char keys[2000];
	int r1 = 0;
	size_t n = 0;

	cr_assert_eq(begin(&keys[0], "a.done"), 0);
	cr_assert_eq(begin(&keys[0], "b.done"), -EBUSY);
	while (!r1 && ++n < sizeof(keys))
		r1 = begin(&keys[n], "a.done");
	cr_assert_eq(r1, -EBUSY);
	cr_assert_lt(n, sizeof(keys) - 1);
	running_drop(r, &keys[0]);
	cr_assert_eq(begin(&keys[0], "a.done"), 0);
}

Test(running, what_failed_long_ago_is_forgotten)
{
	char name[16];

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%d.done", i);
		cr_assert_eq(begin(name, name), 0);
		running_end(r, name, 1);
	}
	list(failed_each);
	cr_assert_null(strstr(seen, "\n1.done"));
	cr_assert(strstr(seen, "39.done: status 1\n"));
}
