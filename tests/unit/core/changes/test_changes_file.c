/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/file.h"
#include "unit/core/backing/opened.h"

static struct changes *h;

static void open_history(void)
{
	cr_assert_eq(changes_open(&st, s.dir, NULL, &h), 0);
}

static void history_setup(void)
{
	setup();
	open_state();
	open_history();
}

static void history_teardown(void)
{
	changes_close(h);
	teardown();
}

static void reopen(void)
{
	changes_close(h);
	open_history();
}

TestSuite(changes_file, .init = history_setup, .fini = history_teardown);

static uint64_t add(enum record_kind kind, const char *path, int64_t size)
{
	struct record r = { .kind = kind,
			    .path = path,
			    .st = { size, { 5, 6 }, 77 } };

	changes_add(h, &r);
	return r.seq;
}

/* "a=1 b- c? " of a span */
static FILE *out;

static int print(void *arg, const struct record *r, uint32_t node)
{
	uint64_t *last = arg;

	(void)node;
	cr_assert_geq(r->seq, *last);
	*last = r->seq;
	fprintf(out, "%s", r->path);
	if (r->kind == RECORD_FILE)
		fprintf(out, "=%lld", (long long)r->st.size);
	else
		fputc(r->kind == RECORD_GONE ? '-' : '?', out);
	fputc(' ', out);
	return 0;
}

static void map_is(struct pathmap *m, const char *want)
{
	char *text;
	uint64_t last = 0;
	size_t n;

	out = open_memstream(&text, &n);
	cr_assert_eq(pathmap_each(m, print, &last), 0);
	fclose(out);
	cr_assert_str_eq(text, want);
	free(text);
	pathmap_free(m);
}

static void span_is(struct changes_span *span, const char *want)
{
	struct pathmap *m = pathmap_new();

	cr_assert_eq(changes_replay(span, m), 0);
	map_is(m, want);
}

static void begin(struct changes_span *span)
{
	cr_assert_eq(changes_begin(h, 0, span), 0);
}

static void cut(struct changes_span *span)
{
	cr_assert_eq(changes_cut(h, span), 0);
}

static void made(struct changes_span *span, time_t when)
{
	struct timespec t = { when, 7 };

	changes_end(h, span, &t);
}

/* What a mark that is made now would tell. */
static void now_is(const char *want)
{
	struct changes_span span;

	begin(&span);
	cut(&span);
	span_is(&span, want);
	changes_end(h, &span, NULL);
}

static off_t length(void)
{
	struct stat at;

	cr_assert_eq(fstatat(st.dir, CHANGES_NAME, &at, 0), 0);
	return at.st_size;
}

Test(changes_file, begins_empty)
{
	now_is("");
}

Test(changes_file, tells_the_latest_of_each_path)
{
	uint64_t a = add(RECORD_FILE, "a", 1), b = add(RECORD_FILE, "b", 2);

	cr_assert_lt(a, b);
	add(RECORD_GONE, "a", 0);
	add(RECORD_UNREAD, "new\nline", 3);
	now_is("b=2 a- new\nline? ");
	now_is("b=2 a- new\nline? ");
}

Test(changes_file, mark_tells_what_came_since_the_one_before)
{
	struct changes_span one, two;

	begin(&one);
	cr_assert_eq(one.before.tv_sec, 0);
	add(RECORD_FILE, "a", 1);
	cut(&one);
	add(RECORD_FILE, "b", 2); /* while it is written */
	span_is(&one, "a=1 ");
	made(&one, 1000);
	begin(&two);
	cr_assert_eq(two.before.tv_sec, 1000);
	cut(&two);
	span_is(&two, "b=2 ");
	made(&two, 2000);
	now_is("");
}

Test(changes_file, mark_that_fails_leaves_all_to_the_next)
{
	struct changes_span span;

	add(RECORD_FILE, "a", 1);
	begin(&span);
	cut(&span);
	changes_end(h, &span, NULL);
	now_is("a=1 ");
}

Test(changes_file, marks_at_the_same_time_tell_the_same)
{
	struct changes_span one, two, three;

	add(RECORD_FILE, "a", 1);
	begin(&one);
	begin(&two);
	cut(&one);
	made(&one, 1000);
	add(RECORD_FILE, "b", 2);
	begin(&three);
	cut(&two);
	cut(&three);
	span_is(&two, "a=1 b=2 ");
	span_is(&three, "b=2 ");
	made(&three, 2000);
	made(&two, 3000);
	now_is("");
}

Test(changes_file, outlives_its_daemon)
{
	struct changes_span span;
	uint64_t last;

	add(RECORD_FILE, "told", 1);
	begin(&span);
	cut(&span);
	made(&span, 1000);
	last = add(RECORD_FILE, "a", 1);
	reopen();
	now_is("a=1 ");
	cr_assert_gt(add(RECORD_FILE, "b", 2), last);
	begin(&span);
	cr_assert_eq(span.before.tv_sec, 1000);
	cr_assert_eq(span.before.tv_nsec, 7);
	changes_end(h, &span, NULL);
	reopen();
	reopen();
	now_is("a=1 b=2 ");
}

Test(changes_file, digest_that_comes_later_is_found)
{
	struct digest d = { { 1, 2, 3 } };
	uint64_t a = add(RECORD_UNREAD, "a", 1), b = add(RECORD_UNREAD, "b", 2);
	struct changes_span span;

	begin(&span);
	cut(&span);
	changes_hashed(h, a, 77, &d);
	changes_hashed(h, b, 78, &d); /* another file */
	span_is(&span, "a=1 b? ");
	changes_end(h, &span, NULL);
	reopen();
	now_is("a=1 b? ");
}

Test(changes_file, what_marks_tell_is_cut_off_though_it_never_rests)
{
	struct changes_span span;
	char path[1000];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 3000; i++)
		add(RECORD_FILE, path, i);
	begin(&span);
	cut(&span);
	add(RECORD_FILE, "after", 1);
	made(&span, 1000);
	cr_assert_lt(length(), 4096);
	now_is("after=1 ");
	add(RECORD_FILE, "more", 2);
	reopen();
	now_is("after=1 more=2 ");
}

static struct sys_calls real;
static int flushed;

static int counted_fdatasync(int fd)
{
	flushed++;
	return real.fdatasync(fd);
}

static int unflushed_never(int from, const char *name, int to,
			   const char *to_name, unsigned int flags)
{
	cr_assert_gt(flushed, 0, "%s is renamed, and was not flushed", name);
	flushed = 0;
	return real.renameat2(from, name, to, to_name, flags);
}

/* XFS may have the rename before the bytes: then all would be gone. */
Test(changes_file, file_that_is_written_anew_is_flushed_before_it_is_renamed)
{
	add(RECORD_FILE, "a", 1);
	real = sys;
	sys.fdatasync = counted_fdatasync;
	sys.renameat2 = unflushed_never;
	reopen();
	sys = real;
	now_is("a=1 ");
}

Test(changes_file, is_shortened_to_what_it_says)
{
	off_t before;

	for (int i = 0; i < 1000; i++)
		add(RECORD_FILE, i % 2 ? "a" : "b", i);
	before = length();
	cr_assert_not(changes_is_long(h));
	cr_assert_eq(changes_shorten(h), 0);
	cr_assert_lt(length(), before / 100);
	add(RECORD_FILE, "c", 3);
	now_is("b=998 a=999 c=3 ");
	reopen();
	now_is("b=998 a=999 c=3 ");
}

Test(changes_file, is_not_shortened_under_a_mark)
{
	struct changes_span span;

	add(RECORD_FILE, "a", 1);
	begin(&span);
	cr_assert_eq(changes_shorten(h), -EAGAIN);
	cut(&span);
	span_is(&span, "a=1 ");
	made(&span, 1);
	cr_assert_eq(changes_shorten(h), 0);
}

static void break_file(const char *bytes, size_t n)
{
	int fd = openat(st.dir, CHANGES_NAME, O_WRONLY | O_APPEND | O_CLOEXEC);

	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

Test(changes_file, torn_lines_are_passed_over)
{
	static const char zeros[70000];
	static const char torn[] = "# file 99999999999999999 1 5.0000";
	static const char half[] = "# file 1 1 5.000000000 7\n# gone 1 x\n";

	add(RECORD_FILE, "a", 1);
	changes_close(h);
	break_file(half, strlen(half));
	break_file(zeros, sizeof(zeros));
	break_file("\n", 1);
	break_file(torn, strlen(torn));
	open_history();
	add(RECORD_FILE, "b", 2);
	now_is("x- a=1 b=2 ");
}

/* "there", which holds, "lost" and "away". */
static void add_three(void)
{
	struct stat at;
	struct record r = { .kind = RECORD_FILE, .path = "there" };

	scratch_write(s.dir, "there", "x");
	cr_assert_eq(fstatat(s.dir, "there", &at, 0), 0);
	r.st = (struct record_stat){ at.st_size, at.st_mtim, at.st_ino };
	changes_add(h, &r);
	add(RECORD_FILE, "lost", 1);
	add(RECORD_GONE, "away", 0);
}

static void close_and_boot(void)
{
	int fd;

	changes_close(h);
	fd = openat(st.dir, CHANGES_NAME, O_WRONLY | O_CLOEXEC);
	cr_assert_eq(pwrite(fd, "ffffffff", 8, strlen("# idemfs-changes 1 ")),
		     8);
	close(fd);
}

Test(changes_file, after_a_power_cut_only_what_holds_is_believed)
{
	struct pathmap *map = pathmap_new();

	add_three();
	reopen();
	now_is("there=1 lost=1 away- ");
	close_and_boot();
	cr_assert_eq(changes_read(&st, s.dir, map), 0);
	map_is(map, "there=1 away- ");
	open_history();
	now_is("there=1 away- ");
}

static ssize_t fail_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)off;
	return -ENOSPC;
}

Test(changes_file, full_disk_stops_marks_but_not_changes)
{
	struct sys_calls saved = sys;
	struct changes_span span;

	add(RECORD_FILE, "a", 1);
	sys.pwrite = fail_pwrite;
	add(RECORD_FILE, "b", 2);
	begin(&span);
	cr_assert_eq(changes_cut(h, &span), -ENOSPC);
	changes_end(h, &span, NULL);
	sys = saved;
	now_is("a=1 b=2 ");
	add(RECORD_FILE, "c", 3);
	reopen();
	now_is("a=1 b=2 c=3 ");
}

Test(changes_file, full_disk_after_a_power_cut_puts_judging_off)
{
	struct sys_calls saved = sys;
	struct pathmap *map = pathmap_new();
	struct changes_span span;

	add_three();
	close_and_boot();
	sys.pwrite = fail_pwrite;
	open_history();
	cr_assert_eq(changes_begin(h, 0, &span), -ENOSPC);
	add(RECORD_GONE, "filler", 0);
	cr_assert_eq(changes_begin(h, 0, &span), -ENOSPC);
	sys = saved;
	/* Later changes are not compared: they may still be going on. */
	add(RECORD_FILE, "made", 1);
	close_and_boot();
	cr_assert_eq(changes_read(&st, s.dir, map), 0);
	map_is(map, "there=1 away- filler- ");
	sys.pwrite = fail_pwrite;
	open_history();
	sys = saved;
	add(RECORD_FILE, "new", 1);
	now_is("there=1 away- filler- new=1 ");
	reopen();
	now_is("there=1 away- filler- new=1 ");
}

Test(changes_file, line_torn_by_a_full_disk_takes_no_other_with_it)
{
	struct sys_calls saved = sys;
	int fd;

	add(RECORD_FILE, "a", 1);
	fd = openat(st.dir, CHANGES_NAME, O_WRONLY | O_APPEND | O_CLOEXEC);
	cr_assert_eq(write(fd, "file 1", 6), 6);
	close(fd);
	sys.pwrite = fail_pwrite;
	reopen();
	sys = saved;
	add(RECORD_FILE, "b", 2);
	reopen();
	now_is("a=1 b=2 ");
}

Test(changes_file, path_beyond_all_measure_is_said_once)
{
	struct changes_span span;
	char path[IDEMFS_PATH_MAX + 2];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	add(RECORD_FILE, path, 1);
	begin(&span);
	cr_assert_eq(changes_cut(h, &span), -EIO);
	changes_end(h, &span, NULL);
	now_is("");
}
