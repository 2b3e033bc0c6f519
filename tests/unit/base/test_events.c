/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "base/events.h"

static enum log_level level;
static char text[64];
static int count;

static void keep(void *arg, enum log_level l, const char *t)
{
	(*(int *)arg)++;
	level = l;
	snprintf(text, sizeof(text), "%s", t);
}

Test(events, a_line_goes_to_whom_it_is_given)
{
	const struct events e = { .event = keep, .arg = &count };

	errno = ENOSPC;
	events_tell(&e, LOG_WARN, "%s: %d", "a", 7);
	cr_assert_eq(errno, ENOSPC);
	cr_assert_eq(count, 1);
	cr_assert_eq(level, LOG_WARN);
	cr_assert_str_eq(text, "a: 7");
}

Test(events, nothing_is_told_to_no_one)
{
	events_tell(NULL, LOG_ERROR, "%s", "lost");
	cr_assert_eq(count, 0);
}
