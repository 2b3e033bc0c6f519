/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>

#include "core/changes/changes.h"
#include "core/changes/file.h"
#include "core/flush/flush.h"
#include "core/flush/write_ahead.h"
#include "core/version/pending.h"
#include "unit/core/marks/marked.h"

static int was; /* how long the history is, as a power cut leaves it */

TestSuite(write_ahead, .init = table_setup, .fini = table_teardown);

static int foretold_count(void)
{
	auto_fd fd = openat(st.dir, WRITE_AHEAD_DIR, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? 0 : scratch_count(fd);
}

static int history_length(void)
{
	struct stat is;

	cr_assert_eq(fstatat(st.dir, CHANGES_NAME, &is, 0), 0);
	return (int)is.st_size;
}

/* All that is made from here on is on the disk after it, but the history. */
static void vouch(void)
{
	make_mark("first");
	was = history_length();
}

static void cut_power(void)
{
	auto_fd fd = -1;

	core_free(core);
	fd = openat(st.dir, CHANGES_NAME, O_WRONLY);
	cr_assert_eq(ftruncate(fd, was), 0);
	start_daemon();
	TREE_ALL_SCOPE(core->rooms.tree);
	write_ahead_tell(core->rooms.write_ahead, &core->rooms.notes);
}

static void next_mark_says(const char *text)
{
	read_mark();
	cr_assert_str_eq(lines, text);
}

Test(write_ahead, file_that_was_removed_is_told)
{
	close_new(root, "f", "x");
	vouch();
	unlink_it("f");
	cut_power();
	next_mark_says("gone f\n");
}

Test(write_ahead, file_that_was_renamed_is_told)
{
	close_new(root, "f", "x");
	vouch();
	move("f", "g", 0);
	cut_power();
	next_mark_says("gone f\nfile g\n");
}

Test(write_ahead, file_that_was_renamed_again_is_told)
{
	close_new(root, "f", "x");
	vouch();
	move("f", "g", 0);
	move("g", "h", 0);
	cut_power();
	next_mark_says("gone f\nfile h\n");
}

Test(write_ahead, file_that_was_replaced_is_told)
{
	close_new(root, "f", "x");
	vouch();
	replace("f", "anew");
	cut_power();
	next_mark_says("file f\n");
}

Test(write_ahead, files_that_were_exchanged_are_told)
{
	close_new(root, "f", "x");
	close_new(root, "g", "yy");
	vouch();
	move("f", "g", RENAME_EXCHANGE);
	cut_power();
	next_mark_says("file g\nfile f\n");
}

Test(write_ahead, directory_that_was_renamed_is_told)
{
	struct dir *d;
	struct statx stx;
	struct file_key key;

	mkdir_it("d");
	cr_assert_eq(dir_statx(root, "d", &stx), 0);
	key = statx_key(&stx);
	d = dir_intern(root, "d", &key);
	close_new(d, "f", "x");
	vouch();
	move("d", "e", 0);
	move("e", "g", 0);
	dir_put(d);
	cut_power();
	next_mark_says("gone d\ngone e\nnode g\nfile g/f\n");
}

Test(write_ahead, directory_that_was_removed_is_told)
{
	struct caller by = we();

	mkdir_it("d");
	vouch();
	cr_assert_eq(tree_rmdir(t, root, "d", &by), 0);
	cut_power();
	next_mark_says("gone d\n");
}

/* What is there now may be torn: its mark is to be stale. */
Test(write_ahead, what_was_made_anew_since_is_not_told)
{
	close_new(root, "f", "x");
	vouch();
	unlink_it("f");
	close_new(root, "f", "torn");
	cut_power();
	next_mark_says("");
}

Test(write_ahead, what_did_not_happen_is_not_told)
{
	close_new(root, "f", "x");
	close_new(root, "g", "x");
	vouch();
	unlink_it("f");
	move("g", "h", 0);
	/* The cut came before them. */
	scratch_write(s.dir, "f", "x");
	cr_assert_eq(renameat(s.dir, "h", s.dir, "g"), 0);
	cut_power();
	next_mark_says("");
}

/* Of another boot: as far as it holds on disk, the history is believed. */
static void boot(void)
{
	auto_fd fd = openat(st.dir, CHANGES_NAME, O_RDWR);
	char boot_id[36];

	memset(boot_id, '0', sizeof(boot_id));
	cr_assert_eq(sys_pwrite_all(fd, boot_id, sizeof(boot_id),
				    (off_t)strlen("# idemfs-changes 1 ")),
		     0);
}

/* The history came to the disk before the names. */
Test(write_ahead, directory_rename_that_the_cut_has_taken_is_none)
{
	mkdir_it("d");
	mkdir_it("a");
	vouch();
	move("a", "b", 0);
	move("d", "e", 0);
	cr_assert_eq(renameat(s.dir, "e", s.dir, "d"), 0);
	was = history_length();
	boot();
	cut_power();
	next_mark_says("moved a\ngone a\n");
}

Test(write_ahead, what_the_history_has_is_not_told_again)
{
	uint64_t seq;

	close_new(root, "f", "x");
	close_new(root, "g", "x");
	vouch();
	unlink_it("f");
	replace("g", "anew");
	cr_assert_eq(foretold_count(), 2);
	seq = changes_seq(core->rooms.changes);
	TREE_ALL_SCOPE(core->rooms.tree);
	write_ahead_tell(core->rooms.write_ahead, &core->rooms.notes);
	cr_assert_eq(changes_seq(core->rooms.changes), seq);
}

Test(write_ahead, new_files_need_none)
{
	vouch();
	close_new(root, "f", "x");
	replace("f", "anew");
	move("f", "g", 0);
	unlink_it("g");
	cr_assert_eq(foretold_count(), 0);
}

Test(write_ahead, nothing_is_left_after_a_flush)
{
	close_new(root, "f", "x");
	vouch();
	unlink_it("f");
	cr_assert_eq(foretold_count(), 1);
	cr_assert_eq(flush_sync(core->rooms.flush), 0);
	write_ahead_trim(core->rooms.write_ahead);
	cr_assert_eq(foretold_count(), 0);
}

Test(write_ahead, what_a_cut_has_left_goes_with_the_next_flush)
{
	close_new(root, "f", "x");
	close_new(root, "g", "x");
	vouch();
	unlink_it("f");
	cut_power();
	unlink_it("g");
	cr_assert_eq(foretold_count(), 2);
	cr_assert_eq(flush_sync(core->rooms.flush), 0);
	write_ahead_trim(core->rooms.write_ahead);
	cr_assert_eq(foretold_count(), 0);
	next_mark_says("gone f\ngone g\n");
}

static int no_room(const char *target, int dirfd, const char *name)
{
	(void)target, (void)dirfd, (void)name;
	return -ENOSPC;
}

Test(write_ahead, full_disk_keeps_nobody_from_removing)
{
	struct sys_calls real = sys;

	close_new(root, "f", "x");
	vouch();
	sys.symlinkat = no_room;
	unlink_it("f");
	sys = real;
	cr_assert_not(scratch_exists(s.dir, "f"));
}

/* Nothing of what the directory may hold does harm. */
Test(write_ahead, nonsense_is_passed_over)
{
	static const char *const targets[] = {
		"",
		"x",
		"1",
		"1//",
		"//f",
		"0//../f",
		"0////",
		"7//f//",
		"7//f////",
		"0//.idemfs",
		"-1//f",
		"0//f//g//h",
		"9999999999999999999999//f",
	};
	char name[16];

	close_new(root, "f", "x");
	vouch();
	cr_assert_eq(mkdirat(st.dir, WRITE_AHEAD_DIR, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		snprintf(name, sizeof(name), WRITE_AHEAD_DIR "/%zu", i + 1);
		if (*targets[i])
			cr_assert_eq(symlinkat(targets[i], st.dir, name), 0);
	}
	cr_assert_eq(mknodat(st.dir, WRITE_AHEAD_DIR "/99", S_IFIFO, 0), 0);
	cut_power();
	next_mark_says("");
}
