/* SPDX-License-Identifier: MIT */
#include "base/util.h"
#include "core/changes/hasher.h"
#include "core/changes/lost_writes.h"
#include "core/digest/digest.h"
#include "core/digest/stream.h"
#include "core/flush/flush.h"
#include "core/marks/checkpoint.h"
#include "core/version/shown.h"
#include "unit/core/version/table.h"

static struct sys_calls real;

static void start_table(void)
{
	table_setup();
	opt.sync_interval_ms = INT64_C(3600) * 1000; /* just marks flush */
	cr_assert_eq(hasher_start(core->rooms.hasher), 0);
	real = sys;
}

static void stop_table(void)
{
	sys = real;
	hasher_stop(core->rooms.hasher);
	table_teardown();
}

TestSuite(lost_writes, .init = start_table, .fini = stop_table);

static int failing(int fd)
{
	(void)fd;
	return -EIO;
}

static int lost(int fd, unsigned int flags)
{
	(void)fd;
	(void)flags;
	return -EIO;
}

/* Its digest is not: too big to be read when it is promoted (digest_cached()). */
static void close_unread(const char *name)
{
	char text[20000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	hasher_stop(core->rooms.hasher);
	close_new(root, name, text);
}

/* Its digest is known, too. */
static void close_hashed(const char *name, const char *text)
{
	close_new(root, name, text);
	cr_assert_eq(hasher_drain(core->rooms.hasher, NULL), 0);
}

/* The disk has @text instead, and no call has failed. */
static void disk_has(const char *name, const char *text)
{
	auto_fd fd = openat(s.dir, name, O_WRONLY);
	struct stat b2;

	cr_assert_geq(fd, 0);
	cr_assert_eq(fstat(fd, &b2), 0);
	cr_assert_eq((size_t)b2.st_size, strlen(text), "of the same size");
	cr_assert_eq(sys_pwrite_all(fd, text, strlen(text), 0), 0);
	cr_assert_eq(
		futimens(fd, (struct timespec[2]){ b2.st_atim, b2.st_mtim }),
		0);
}

static int mark(const char *name)
{
	struct checkpoint c = {
		.dir = backing_marks(b), .name = name, .mode = 0666, .by = we()
	};

	return checkpoint_make(t, &c);
}

static void flush_fails(void)
{
	sys.syncfs = failing;
	cr_assert_eq(flush_sync(core->rooms.flush), -EIO);
	sys.syncfs = real.syncfs;
}

static void is_refused_for(const char *path)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", path);
	cr_assert_eq(mark("m"), -EIO);
	cr_assert_not_null(strstr(testing_mark_trouble(t), quoted), "%s",
			   testing_mark_trouble(t));
	cr_assert_eq(scratch_count(st.marks), 0);
}

/* The daemon has ended, and another one goes on. */
static void next_daemon(bool in_order)
{
	if (in_order)
		cr_assert_eq(flush_sync(core->rooms.flush), 0);
	hasher_stop(core->rooms.hasher);
	core_free(core);
	start_daemon();
	cr_assert_eq(hasher_start(core->rooms.hasher), 0);
}

Test(lost_writes, what_the_disk_has_is_vouched_for_and_no_longer_in_doubt)
{
	close_hashed("f", "text");
	close_new(root, "empty", "");
	flush_fails();
	cr_assert_not(lost_writes_is_over(core->rooms.lost));
	cr_assert_eq(mark("m"), 0);
	cr_assert(lost_writes_is_over(core->rooms.lost));
}

Test(lost_writes,
     what_the_disk_lost_is_vouched_for_by_no_mark_until_written_again)
{
	close_hashed("good", "good");
	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	for (int i = 0; i < 3; i++) {
		is_refused_for("f");
		cr_assert_null(strstr(testing_mark_trouble(t), "good"));
	}
	close_new(root, "f", "anew");
	cr_assert_eq(mark("m"), 0);
	cr_assert(lost_writes_is_over(core->rooms.lost));
	close_hashed("g", "text");
	disk_has("g", "late");
	cr_assert_eq(mark("n"), 0, "no flush has failed since");
}

Test(lost_writes, only_what_no_flush_has_made_durable_is_in_doubt)
{
	close_hashed("f", "text");
	cr_assert_eq(flush_sync(core->rooms.flush), 0);
	flush_fails();
	disk_has("f", "late");
	cr_assert_eq(mark("m"), 0);
}

Test(lost_writes, another_name_is_the_same_content)
{
	struct caller by = we();
	struct dir *d = subdir(root, "d");

	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	cr_assert_eq(tree_rename(t, root, "f", d, "g", 0, &by), 0);
	is_refused_for("d/g");
	move("d", "e", 0);
	is_refused_for("e/g");
	dir_put(d);
	close_new(root, "tmp", "anew");
	d = subdir(root, "e");
	cr_assert_eq(tree_rename(t, root, "tmp", d, "g", 0, &by), 0);
	cr_assert_eq(mark("m"), 0);
	dir_put(d);
}

static int set_times(int fd, const void *arg)
{
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	(void)arg;
	return sys.utimensat(fd, "", times, AT_EMPTY_PATH);
}

Test(lost_writes, another_time_is_the_same_content)
{
	const struct caller by = we();
	const struct tree_change c = { .apply = set_times, .by = &by };
	struct file_key key;

	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	key = key_at(root, "f");
	cr_assert_eq(tree_change_both(t, root, "f", &key, &c), 0);
	is_refused_for("f");
	close_new(root, "f", "anew");
	cr_assert_eq(mark("m"), 0);
}

Test(lost_writes, what_is_removed_is_in_nobody_s_way)
{
	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	unlink_it("f");
	cr_assert_eq(mark("m"), 0);
}

static void append(const char *name, const char *text)
{
	struct writer w;
	struct version *v =
		open_version(root, name, we(), O_APPEND | O_WRONLY, &w);

	put(v, text);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
}

/* A copy is made of what the page cache has, which may be nothing any more. */
Test(lost_writes, append_to_what_was_lost_does_not_end_it)
{
	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	append("f", "more");
	is_refused_for("f");
	close_new(root, "f", "anew");
	cr_assert_eq(mark("m"), 0);
}

Test(lost_writes, append_to_what_the_disk_has_is_vouched_for)
{
	close_hashed("f", "text");
	flush_fails();
	append("f", "more");
	cr_assert_eq(mark("m"), 0);
	cr_assert(scratch_holds(s.dir, "f", "textmore"));
	cr_assert(lost_writes_is_over(core->rooms.lost));
}

Test(lost_writes, append_after_a_killed_daemon_is_vouched_for)
{
	close_hashed("f", "text");
	close_unread("g");
	next_daemon(false);
	append("f", "more");
	append("g", "more");
	cr_assert_eq(mark("m"), 0);
}

/* As `sort -o f` does: it opens without O_TRUNC, and truncates. */
Test(lost_writes, emptied_and_written_again_is_written_again)
{
	struct version *v;
	struct writer w;
	int fd;

	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	v = open_version(root, "f", we(), O_WRONLY, &w);
	cr_assert_eq(version_fd(v, FD_TO_EMPTY, 0, &fd), 0);
	cr_assert_eq(stream_truncate(version_stream(v), fd, 0), 0);
	put(v, "anew");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert_eq(mark("m"), 0);
	cr_assert(scratch_holds(s.dir, "f", "anew"));
}

/* A later read may find what is left after the kernel has dropped pages. */
Test(lost_writes, digest_is_not_taken_of_what_was_lost_before_it_was_known)
{
	close_unread("f");
	sys.write_back = lost;
	flush_fails();
	sys.write_back = real.write_back;
	is_refused_for("f");
	is_refused_for("f");
	next_daemon(false);
	is_refused_for("f");
	close_new(root, "f", "anew");
	cr_assert_eq(mark("m"), 0);
}

Test(lost_writes, digest_may_come_later_if_nothing_of_the_file_was_lost)
{
	close_unread("f");
	flush_fails();
	cr_assert_eq(mark("m"), 0);
}

Test(lost_writes, version_that_is_open_meanwhile_is_promoted_if_it_is_whole)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "text");
	flush_fails();
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert(scratch_holds(s.dir, "f", "text"));
	cr_assert_eq(mark("m"), 0);
}

Test(lost_writes, version_that_lost_something_meanwhile_is_not_promoted)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "text");
	flush_fails();
	sys.write_back = lost;
	close_writer(&w);
	sys.write_back = real.write_back;
	version_put(v);
	cr_assert_not(scratch_exists(s.dir, "f"));
	partial_is("f", "Input/output error", "text");
	is_refused_for("f"); /* F9, once */
	cr_assert_eq(mark("m"), 0);
}

Test(lost_writes, failure_outlives_the_daemon)
{
	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	next_daemon(true);
	is_refused_for("f");
	next_daemon(false);
	is_refused_for("f");
	close_new(root, "f", "anew");
	cr_assert_eq(mark("m"), 0);
}

/* How its last flush ended is not known. */
Test(lost_writes, what_a_killed_daemon_has_left_is_read_back)
{
	close_hashed("f", "text");
	next_daemon(false);
	disk_has("f", "lost");
	is_refused_for("f");
	close_new(root, "f", "anew");
	cr_assert_eq(mark("m"), 0);
	cr_assert(lost_writes_is_over(core->rooms.lost));
}

Test(lost_writes, what_was_flushed_in_the_end_is_not)
{
	close_hashed("f", "text");
	next_daemon(true);
	cr_assert(lost_writes_is_over(core->rooms.lost));
}

Test(lost_writes, level_none_asks_nobody)
{
	opt.durability = DURABILITY_NONE;
	close_hashed("f", "text");
	flush_fails();
	disk_has("f", "lost");
	cr_assert_eq(mark("m"), 0);
}

static uint64_t begin_session(const char *name)
{
	const struct changes_session spec = { .kind = "step", .name = name };
	uint64_t id;

	cr_assert_eq(changes_session_begin(core->rooms.changes, &spec, &id), 0);
	return id;
}

static int mark_in(uint64_t session, const char *name)
{
	struct checkpoint c = { .dir = backing_marks(b),
				.name = name,
				.mode = 0666,
				.by = we(),
				.session = session };

	return checkpoint_make(t, &c);
}

/* It is in the list as one of @session, as it is in the tree now. */
static void is_of(const char *name, uint64_t session)
{
	struct record r = { .kind = RECORD_FILE,
			    .path = name,
			    .session = session };
	struct stat at;
	auto_fd fd = openat(s.dir, name, O_RDONLY | O_CLOEXEC);
	int64_t size;

	cr_assert_eq(fstat(fd, &at), 0);
	r.st = (struct record_stat){ at.st_size, at.st_mtim, at.st_ino };
	cr_assert_eq(digest_file(fd, &r.digest, &size), 0);
	changes_add(core->rooms.changes, &r);
}

Test(lost_writes, a_mark_of_one_session_does_not_end_the_doubt_of_another)
{
	uint64_t a = begin_session("a"), c = begin_session("c");

	close_hashed("fa", "text");
	close_hashed("fc", "text");
	is_of("fa", a);
	is_of("fc", c);
	flush_fails();
	disk_has("fc", "lost");
	cr_assert_eq(mark_in(a, "a"), 0);
	cr_assert_not(lost_writes_is_over(core->rooms.lost));
	cr_assert_eq(mark_in(c, "c"), -EIO);
	cr_assert_not_null(strstr(testing_mark_trouble(t), "\"fc\""));
}
