/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/read/sessionlog.h"

static struct sessionlog list;

static void release(void)
{
	sessionlog_release(&list);
}

TestSuite(sessionlog, .fini = release);

static void add(const char *text)
{
	char *line = NULL;
	struct logline l;

	cr_assert_gt(asprintf(&line, "2026-11-30 11:46:2%zu.123 event: %s",
			      list.count, text),
		     0);
	cr_assert(logline_parse(line, &l));
	cr_assert_eq(sessionlog_add(&list, &l), 0);
	free(line);
}

Test(sessionlog, knows_what_runs_and_what_ended)
{
	add("session \"a\" began (pid 12, sh -c x, y (z))");
	add("session \"b\" began (pid 13, true)");
	add("session \"a\" ended: status 3 after 0.2 s, 1 file changed "
	    "(pid 12)");
	cr_assert_eq(list.count, 2);
	cr_assert_str_eq(list.items[0].name, "a");
	cr_assert_str_eq(list.items[0].command, "sh -c x, y (z)");
	cr_assert_eq(list.items[0].pid, 12);
	cr_assert_str_eq(list.items[0].began, "2026-11-30 11:46:20.123");
	cr_assert(list.items[0].ended);
	cr_assert_str_eq(list.items[0].how,
			 "status 3 after 0.2 s, 1 file changed");
	cr_assert_not(list.items[1].ended);
}

Test(sessionlog, tells_sessions_of_one_name_by_their_process)
{
	add("session \"run\" began (pid 12, one)");
	add("session \"run\" began (pid 13, two)");
	add("session \"run\" ended: status 0 after 0.2 s, 0 files changed "
	    "(pid 12)");
	cr_assert(list.items[0].ended);
	cr_assert_not(list.items[1].ended);
	/* A pid that comes again is that of the latest. */
	add("session \"run\" ended: killed after 0.2 s, 0 files changed "
	    "(pid 13)");
	add("session \"run\" began (pid 13, three)");
	cr_assert(list.items[1].ended);
	cr_assert_not(list.items[2].ended);
}

Test(sessionlog, ends_all_with_a_mount_that_was_killed)
{
	add("session \"a\" began (pid 12, true)");
	add("serving \"/b\" at \"/m\"");
	cr_assert(list.items[0].ended);
	cr_assert_str_eq(list.items[0].how, "with its mount");
}

Test(sessionlog, keeps_overlaps)
{
	add("sessions \"a\" and \"b\" overlap: \"d/x\"");
	cr_assert_eq(list.overlap_count, 1);
	cr_assert_str_eq(list.overlaps[0].text,
			 "sessions \"a\" and \"b\" overlap: \"d/x\"");
}

Test(sessionlog, passes_over_all_else)
{
	add("session \"a\" ended: status 0 after 0.2 s, 0 files changed "
	    "(pid 12)");
	add("session \"a\" began (pid 12)");
	add("session ");
	add("session \"");
	add("mark \"a\" made by pid 12 (session \"x\" began)");
	cr_assert_eq(list.count, 0);
}
