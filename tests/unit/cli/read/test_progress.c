/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "cli/read/progress.h"

Test(progress, sessions_of_all_kinds_replace_the_steps)
{
	struct progress p;

	cr_assert_eq(progress_parse("idemfs 1\n"
				    "running 1200 12 a b\n"
				    "session 5 0 run 1500 11 3 0 run\n"
				    "session 6 5 step 1200 12 7 1 a b\n",
				    &p),
		     0);
	cr_assert_eq(p.session_count, 2);
	cr_assert_str_eq(p.sessions[0].kind, "run");
	cr_assert_str_eq(p.sessions[1].name, "a b");
	cr_assert_str_eq(p.sessions[1].kind, "step");
	cr_assert_eq(p.sessions[1].age_ms, 1200);
	cr_assert_eq(p.sessions[1].pid, 12);
	cr_assert_eq(p.sessions[1].files, 7);
	cr_assert_eq(p.sessions[1].overlaps, 1);
	progress_release(&p);
}

Test(progress, an_older_mount_knows_steps_only)
{
	struct progress p;

	cr_assert_eq(progress_parse("idemfs 1\nrunning 1200 12 a b\n", &p), 0);
	cr_assert_eq(p.session_count, 1);
	cr_assert_str_eq(p.sessions[0].name, "a b");
	cr_assert_str_eq(p.sessions[0].kind, "step");
	progress_release(&p);
}

Test(progress, a_line_that_is_cut_off_is_refused)
{
	struct progress p;

	cr_assert_lt(progress_parse("idemfs 1\nsession 6 5 step 12\n", &p), 0);
	cr_assert_lt(progress_parse("idemfs 1\nrunning x\n", &p), 0);
}
