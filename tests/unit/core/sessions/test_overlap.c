/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "table_of.h"

TestSuite(overlap, .init = table_setup, .fini = table_teardown);

static char seen[65536];

static void note(void *arg, const struct session_overlap *o)
{
	(void)arg;
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s %s\n",
		 o->name, o->path);
}

static uint64_t list(uint64_t id)
{
	seen[0] = '\0';
	return sessions_each_overlap(s, id, note, NULL);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text++;
		n++;
	}
	return n;
}

/* Two that are not in each other. */
static pid_t child_of_b;

static uint64_t begin_b(void)
{
	child_of_b = child();
	return begin("b", child_of_b);
}

Test(overlap, both_are_told_once_a_path)
{
	uint64_t b = begin_b(), a = begin("a", getpid());

	sessions_overlap(s, a, b, "d/x");
	sessions_overlap(s, b, a, "d/x");
	sessions_overlap(s, a, b, "y");
	cr_assert_eq(list(a), 2);
	cr_assert_str_eq(seen, "b d/x\nb y\n");
	cr_assert_eq(list(b), 2);
	cr_assert_str_eq(seen, "a d/x\na y\n");
	cr_assert_eq(count(told, "sessions \"a\" and \"b\" overlap: \"d/x\"\n"),
		     1);
	cr_assert_eq(count(told, "overlap"), 2);
}

Test(overlap, nobody_and_itself_do_not_overlap)
{
	uint64_t a = begin("a", getpid());

	sessions_overlap(s, a, a, "x");
	sessions_overlap(s, a, 0, "x");
	sessions_overlap(s, 0, a, "x");
	sessions_overlap(s, a, a + 99, "x");
	cr_assert_eq(list(a), 0);
	cr_assert_eq(list(0), 0);
}

Test(overlap, one_and_what_was_begun_in_it_do_not_overlap)
{
	pid_t pid = child();
	uint64_t a = begin("a", getpid()), b = begin("b", getpid());
	uint64_t c = begin("c", pid);

	sessions_overlap(s, a, b, "x");
	sessions_overlap(s, c, a, "x");
	sessions_overlap(s, b, c, "x");
	sessions_end(s, "b", 0);
	sessions_overlap(s, c, a, "x");
	sessions_end(s, "c", 0);
	sessions_overlap(s, c, a, "x");
	cr_assert_eq(list(a), 0);
	cr_assert_eq(list(c), 0);
	end_child(pid);
}

Test(overlap, many_are_counted)
{
	uint64_t b = begin_b(), a = begin("a", getpid());
	char path[32];

	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "p%d", i);
		sessions_overlap(s, a, b, path);
	}
	cr_assert_eq(list(a), 100);
	cr_assert_eq(count(seen, "\n"), SESSION_OVERLAPS_MAX);
	cr_assert_eq(count(told, "overlap"), SESSION_OVERLAPS_MAX);
}

Test(overlap, the_other_is_named_after_it_has_ended)
{
	uint64_t b = begin_b(), a = begin("a", getpid());

	sessions_overlap(s, a, b, "x");
	sessions_end(s, "b", 0);
	cr_assert_eq(list(a), 1);
	cr_assert_str_eq(seen, "b x\n");
	sessions_overlap(s, a, b, "late");
	cr_assert_eq(list(a), 2);
}
