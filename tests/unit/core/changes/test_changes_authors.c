/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "core/changes/authors.h"

static struct authors a;

static void authors_setup(void)
{
	cr_assert_eq(authors_init(&a), 0);
}

static void authors_teardown(void)
{
	authors_release(&a);
}

TestSuite(changes_authors, .init = authors_setup, .fini = authors_teardown);

static const struct timespec at = { 1000, 7 };

static void begin(uint64_t id, uint64_t parent)
{
	const struct changes_session s = { .parent = parent,
					   .kind = "step",
					   .pid = 42,
					   .start = 99,
					   .uid = 1000,
					   .time = { 5, 6 },
					   .name = " a\nb" };

	cr_assert_eq(authors_begin(&a, id, &s), 0);
}

static void end(uint64_t id, uint64_t seq)
{
	authors_end(&a, id, seq, 3, &at);
}

static uint64_t told(uint64_t id)
{
	return authors_told(&a, authors_find(&a, id));
}

Test(changes_authors, owner_is_the_innermost_one_that_runs)
{
	begin(10, 0);
	begin(20, 10);
	begin(30, 20);
	cr_assert_eq(authors_owner(&a, 30), 30);
	end(20, 40);
	cr_assert_eq(authors_owner(&a, 30), 30);
	cr_assert_eq(authors_owner(&a, 20), 10);
	end(30, 50);
	cr_assert_eq(authors_owner(&a, 30), 10);
	end(10, 60);
	cr_assert_eq(authors_owner(&a, 30), 0);
	cr_assert_eq(authors_owner(&a, 77), 0, "it is not known");
}

Test(changes_authors, owner_was_another_one_before)
{
	begin(10, 0);
	begin(20, 10);
	end(20, 40);
	end(10, 50);
	cr_assert_eq(authors_owner_at(&a, 20, 39), 20);
	cr_assert_eq(authors_owner_at(&a, 20, 40), 10);
	cr_assert_eq(authors_owner_at(&a, 20, 50), 0);
}

Test(changes_authors, mark_of_a_session_tells_what_has_passed_to_it)
{
	begin(10, 0);
	begin(20, 10);
	begin(30, 10);
	end(20, 40);
	authors_marked(&a, 10, 45, &at);
	cr_assert_eq(told(10), 45);
	cr_assert_eq(told(20), 45);
	cr_assert_eq(told(30), 0, "it runs");
	cr_assert_eq(told(0), 0);
}

Test(changes_authors, mark_by_time_tells_nothing_of_a_session_that_runs)
{
	begin(10, 0);
	authors_marked(&a, 0, 20, &at);
	cr_assert_eq(told(0), 20);
	cr_assert_eq(told(10), 0);
	/* It passes up later, untold. */
	end(10, 30);
	cr_assert_eq(told(10), 0);
	authors_marked(&a, 0, 40, &at);
	cr_assert_eq(told(10), 40);
}

Test(changes_authors, mark_counts_though_its_session_ends_before_it_is_there)
{
	begin(10, 0);
	begin(20, 10);
	end(20, 30);
	end(10, 40);
	cr_assert(authors_owned(&a, 10, 10, 45));
	cr_assert(authors_owned(&a, 20, 10, 45));
	authors_marked(&a, 10, 45, &at);
	cr_assert_eq(told(20), 45);
	cr_assert_eq(told(0), 0);
}

static void read_lines(const char *text)
{
	char line[2 * AUTHORS_LINE];

	while (*text) {
		size_t n = strcspn(text, "\n");

		memcpy(line, text, n);
		line[n] = '\0';
		cr_assert_eq(strncmp(line, "# ", 2), 0);
		cr_assert_eq(authors_read(&a, line + 2), 0);
		text += n + 1;
	}
}

Test(changes_authors, lines_say_it_all)
{
	char text[8 * AUTHORS_LINE], again[8 * AUTHORS_LINE];
	size_t n = 0;

	begin(10, 0);
	begin(20, 10);
	end(20, 30);
	authors_marked(&a, 10, 35, &at);
	authors_marked(&a, 20, 25, &at);
	authors_marked(&a, 0, 15, &at);
	for (size_t i = 0; i < a.count; i++)
		n += authors_write(&a.items[i], text + n);
	authors_release(&a);
	cr_assert_eq(authors_init(&a), 0);
	read_lines(text);
	cr_assert_eq(a.count, 3);
	cr_assert_eq(told(0), 15);
	cr_assert_eq(told(10), 35);
	cr_assert_eq(told(20), 35);
	n = 0;
	for (size_t i = 0; i < a.count; i++)
		n += authors_write(&a.items[i], again + n);
	cr_assert_str_eq(again, text);
	/* They may come twice. */
	read_lines(text);
	cr_assert_eq(a.count, 3);
}

Test(changes_authors, wrong_lines_are_passed_over)
{
	static const char *const lines[] = {
		"session",
		"session 5 0 step 1 2 3 4.000000000",
		"session 5 9 step 1 2 3 4.000000000 x",
		"session 5 5 step 1 2 3 4.000000000 x",
		"session 0 0 step 1 2 3 4.000000000 x",
		"session 5 0 step 1 2 3 4.0 x",
		"session 5 0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1 2 3 4.000000000 x",
		"session 5 0 step 1 2 3 4.000000000 \\q",
		"ended 7 0 4.000000000 9",
		"told 9 4.000000000 7",
		"told x",
		"",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		cr_assert_eq(authors_read(&a, lines[i]), 0);
	cr_assert_eq(a.count, 1);
	cr_assert_eq(told(0), 0);
}

Test(changes_authors, name_has_a_bound)
{
	char name[AUTHORS_NAME_MAX + 2];
	struct changes_session s = { .kind = "run", .name = name };

	memset(name, '\1', sizeof(name) - 1);
	name[AUTHORS_NAME_MAX + 1] = '\0';
	cr_assert_eq(authors_begin(&a, 10, &s), -EINVAL);
	name[AUTHORS_NAME_MAX] = '\0';
	cr_assert_eq(authors_begin(&a, 10, &s), 0);
	cr_assert_lt(strlen(a.items[1].line), AUTHORS_LINE);
	s.name = "x";
	s.kind = "a b";
	cr_assert_eq(authors_begin(&a, 20, &s), -EINVAL);
	cr_assert_eq(a.count, 2);
}

Test(changes_authors, those_that_are_needed_no_more_are_dropped)
{
	begin(10, 0);
	begin(20, 10);
	begin(30, 20);
	begin(40, 0);
	end(10, 50);
	end(20, 51);
	end(40, 52);
	authors_find(&a, 30)->last_at = 5;
	authors_find(&a, 40)->last_at = 99;
	authors_drop(&a, 100);
	cr_assert_null(authors_find(&a, 40));
	cr_assert_eq(a.count, 4, "30 runs, and the others are above it");
	end(30, 60);
	authors_find(&a, 30)->last_at = 100;
	authors_drop(&a, 100);
	cr_assert_eq(a.count, 4);
	authors_drop(&a, 101);
	cr_assert_eq(a.count, 1);
	cr_assert_eq(authors_owner(&a, 30), 0);
}
