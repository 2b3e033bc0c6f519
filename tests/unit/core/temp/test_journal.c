/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/util.h"
#include "core/temp/journal.h"
#include "unit/core/quarantine/sample.h"
#include "unit/scratch.h"

static struct scratch s;
static struct journal *j;

static void setup(void)
{
	s = scratch_open();
	cr_assert_eq(journal_new(s.dir, &j), 0);
}

static void teardown(void)
{
	journal_free(j);
	scratch_close(&s);
}

TestSuite(journal, .init = setup, .fini = teardown);

static void take(uint64_t id, char *path, char name[JOURNAL_NAME_MAX])
{
	struct partial p = sample_record(path);

	cr_assert_eq(journal_take(j, id, &p, name), 0);
}

static void holds(const char *name, char *path)
{
	struct partial p = sample_record(path), found = { 0 };

	cr_assert_eq(journal_read(s.dir, name, &found, NULL), 0, "%s", name);
	sample_same(&found, &p);
	partial_release(&found);
}

static void has_none(const char *name, int code)
{
	struct partial found = { .pid = 77 };

	int r = journal_read(s.dir, name, &found, NULL);

	cr_assert_eq(r, code, "%s: %d", name, r);
	cr_assert_eq(found.pid, 77);
	cr_assert_null(found.path);
}

Test(journal, names_are_slot_and_id)
{
	char a[JOURNAL_NAME_MAX], b[JOURNAL_NAME_MAX], c[JOURNAL_NAME_MAX];

	take(7, (char[]){ "x" }, a);
	take(8, (char[]){ "x" }, b);
	take(UINT64_MAX, (char[]){ "x" }, c);
	cr_assert_str_eq(a, "0-7");
	cr_assert_str_eq(b, "1-8");
	cr_assert_str_eq(c, "2-18446744073709551615");
	holds(c, (char[]){ "x" });
}

Test(journal, one_id_may_have_several_names)
{
	char a[JOURNAL_NAME_MAX], b[JOURNAL_NAME_MAX];

	take(7, (char[]){ "first" }, a);
	take(7, (char[]){ "second" }, b);
	cr_assert_str_neq(a, b);
	holds(a, (char[]){ "first" });
	holds(b, (char[]){ "second" });
}

Test(journal, slot_that_was_given_back_is_used_again)
{
	char name[3][JOURNAL_NAME_MAX], again[JOURNAL_NAME_MAX];
	struct stat before, after;

	for (uint64_t i = 0; i < 3; i++)
		take(i + 1, (char[]){ "x" }, name[i]);
	cr_assert_eq(fstatat(s.dir, JOURNAL_NAME, &before, 0), 0);
	journal_give(j, name[1]);
	take(10, (char[]){ "new" }, again);
	cr_assert_str_eq(again, "1-10");
	holds(again, (char[]){ "new" });
	holds(name[0], (char[]){ "x" });
	holds(name[2], (char[]){ "x" });
	/* the record of the one before is not taken for its */
	has_none(name[1], -ENOENT);
	cr_assert_eq(fstatat(s.dir, JOURNAL_NAME, &after, 0), 0);
	cr_assert_leq(after.st_size, 3 * JOURNAL_SLOT);
	cr_assert_leq(before.st_size, after.st_size + JOURNAL_SLOT);
}

Test(journal, many_versions_one_after_another_need_one_slot)
{
	char name[JOURNAL_NAME_MAX];
	struct stat b;

	for (uint64_t id = 1; id < 1000; id++) {
		take(id, (char[]){ "x" }, name);
		cr_assert_eq(strncmp(name, "0-", 2), 0);
		journal_give(j, name);
	}
	cr_assert_eq(fstatat(s.dir, JOURNAL_NAME, &b, 0), 0);
	cr_assert_leq(b.st_size, JOURNAL_SLOT);
}

Test(journal, many_slots_at_once_do_not_share_one)
{
	static char names[500][JOURNAL_NAME_MAX];
	static bool seen[500];
	char path[16];

	for (int round = 0; round < 2; round++) {
		memset(seen, 0, sizeof(seen));
		for (unsigned int i = 0; i < 500; i++) {
			unsigned long slot;

			snprintf(path, sizeof(path), "p%u", i);
			take(i + 1, path, names[i]);
			slot = strtoul(names[i], NULL, 10);
			cr_assert_lt(slot, 500);
			cr_assert_not(seen[slot]);
			seen[slot] = true;
		}
		for (unsigned int i = 0; i < 500; i++) {
			snprintf(path, sizeof(path), "p%u", i);
			holds(names[i], path);
			journal_give(j, names[i]);
		}
	}
}

static void *take_and_give(void *arg)
{
	struct partial p = sample_record((char[]){ "x" });
	uint64_t first = *(uint64_t *)arg;
	char name[JOURNAL_NAME_MAX];

	for (uint64_t i = 0; i < 300; i++) {
		struct partial found = { 0 };

		if (journal_take(j, first + i, &p, name) < 0 ||
		    journal_read(s.dir, name, &found, NULL) < 0)
			return arg;
		partial_release(&found);
		journal_give(j, name);
	}
	return NULL;
}

Test(journal, threads_take_slots_of_their_own)
{
	uint64_t first[4] = { 1000, 2000, 3000, 4000 };
	pthread_t threads[4];
	struct stat b;
	void *bad;

	for (int i = 0; i < 4; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, take_and_give,
					    &first[i]),
			     0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &bad);
		cr_assert_null(bad);
	}
	cr_assert_eq(fstatat(s.dir, JOURNAL_NAME, &b, 0), 0);
	cr_assert_leq(b.st_size, 4 * JOURNAL_SLOT);
}

Test(journal, odd_paths_come_back)
{
	static const char *const paths[] = {
		"-rf", "a b/c", "new\nline", "\xff\xfe", "back\\slash", " ",
	};
	char name[JOURNAL_NAME_MAX], path[32];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		strcpy(path, paths[i]);
		take(i + 1, path, name);
		holds(name, path);
	}
}

Test(journal, record_too_long_for_its_slot_is_none)
{
	char name[JOURNAL_NAME_MAX], next[JOURNAL_NAME_MAX], path[4096];
	struct partial found = { 0 };

	memset(path, '\n', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	take(1, path, name);
	take(2, (char[]){ "x" }, next);
	cr_assert_lt(journal_read(s.dir, name, &found, NULL), 0);
	cr_assert_null(found.path);
	holds(next, (char[]){ "x" });
}

Test(journal, records_survive_their_daemon)
{
	char a[JOURNAL_NAME_MAX], b[JOURNAL_NAME_MAX];
	pid_t pid = fork();

	if (pid == 0) {
		struct partial p = sample_record((char[]){ "sub/f" });

		if (journal_take(j, 5, &p, a) < 0 ||
		    journal_take(j, 6, &p, b) < 0)
			_exit(1);
		raise(SIGKILL);
	}
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	holds("0-5", (char[]){ "sub/f" });
	holds("1-6", (char[]){ "sub/f" });
}

Test(journal, what_recovery_left_stays)
{
	struct journal *fresh, *old = j;
	char a[JOURNAL_NAME_MAX], b[JOURNAL_NAME_MAX];

	take(5, (char[]){ "left" }, a);
	cr_assert_eq(journal_new(s.dir, &fresh), 0);
	j = fresh;
	take(6, (char[]){ "new" }, b);
	cr_assert_str_eq(b, "1-6");
	holds(a, (char[]){ "left" });
	holds(b, (char[]){ "new" });
	journal_give(j, b);
	journal_free(old);
	j = NULL;
	journal_free(fresh);
	cr_assert(scratch_exists(s.dir, JOURNAL_NAME));
}

Test(journal, file_goes_when_no_slot_is_taken)
{
	struct journal *other = j;
	char a[JOURNAL_NAME_MAX];

	take(5, (char[]){ "x" }, a);
	journal_give(j, a);
	j = NULL;
	journal_free(other);
	cr_assert_not(scratch_exists(s.dir, JOURNAL_NAME));
}

Test(journal, file_stays_for_temps_that_could_not_be_put_away)
{
	struct journal *other = j;
	char a[JOURNAL_NAME_MAX], b[JOURNAL_NAME_MAX];

	take(5, (char[]){ "x" }, a);
	take(6, (char[]){ "y" }, b);
	journal_give(j, a);
	j = NULL;
	journal_free(other);
	holds(b, (char[]){ "y" });
}

static int64_t bytes_noted(const char *name)
{
	struct journal_note note;
	struct partial found;

	cr_assert_eq(journal_read(s.dir, name, &found, &note), 0);
	partial_release(&found);
	return note.bytes;
}

Test(journal, notes_are_taken_back_all_at_once_but_those_of_tails)
{
	struct journal_note note = { .order = 3, .bytes = 9 };
	struct partial p = sample_record((char[]){ "x" });
	char a[JOURNAL_NAME_MAX], b[JOURNAL_NAME_MAX], c[JOURNAL_NAME_MAX];

	take(5, p.path, a);
	take(6, p.path, b);
	take(7, p.path, c);
	cr_assert_eq(journal_write(j, b, &p, &note), 0);
	note.from = 4;
	cr_assert_eq(journal_write(j, c, &p, &note), 0);
	cr_assert_eq(journal_void(s.dir), 0);
	holds(a, p.path);
	holds(b, p.path);
	cr_assert_eq(bytes_noted(b), 0);
	cr_assert_eq(bytes_noted(c), 9);
}

Test(journal, names_that_are_none_are_refused)
{
	static const char *const names[] = { "", "x", "5", "-", "5-", "x-5" };
	char a[JOURNAL_NAME_MAX];

	take(5, (char[]){ "x" }, a);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		has_none(names[i], -EINVAL);
	has_none("0-6", -ENOENT);
	has_none("1-5", -ENOENT);
	has_none("4000000000-5", -ENOENT);
}

Test(journal, missing_journal_or_a_link_in_its_place_has_no_record)
{
	char a[JOURNAL_NAME_MAX];

	take(5, (char[]){ "x" }, a);
	cr_assert_eq(renameat(s.dir, JOURNAL_NAME, s.dir, "other"), 0);
	has_none(a, -ENOENT);
	cr_assert_eq(symlinkat("other", s.dir, JOURNAL_NAME), 0);
	has_none(a, -ELOOP);
}

Test(journal, corrupt_slots_have_no_record)
{
	static const char *const texts[] = {
		"",
		"5",
		"5 ",
		"5 10",
		"x 10\n",
		"5 99999999\n" SAMPLE_TEXT,
		"5 18446744073709551615\n" SAMPLE_TEXT,
		"5 -1\n" SAMPLE_TEXT,
		"6 10\n0123456789",
		"5 0\n",
		"5 10\n0123456789",
		"5 20\nidemfs-partial 1\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct partial found = { 0 };

		scratch_write(s.dir, JOURNAL_NAME, texts[i]);
		cr_assert_lt(journal_read(s.dir, "0-5", &found, NULL), 0, "%s",
			     texts[i]);
		cr_assert_null(found.path);
	}
}

Test(journal, every_cut_of_the_file_loses_the_record_and_no_more)
{
	char a[JOURNAL_NAME_MAX];
	struct stat b;

	take(5, (char[]){ "first" }, a);
	cr_assert_eq(fstatat(s.dir, JOURNAL_NAME, &b, 0), 0);
	for (off_t n = b.st_size - 1; n >= 0; n--) {
		struct partial found = { 0 };
		int fd = openat(s.dir, JOURNAL_NAME, O_WRONLY | O_CLOEXEC);

		cr_assert_eq(ftruncate(fd, n), 0);
		close(fd);
		cr_assert_lt(journal_read(s.dir, a, &found, NULL), 0, "%ld", n);
		cr_assert_null(found.path);
	}
}
