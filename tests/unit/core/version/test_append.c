/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/copy.h"
#include "core/digest/digest.h"
#include "core/temp/journal.h"
#include "core/temp/temp.h"
#include "core/version/append.h"
#include "unit/core/quarantine/sample.h"
#include "unit/core/version/table.h"

static void begin(void)
{
	table_setup();
	testing_set_tail_min(t, 1);
}

TestSuite(append, .init = begin, .fini = table_teardown);

static struct stat stat_of(const char *name)
{
	struct stat is;

	cr_assert_eq(fstatat(s.dir, name, &is, AT_SYMLINK_NOFOLLOW), 0);
	return is;
}

/* --- what is replayed ------------------------------------------------------- */

/* "file" is "head", with @more behind it; "temp" a tail of it: "++++". */
static struct journal_note crashed(const char *more, const char *temp)
{
	struct journal_note note = { .from = 4, .bytes = 8 };
	char text[64];
	struct stat is;
	int64_t size;
	int fd;

	scratch_write(s.dir, "file", "head");
	is = stat_of("file");
	note.ino = is.st_ino;
	note.mtime = is.st_mtim;
	scratch_write(s.dir, "temp", "....++++");
	fd = openat(s.dir, "temp", O_RDONLY);
	cr_assert_eq(digest_from(fd, 4, &note.digest, &size), 0);
	cr_assert_eq(size, 4);
	close(fd);
	snprintf(text, sizeof(text), "head%s", more);
	fd = openat(s.dir, "file", O_WRONLY);
	cr_assert_eq(pwrite(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	close(fd);
	scratch_write(s.dir, "temp", temp);
	return note;
}

static int replay(const struct journal_note *note)
{
	return append_replay(s.dir, "file", s.dir, "temp", note);
}

Test(append, what_was_going_in_is_put_in_from_any_moment)
{
	static const char *const mores[] = { "", "+", "+++", "++++" };

	for (size_t i = 0; i < ARRAY_SIZE(mores); i++) {
		struct journal_note note = crashed(mores[i], "....++++");

		cr_assert_eq(replay(&note), 1, "%zu", i);
		cr_assert(scratch_holds(s.dir, "file", "head++++"));
		cr_assert_not(scratch_exists(s.dir, "temp"));
		cr_assert_eq(stat_of("file").st_ino, note.ino);
	}
}

static void give(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	cr_assert_eq(fchownat(s.dir, name, uid, gid, 0), 0);
	cr_assert_eq(fchmodat(s.dir, name, mode, 0), 0);
}

Test(append, what_another_has_by_now_gets_nothing)
{
	static const struct {
		uid_t uid;
		gid_t gid;
		mode_t mode;
		int want;
	} is[] = {
		{ 7, 7, 0600, 1 },  { 7, 7, 0755, 1 }, { 0, 7, 0600, 0 },
		{ 8, 7, 0600, 0 },  { 7, 8, 0600, 0 }, { 7, 7, 04755, 0 },
		{ 7, 7, 02755, 0 },
	};

	if (geteuid() != 0)
		cr_skip_test("needs root");
	for (size_t i = 0; i < ARRAY_SIZE(is); i++) {
		struct journal_note note = crashed("", "....++++");

		give("temp", 7, 7, 0600);
		give("file", is[i].uid, is[i].gid, is[i].mode);
		cr_assert_eq(replay(&note), is[i].want, "%zu", i);
		cr_assert(scratch_holds(s.dir, "file",
					is[i].want ? "head++++" : "head"));
		cr_assert_eq(stat_of("file").st_mode & 07777, is[i].mode);
		if (is[i].want)
			continue;
		cr_assert_eq(
			append_complete(s.dir, "file", s.dir, "temp", &note),
			-ESTALE);
		cr_assert_eq(unlinkat(s.dir, "temp", 0), 0);
		cr_assert_eq(unlinkat(s.dir, "file", 0), 0);
	}
}

/* Room for the first @room bytes of it. */
static size_t room;

static ssize_t little_room(int in, off_t *in_off, int out, off_t *out_off,
			   size_t n)
{
	char buf[64];

	if (room == 0)
		return -ENOSPC;
	n = n < room ? n : room;
	room -= n;
	n = (size_t)pread(in, buf, n, *in_off);
	n = (size_t)pwrite(out, buf, n, *out_off);
	*in_off += (off_t)n;
	*out_off += (off_t)n;
	return (ssize_t)n;
}

Test(append, without_room_nothing_of_it_stays)
{
	struct journal_note note = crashed("+", "....++++");
	struct sys_calls real = sys;
	struct stat is;

	room = 2;
	sys.copy_file_range = little_room;
	cr_assert_eq(replay(&note), -ENOSPC);
	sys = real;
	is = stat_of("file");
	cr_assert(scratch_holds(s.dir, "file", "head"));
	cr_assert_eq(is.st_mtim.tv_nsec, note.mtime.tv_nsec);
	/* With room again, the partial is made whole. */
	cr_assert_eq(append_complete(s.dir, "file", s.dir, "temp", &note), 0);
	cr_assert(scratch_holds(s.dir, "temp", "head++++"));
}

Test(append, what_cannot_be_looked_for_is_no_hole)
{
	int to = openat(s.dir, "to", O_CREAT | O_RDWR, 0600), from[2];

	cr_assert_eq(pipe(from), 0);
	cr_assert_eq(copy_extents(from[0], to, 10), -ESPIPE);
	close(from[0]);
	close(from[1]);
	close(to);
}

Test(append, zeros_that_a_power_cut_left_are_written_again)
{
	struct journal_note note = crashed("", "....++++");
	int fd = openat(s.dir, "file", O_WRONLY);

	cr_assert_eq(ftruncate(fd, 7), 0);
	close(fd);
	cr_assert_eq(replay(&note), 1);
	cr_assert(scratch_holds(s.dir, "file", "head++++"));
}

Test(append, file_that_has_gone_on_is_left_alone)
{
	struct journal_note note = crashed("++++and more", "....++++");

	cr_assert_eq(replay(&note), 1);
	cr_assert(scratch_holds(s.dir, "file", "head++++and more"));
}

Test(append, tail_that_was_lost_is_cut_off)
{
	struct journal_note note = crashed("++", "....+++");
	struct stat is;

	cr_assert_eq(replay(&note), 0);
	cr_assert(scratch_holds(s.dir, "file", "head"));
	cr_assert(scratch_exists(s.dir, "temp"));
	is = stat_of("file");
	cr_assert_eq(is.st_mtim.tv_sec, note.mtime.tv_sec);
	cr_assert_eq(is.st_mtim.tv_nsec, note.mtime.tv_nsec);
}

/* Nothing has been changed, and the temp is there. */
static void is_refused(const struct journal_note *note, const char *text,
		       const char *what)
{
	cr_assert_leq(replay(note), 0, "%s", what);
	cr_assert(scratch_holds(s.dir, "file", text), "%s", what);
	cr_assert(scratch_exists(s.dir, "temp"), "%s", what);
}

Test(append, file_that_is_not_what_it_was_is_not_touched)
{
	struct journal_note note = crashed("+x", "....++++");

	is_refused(&note, "head+x", "other bytes behind its end");
	note = crashed("++++++++", "....+++x");
	is_refused(&note, "head++++++++", "a lost tail of a longer file");
	note = crashed("", "....++++");
	note.ino++;
	is_refused(&note, "head", "another file");
	note.ino--;
	cr_assert_eq(linkat(s.dir, "file", s.dir, "link", 0), 0);
	is_refused(&note, "head", "two links");
	cr_assert_eq(unlinkat(s.dir, "link", 0), 0);
	scratch_write(s.dir, "file", "hea");
	is_refused(&note, "hea", "a shorter one");
}

Test(append, note_that_makes_no_sense_does_no_harm)
{
	static const int64_t bad[][2] = {
		{ 0, 8 }, { -4, 8 },	    { 4, 4 },	      { 4, -1 },
		{ 8, 4 }, { 3, INT64_MAX }, { INT64_MAX, 8 }, { INT64_MIN, 8 },
		{ 4, 0 }, { 3, 8 },	    { 4, INT64_MIN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct journal_note note = crashed("++", "....++++");

		note.from = bad[i][0];
		note.bytes = bad[i][1];
		is_refused(&note, "head++", "nonsense");
		cr_assert_lt(
			append_complete(s.dir, "file", s.dir, "temp", &note),
			0);
		cr_assert(scratch_holds(s.dir, "temp", "....++++"));
	}
}

Test(append, what_is_no_file_is_neither_read_nor_written)
{
	struct journal_note note = crashed("", "....++++");

	cr_assert_eq(renameat(s.dir, "file", s.dir, "victim"), 0);
	cr_assert_eq(symlinkat("victim", s.dir, "file"), 0);
	cr_assert_leq(replay(&note), 0);
	cr_assert(scratch_holds(s.dir, "victim", "head"));
	cr_assert_eq(unlinkat(s.dir, "file", 0), 0);
	cr_assert_eq(mkfifoat(s.dir, "file", 0600), 0);
	cr_assert_leq(replay(&note), 0);
	cr_assert_lt(append_complete(s.dir, "file", s.dir, "temp", &note), 0);
	cr_assert_eq(unlinkat(s.dir, "file", 0), 0);
	cr_assert_leq(replay(&note), 0);
	cr_assert(scratch_exists(s.dir, "temp"));
}

Test(append, partial_is_made_whole_only_from_what_it_began_from)
{
	struct journal_note note = crashed("", "....++++");

	note.bytes = 0;
	note.mtime = stat_of("file").st_mtim;
	cr_assert_eq(append_complete(s.dir, "file", s.dir, "temp", &note), 0);
	cr_assert(scratch_holds(s.dir, "temp", "head++++"));
	note.mtime.tv_sec--;
	scratch_write(s.dir, "temp", "....++++");
	cr_assert_eq(append_complete(s.dir, "file", s.dir, "temp", &note),
		     -ESTALE);
	cr_assert(scratch_holds(s.dir, "temp", "....++++"));
}

Test(append, note_is_read_as_it_was_written)
{
	struct journal_note note = { .order = 9,
				     .bytes = INT64_MAX,
				     .digest.bytes = { 1, 2, 0xff },
				     .from = INT64_MAX - 1,
				     .ino = UINT64_MAX,
				     .mtime = { INT64_MAX, 999999999 } };
	struct journal_note found = { 0 };
	struct partial p = sample_record((char[]){ "x" }), read;
	char name[JOURNAL_NAME_MAX];
	struct journal *j;

	cr_assert_eq(journal_new(s.dir, &j), 0);
	cr_assert_eq(journal_take(j, UINT64_MAX, &p, name), 0);
	cr_assert_eq(journal_write(j, name, &p, &note), 0);
	cr_assert_eq(journal_read(s.dir, name, &read, &found), 0);
	cr_assert_eq(found.order, note.order);
	cr_assert_eq(found.bytes, note.bytes);
	cr_assert_eq(memcmp(&found.digest, &note.digest, sizeof(found.digest)),
		     0);
	cr_assert_eq(found.from, note.from);
	cr_assert_eq(found.ino, note.ino);
	cr_assert_eq(found.mtime.tv_sec, note.mtime.tv_sec);
	cr_assert_eq(found.mtime.tv_nsec, note.mtime.tv_nsec);
	partial_release(&read);
	journal_free(j);
}

/* --- what goes in ----------------------------------------------------------- */

static struct version *appender(struct writer *w)
{
	struct version *v = reserve(root, "f", we(), false);

	cr_assert_eq(version_open(v, by_us(), O_WRONLY | O_APPEND, w), 0);
	version_unhold(v);
	return v;
}

static void append(struct version *v, const char *text)
{
	struct stat is;
	int fd;

	cr_assert_eq(version_stat_shown(v, &is), 0);
	cr_assert_eq(version_fd(v, FD_TO_WRITE, is.st_size, &fd), 0);
	cr_assert_eq(pwrite(fd, text, strlen(text), is.st_size),
		     (ssize_t)strlen(text));
}

Test(append, append_goes_into_the_file_that_nobody_has_open)
{
	struct writer w;
	struct version *v;
	ino_t ino;

	scratch_write(s.dir, "f", "old");
	ino = stat_of("f").st_ino;
	v = appender(&w);
	append(v, " and ");
	append(v, "new");
	cr_assert(scratch_holds(s.dir, "f", "old"));
	cr_assert_eq(close_writer(&w), 0);
	cr_assert(scratch_holds(s.dir, "f", "old and new"));
	cr_assert_str_eq(testing_state(v), "committed");
	cr_assert(stat_of("f").st_ino == ino || has_reflinks());
	version_put(v);
}

Test(append, file_that_is_open_keeps_its_bytes)
{
	struct writer w;
	struct version *v;
	struct stat is;
	int held;

	scratch_write(s.dir, "f", "old");
	held = openat(s.dir, "f", O_RDONLY);
	v = appender(&w);
	append(v, " and new");
	cr_assert_eq(close_writer(&w), 0);
	cr_assert(scratch_holds(s.dir, "f", "old and new"));
	cr_assert_eq(fstat(held, &is), 0);
	cr_assert_eq(is.st_size, 3);
	close(held);
	version_put(v);
}

Test(append, file_that_was_changed_behind_us_is_replaced_whole)
{
	struct writer w;
	struct version *v;

	scratch_write(s.dir, "f", "old");
	v = appender(&w);
	append(v, " and new");
	scratch_write(s.dir, "f", "else");
	cr_assert_eq(close_writer(&w), 0);
	cr_assert_eq(stat_of("f").st_nlink, 1);
	cr_assert(scratch_holds(s.dir, "f", "old and new") ||
		  scratch_holds(s.dir, "f", "els and new"));
	version_put(v);
}

/* Half of it, and no more. */
static ssize_t copy_no_room(int in, off_t *in_off, int out, off_t *out_off,
			    size_t n)
{
	char byte = 'x';

	(void)in;
	(void)in_off;
	(void)n;
	cr_assert_eq(pwrite(out, &byte, 1, *out_off), 1);
	return -ENOSPC;
}

Test(append, append_that_fails_halfway_leaves_the_file_as_it_was)
{
	struct sys_calls real = sys;
	struct stat before, after;
	struct writer w;
	struct version *v;

	scratch_write(s.dir, "f", "old");
	before = stat_of("f");
	v = appender(&w);
	append(v, " and new");
	sys.copy_file_range = copy_no_room;
	close_writer(&w);
	sys = real;
	after = stat_of("f");
	cr_assert(scratch_holds(s.dir, "f", "old") || has_reflinks());
	cr_assert(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec ||
		  has_reflinks());
	cr_assert(counts(t).failed == 1 || has_reflinks());
	version_put(v);
}
