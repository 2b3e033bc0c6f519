/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>

#include "base/lines.h"
#include "base/sys.h"
#include "base/util.h"

#define MAX 8

static void next_is(struct lines *l, const char *want)
{
	const char *line;
	size_t n;

	cr_assert_eq(lines_peek(l, &line, &n), 1);
	cr_assert_eq(n, strlen(want));
	cr_assert_eq(memcmp(line, want, n), 0);
	cr_assert_eq(line[n], '\n');
	lines_take(l, n);
}

static void open_text(struct lines *l, const char *text)
{
	cr_assert_eq(lines_init_text(l, text, 0, (off_t)strlen(text), MAX), 0);
}

static int next(struct lines *l)
{
	const char *line;
	size_t n;

	return lines_peek(l, &line, &n);
}

Test(lines, come_one_after_the_other)
{
	struct lines l;

	open_text(&l, "a\n\nbcd\n1234567\n");
	cr_assert_eq(lines_left(&l), 15);
	next_is(&l, "a");
	next_is(&l, "");
	cr_assert_eq(lines_left(&l), 12);
	next_is(&l, "bcd");
	next_is(&l, "1234567");
	cr_assert_eq(next(&l), 0);
	cr_assert_eq(lines_left(&l), 0);
	lines_release(&l);
}

Test(lines, last_one_needs_its_newline)
{
	struct lines l;

	open_text(&l, "a\nb");
	next_is(&l, "a");
	cr_assert_eq(next(&l), -EBADMSG);
	lines_skip(&l);
	cr_assert_eq(next(&l), 0);
	lines_release(&l);
}

Test(lines, one_that_is_too_long_is_passed_over)
{
	struct lines l;

	open_text(&l, "12345678\nb\n");
	cr_assert_eq(next(&l), -EBADMSG);
	lines_skip(&l);
	next_is(&l, "b");
	lines_release(&l);
}

Test(lines, many_are_read_in_little_memory)
{
	auto_fd fd = memfd_create("lines", MFD_CLOEXEC);
	struct lines l;
	off_t at = 0;
	char text[MAX + 1];

	for (int i = 0; i < 50000; i++) {
		int n = snprintf(text, sizeof(text), "%d\n", i);

		cr_assert_eq(sys_pwrite_all(fd, text, (size_t)n, at), 0);
		at += n;
	}
	cr_assert_eq(lines_init(&l, fd, 2, at, MAX), 0);
	for (int i = 1; i < 50000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		next_is(&l, text);
	}
	cr_assert_eq(next(&l), 0);
	lines_release(&l);
}

Test(lines, file_that_has_become_shorter_ends_there)
{
	auto_fd fd = memfd_create("lines", MFD_CLOEXEC);
	struct lines l;

	cr_assert_eq(sys_pwrite_all(fd, "a\n", 2, 0), 0);
	cr_assert_eq(lines_init(&l, fd, 0, 100, MAX), 0);
	next_is(&l, "a");
	cr_assert_eq(next(&l), 0);
	lines_release(&l);
}

Test(lines, a_hole_is_passed_over_at_once, .timeout = 20)
{
	const off_t end = (off_t)4 << 40;
	auto_fd fd = memfd_create("lines", MFD_CLOEXEC);
	struct lines l;
	int r;

	cr_assert_eq(pwrite(fd, "a\n", 2, 0), 2);
	cr_assert_eq(pwrite(fd, "\nb\n", 3, end - 3), 3);
	cr_assert_eq(lines_init(&l, fd, 0, end, MAX), 0);
	next_is(&l, "a");
	while ((r = next(&l)) == -EBADMSG)
		lines_skip(&l);
	cr_assert_eq(r, 1);
	next_is(&l, "b");
	cr_assert_eq(next(&l), 0);
	lines_release(&l);
}
