/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/file.h"
#include "unit/core/backing/opened.h"

static struct changes *h;

static void open_changes(void)
{
	cr_assert_eq(changes_open(&st, s.dir, NULL, &h), 0);
}

static void sessions_setup(void)
{
	setup();
	open_state();
	open_changes();
}

static void sessions_teardown(void)
{
	changes_close(h);
	teardown();
}

TestSuite(changes_sessions, .init = sessions_setup, .fini = sessions_teardown);

static uint64_t begin_kind(uint64_t parent, const char *kind)
{
	const struct changes_session spec = { .parent = parent,
					      .kind = kind,
					      .pid = 42,
					      .time = { 500, 0 },
					      .name = "x" };
	uint64_t id = 0;

	cr_assert_eq(changes_session_begin(h, &spec, &id), 0);
	cr_assert_gt(id, 0);
	return id;
}

static uint64_t begin(uint64_t parent)
{
	return begin_kind(parent, "step");
}

static void end(uint64_t id)
{
	changes_session_end(h, id, 0);
}

static uint64_t change(uint64_t by, enum record_kind kind, const char *path,
		       const char *to)
{
	struct record r = { .kind = kind,
			    .path = path,
			    .to = to,
			    .type = S_IFDIR,
			    .session = by,
			    .st = { 1, { 5, 6 }, 77 } };

	changes_add(h, &r);
	return r.session;
}

static void write_file(uint64_t by, const char *path)
{
	change(by, RECORD_FILE, path, NULL);
}

/* "a b- c>d " */
struct text {
	char s[4096];
};

static void put(struct text *t, const struct record *r)
{
	size_t n = strlen(t->s);

	snprintf(t->s + n, sizeof(t->s) - n, "%s%s%s ", r->path,
		 r->kind == RECORD_GONE	   ? "-"
		 : r->kind == RECORD_MOVED ? ">"
					   : "",
		 r->kind == RECORD_MOVED ? r->to : "");
}

static int put_node(void *arg, const struct record *r, uint32_t node)
{
	(void)node;
	put(arg, r);
	return 0;
}

static int put_each(void *arg, const struct record *r)
{
	put(arg, r);
	return 0;
}

static void span_is(const struct changes_span *span, const char *want)
{
	struct pathmap *m = pathmap_new();
	struct text t = { "" };

	cr_assert_eq(changes_replay(span, m), 0);
	cr_assert_eq(pathmap_each(m, put_node, &t), 0);
	cr_assert_str_eq(t.s, want);
	cr_assert(!*want == changes_is_empty(span));
	pathmap_free(m);
}

static void begin_mark(uint64_t scope, struct changes_span *span)
{
	cr_assert_eq(changes_begin(h, scope, span), 0);
}

static void cut(struct changes_span *span)
{
	cr_assert_eq(changes_cut(h, span), 0);
}

static void made(struct changes_span *span)
{
	struct timespec at = { 1000, 7 };

	changes_end(h, span, &at);
}

/* What a mark of that scope would tell now. */
static void would_tell(uint64_t scope, const char *want)
{
	struct changes_span span;

	begin_mark(scope, &span);
	cut(&span);
	span_is(&span, want);
	changes_end(h, &span, NULL);
}

/* It is made. */
static void tells(uint64_t scope, const char *want)
{
	struct changes_span span;

	begin_mark(scope, &span);
	cut(&span);
	span_is(&span, want);
	made(&span);
}

static void untold_is(const char *want)
{
	struct text t = { "" };

	cr_assert_eq(changes_read_each(&st, s.dir, put_each, &t), 0);
	cr_assert_str_eq(t.s, want);
}

static void reopen(void)
{
	changes_close(h);
	open_changes();
}

static off_t length(void)
{
	struct stat is;

	cr_assert_eq(fstatat(st.dir, CHANGES_NAME, &is, 0), 0);
	return is.st_size;
}

static char *content(void)
{
	static char text[65536];
	int fd = openat(st.dir, CHANGES_NAME, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	cr_assert_geq(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

Test(changes_sessions, mark_tells_of_its_own_session_only)
{
	uint64_t a = begin(0), b = begin(0);

	write_file(a, "a");
	write_file(0, "n");
	write_file(b, "b");
	write_file(a, "a2");
	tells(a, "a a2 ");
	would_tell(a, "");
	tells(0, "n ");
	write_file(b, "b2");
	tells(b, "b b2 ");
	would_tell(0, "");
	untold_is("");
}

Test(changes_sessions, id_is_a_position_of_its_own)
{
	uint64_t a = begin(0), b = begin(a);
	struct record r = { .kind = RECORD_GONE, .path = "x" };

	cr_assert_lt(a, b);
	changes_add(h, &r);
	cr_assert_lt(b, r.seq);
	end(b);
	reopen();
	cr_assert_gt(begin(0), b);
}

Test(changes_sessions, what_is_left_passes_up_at_the_end)
{
	uint64_t a = begin(0), b = begin(a), c = begin(b);

	write_file(c, "c");
	write_file(b, "b");
	end(b);
	/* c runs: its owner is c itself. */
	would_tell(a, "b ");
	write_file(c, "c2");
	end(c);
	would_tell(a, "c b c2 ");
	write_file(a, "a");
	end(a);
	would_tell(0, "c b c2 a ");
	/* An author that has ended, or never was. */
	cr_assert_eq(change(c, RECORD_FILE, "late", NULL), 0);
	cr_assert_eq(change(12345, RECORD_FILE, "never", NULL), 0);
	tells(0, "c b c2 a late never ");
}

Test(changes_sessions, late_change_belongs_to_the_session_around)
{
	uint64_t a = begin(0), b = begin(a);

	end(b);
	cr_assert_eq(change(b, RECORD_FILE, "late", NULL), a);
	tells(a, "late ");
}

Test(changes_sessions, mark_by_time_leaves_what_a_running_session_owns)
{
	uint64_t a = begin(0);

	write_file(a, "a");
	write_file(0, "n");
	tells(0, "n ");
	write_file(0, "n2");
	end(a);
	tells(0, "a n2 ");
}

Test(changes_sessions, what_an_inner_session_told_is_not_told_again)
{
	uint64_t a = begin(0), b = begin(a);

	write_file(b, "told");
	tells(b, "told ");
	write_file(b, "left");
	end(b);
	tells(a, "left ");
	end(a);
	would_tell(0, "");
}

Test(changes_sessions, marks_of_two_scopes_at_the_same_time)
{
	uint64_t a = begin(0), b = begin(0);
	struct changes_span x, y;

	begin_mark(a, &x);
	write_file(b, "b");
	begin_mark(b, &y);
	write_file(a, "a");
	cut(&y);
	write_file(b, "b2");
	cut(&x);
	span_is(&x, "a ");
	span_is(&y, "b ");
	made(&x);
	made(&y);
	would_tell(a, "");
	would_tell(b, "b2 ");
}

Test(changes_sessions, session_that_ends_under_its_mark)
{
	uint64_t a = begin(0);
	struct changes_span x;

	write_file(a, "a");
	begin_mark(a, &x);
	end(a);
	write_file(a, "late");
	cut(&x);
	cr_assert_eq(x.scope, a);
	span_is(&x, "a ");
	made(&x);
	would_tell(0, "late ");
	untold_is("late ");
}

Test(changes_sessions, session_that_ends_after_the_cut_of_a_mark_by_time)
{
	uint64_t a = begin(0);
	struct changes_span x;

	write_file(a, "a");
	write_file(0, "n");
	begin_mark(0, &x);
	cut(&x);
	end(a);
	span_is(&x, "n ");
	made(&x);
	untold_is("a ");
	would_tell(0, "a ");
	reopen();
	would_tell(0, "a ");
}

Test(changes_sessions, mark_of_a_session_that_has_ended_is_that_of_its_owner)
{
	uint64_t a = begin(0), b = begin(a);
	struct changes_span x;

	write_file(b, "b");
	end(b);
	begin_mark(b, &x);
	cr_assert_eq(x.scope, a);
	cut(&x);
	span_is(&x, "b ");
	changes_end(h, &x, NULL);
}

Test(changes_sessions, mark_before_is_that_of_the_same_scope)
{
	uint64_t a = begin(0);
	struct changes_span x;

	tells(0, "");
	begin_mark(a, &x);
	cr_assert_eq(x.before.tv_sec, 500, "when it began");
	made(&x);
	begin_mark(a, &x);
	cr_assert_eq(x.before.tv_sec, 1000);
	changes_end(h, &x, NULL);
}

Test(changes_sessions, two_sessions_write_one_path)
{
	uint64_t a = begin(0), b = begin(0);

	write_file(a, "p");
	write_file(b, "p");
	tells(a, "p ");
	tells(b, "p ");
}

/* The record keeps its path, since the rename is told by another mark. */
Test(changes_sessions, directory_is_renamed_by_another_session)
{
	uint64_t a = begin(0), b = begin(0);

	write_file(a, "d/x");
	change(b, RECORD_MOVED, "d", "e");
	write_file(a, "d/x");
	tells(a, "d/x d/x ");
	tells(b, "d>e ");
}

Test(changes_sessions, all_authors_are_seen_since_the_session_began)
{
	uint64_t a, b = begin(0);
	struct changes_span x;
	struct text t = { "" };

	write_file(b, "before");
	a = begin(0);
	write_file(b, "b");
	write_file(a, "a");
	tells(b, "before b ");
	write_file(0, "n");
	write_file(a, "a");
	begin_mark(a, &x);
	cut(&x);
	write_file(b, "after");
	cr_assert_eq(x.since, a);
	cr_assert_eq(changes_each(&x, put_each, &t), 0);
	cr_assert_str_eq(t.s, "b a n a ");
	changes_end(h, &x, NULL);
}

Test(changes_sessions, have_all_ended_when_the_daemon_is_back)
{
	uint64_t a = begin(0), b = begin(a);

	write_file(a, "a");
	write_file(b, "told");
	tells(b, "told ");
	write_file(b, "b");
	reopen();
	would_tell(a, "a b ");
	tells(0, "a b ");
	untold_is("");
}

static void boot(void)
{
	int fd;

	changes_close(h);
	fd = openat(st.dir, CHANGES_NAME, O_WRONLY | O_CLOEXEC);
	cr_assert_eq(pwrite(fd, "ffffffff", 8, strlen("# idemfs-changes 1 ")),
		     8);
	close(fd);
}

Test(changes_sessions, after_a_power_cut_only_what_holds_is_believed)
{
	uint64_t a = begin(0), b = begin(0);
	struct record r = { .kind = RECORD_FILE, .path = "d/x", .session = a };
	struct stat is;

	cr_assert_eq(mkdirat(s.dir, "e", 0755), 0);
	scratch_write(s.dir, "e/x", "x");
	cr_assert_eq(fstatat(s.dir, "e/x", &is, 0), 0);
	r.st = (struct record_stat){ is.st_size, is.st_mtim, is.st_ino };
	changes_add(h, &r);
	write_file(b, "lost");
	change(b, RECORD_MOVED, "d", "e");
	tells(b, "lost d>e d- "); /* none of a comes in between */
	write_file(b, "lost2");
	boot();
	/* It is looked for where it is by now. */
	untold_is("d/x d>e ");
	open_changes();
	would_tell(0, "d/x d>e ");
}

Test(changes_sessions, nothing_is_added_where_there_are_none)
{
	write_file(0, "a");
	write_file(0, "b");
	tells(0, "a b ");
	cr_assert_null(strstr(content(), "# by"));
	cr_assert_null(strstr(content(), "# told"));
	cr_assert_null(strstr(content(), "# mixed"));
}

Test(changes_sessions, author_is_written_when_it_changes)
{
	uint64_t a = begin(0);
	char *at;
	int n = 0;

	write_file(a, "a");
	write_file(a, "b");
	write_file(0, "c");
	for (at = content(); (at = strstr(at, "# by ")); at++)
		n++;
	cr_assert_eq(n, 2);
}

/* An earlier idemfs passes over what it does not know. */
Test(changes_sessions, earlier_idemfs_takes_nothing_as_told_that_is_not)
{
	uint64_t a = begin(0);

	write_file(a, "a");
	write_file(0, "n");
	tells(0, "n ");
	cr_assert_null(strstr(content(), "# marked"));
	tells(a, "a ");
	tells(0, "");
	cr_assert_not_null(strstr(content(), "# marked"));
}

static void fill(uint64_t by, int n)
{
	char path[1000];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	while (n--)
		write_file(by, path);
}

Test(changes_sessions, cut_off_keeps_what_no_mark_has_told)
{
	uint64_t a, b = begin(0), c;
	struct changes_span x;

	fill(b, 3000);
	a = begin(0);
	write_file(a, "a");
	c = begin(a);
	write_file(c, "c");
	end(c);
	begin_mark(b, &x);
	cut(&x);
	write_file(b, "b");
	write_file(0, "n");
	made(&x);
	/* b has begun before all of it, and runs. */
	cr_assert_gt(length(), 1 << 20);
	end(b);
	tells(0, "b n ");
	cr_assert_lt(length(), 8192);
	would_tell(a, "a c ");
	untold_is("a c ");
	write_file(a, "a2");
	write_file(0, "n2");
	untold_is("a c a2 n2 ");
	tells(a, "a c a2 ");
	reopen();
	would_tell(0, "n2 ");
}

static void tells_something(uint64_t scope)
{
	struct changes_span x;

	begin_mark(scope, &x);
	cut(&x);
	cr_assert_not(changes_is_empty(&x));
	made(&x);
}

/* It may go on for days. */
Test(changes_sessions, run_does_not_keep_what_its_steps_have_told)
{
	uint64_t a = begin_kind(0, "run"), b;
	struct changes_span x;

	write_file(a, "before");
	tells(a, "before ");
	for (int i = 0; i < 3; i++) {
		b = begin(a);
		fill(b, 1100);
		tells_something(b);
		end(b);
	}
	write_file(a, "a");
	cr_assert_lt(length(), 3 << 20);
	begin_mark(a, &x);
	cut(&x);
	cr_assert_gt(x.since, a);
	span_is(&x, "a ");
	made(&x);
	untold_is("");
}

Test(changes_sessions, shorter_file_has_the_same_authors)
{
	uint64_t a = begin(0), b = begin(a), c = begin(0);
	struct changes_span x;
	off_t before;

	fill(c, 50);
	tells_something(c);
	for (int i = 0; i < 1000; i++) {
		write_file(a, "a");
		write_file(0, "n");
		write_file(b, "d/b");
	}
	end(b);
	change(0, RECORD_MOVED, "d", "e");
	before = length();
	cr_assert_eq(changes_shorten(h), 0);
	cr_assert_lt(length(), before / 20);
	would_tell(a, "a d/b ");
	would_tell(c, "");
	write_file(c, "c");
	write_file(0, "n2");
	tells(a, "a d/b ");
	begin_mark(c, &x);
	cut(&x);
	cr_assert_gt(x.since, c, "what was before is not all there");
	changes_end(h, &x, NULL);
	tells(0, "n d>e n2 ");
	reopen();
	would_tell(0, "c ");
}

/* Sessions that begin before the judgement that was put off. */
static ssize_t fail_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)off;
	return -ENOSPC;
}

Test(changes_sessions, full_disk_after_a_power_cut_mixes_up_no_authors)
{
	struct sys_calls saved = sys;
	uint64_t a = begin(0);

	change(a, RECORD_GONE, "old", NULL);
	boot();
	sys.pwrite = fail_pwrite;
	open_changes();
	a = begin(0);
	change(0, RECORD_GONE, "n", NULL);
	change(a, RECORD_GONE, "a", NULL);
	sys = saved;
	change(a, RECORD_GONE, "a2", NULL);
	would_tell(a, "a- a2- ");
	tells(0, "old- n- ");
	tells(a, "a- a2- ");
	untold_is("");
}

Test(changes_sessions, unflushed_are_those_of_all_authors)
{
	uint64_t a = begin(0), failed;
	struct pathmap *m = pathmap_new();
	struct text t = { "" };

	write_file(a, "flushed");
	changes_flushed(h, changes_seq(h));
	write_file(a, "told");
	tells(a, "flushed told ");
	write_file(0, "n");
	write_file(a, "a");
	cr_assert_eq(changes_unflushed(h, m, &failed), 0);
	cr_assert_eq(pathmap_each(m, put_node, &t), 0);
	cr_assert_str_eq(t.s, "n a ");
	pathmap_free(m);
}

Test(changes_sessions,
     a_renamed_directory_is_told_as_it_is_where_none_is_between)
{
	uint64_t a = begin(0), b = begin(0);

	write_file(a, "other");
	change(b, RECORD_NODE, "d", NULL);
	write_file(b, "d/x");
	change(b, RECORD_MOVED, "d", "e");
	tells(b, "e e/x d- ");
	change(b, RECORD_NODE, "d", NULL);
	write_file(b, "d/x");
	write_file(a, "d/other");
	change(b, RECORD_MOVED, "d", "f");
	tells(b, "d d/x d>f ");
}
