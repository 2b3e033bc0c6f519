/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/intent.h"
#include "core/version/pending.h"
#include "unit/core/marks/marked.h"

TestSuite(intent, .init = table_setup, .fini = table_teardown);

/* What a daemon has left, as it may have been changed by others. */
static void leave(const void *data, size_t size)
{
	auto_fd fd =
		openat(st.dir, INTENT_NAME, O_WRONLY | O_TRUNC | O_CREAT, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(sys_pwrite_all(fd, data, size, 0), 0);
}

static void leave_paths(const char *a, const char *b2)
{
	auto_free struct intent_slot *s2 = calloc(1, sizeof(*s2));

	s2->armed = b2 ? 2 : 1;
	strcpy(s2->path[0], a);
	if (b2)
		strcpy(s2->path[1], b2);
	leave(s2, sizeof(*s2));
}

static void end_daemon(void)
{
	core_free(core);
}

static void next_daemon(void)
{
	start_daemon();
	TREE_ALL_SCOPE(core->rooms.tree);
	intent_tell(core->rooms.intent, &core->rooms.notes);
}

static void says(const char *line)
{
	cr_assert_not_null(strstr(lines, line), "%s is not in\n%s", line,
			   lines);
}

Test(intent, nothing_is_left_when_nothing_is_under_way)
{
	close_new(root, "f", "x");
	move("f", "g", 0);
	unlink_it("g");
	end_daemon();
	next_daemon();
	read_mark();
	cr_assert_str_eq(lines, "gone f\ngone g\n");
}

Test(intent, what_stands_there_is_told)
{
	scratch_write(s.dir, "f", "x");
	end_daemon();
	leave_paths("f", NULL);
	next_daemon();
	read_mark();
	cr_assert_str_eq(lines, "file f\n");
}

/* Of different directories, several may be under way. */
Test(intent, all_that_was_under_way_is_told)
{
	auto_free struct intent_slot *all = calloc(1, INTENT_SIZE);

	scratch_write(s.dir, "f", "x");
	scratch_write(s.dir, "g", "x");
	end_daemon();
	all[0].armed = all[INTENT_SLOTS - 1].armed = 1;
	strcpy(all[0].path[0], "g");
	strcpy(all[INTENT_SLOTS - 1].path[0], "f");
	leave(all, INTENT_SIZE);
	next_daemon();
	read_mark();
	cr_assert_str_eq(lines, "file g\nfile f\n");
}

Test(intent, what_is_not_there_is_told)
{
	end_daemon();
	leave_paths("d/f", NULL);
	cr_assert_eq(mkdirat(s.dir, "d", 0755), 0);
	next_daemon();
	read_mark();
	cr_assert_str_eq(lines, "gone d/f\n");
}

Test(intent, directory_that_was_renamed_is_told_with_all_in_it)
{
	end_daemon();
	cr_assert_eq(mkdirat(s.dir, "to", 0755), 0);
	cr_assert_eq(mkdirat(s.dir, "to/sub", 0755), 0);
	scratch_write(s.dir, "to/sub/f", "x");
	leave_paths("from", "to");
	next_daemon();
	read_mark();
	says("gone from\n");
	says("node to\n");
	says("node to/sub\n");
	says("file to/sub/f\n");
}

Test(intent, it_is_told_until_that_has_come_through)
{
	scratch_write(s.dir, "f", "x");
	end_daemon();
	leave_paths("f", NULL);
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		int status;

		cr_assert_geq(pid, 0);
		if (pid == 0) {
			/* Killed before it comes to that. */
			start_daemon();
			_exit(0);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
	}
	next_daemon();
	read_mark();
	cr_assert_str_eq(lines, "file f\n");
}

/* Each of these is passed over: nothing of the kind can have been under way. */
Test(intent, hostile_paths_lead_nowhere)
{
	static const char *const paths[] = {
		"",
		"/",
		"/etc/passwd",
		"..",
		"../f",
		"d/../..",
		"d//f",
		"./f",
		"d/.",
		".idemfs/log",
		".idemfs",
		"link/f",
		"file/f",
		"d/",
		STATE_TEMP_PREFIX "1",
	};

	cr_assert_eq(mkdirat(s.dir, "d", 0755), 0);
	scratch_write(s.dir, "file", "x");
	cr_assert_eq(symlinkat("/etc", s.dir, "link"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		end_daemon();
		leave_paths(paths[i], i % 2 ? paths[i] : NULL);
		next_daemon();
		read_mark();
		cr_assert_str_eq(lines, "", "\"%s\": %s", paths[i], lines);
	}
}

Test(intent, hostile_bytes_do_no_harm)
{
	static char bytes[INTENT_SIZE + 100];
	unsigned int seed = 1;

	for (int round = 0; round < 200; round++) {
		size_t size = (size_t)rand_r(&seed) % sizeof(bytes);

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)(rand_r(&seed) >> 8);
		if (round % 2)
			size = round % 8 > 4 ? INTENT_SIZE
					     : sizeof(struct intent_slot);
		if (round % 4 == 1)
			memset(bytes + 4, 'a' + round % 7, 16000);
		end_daemon();
		leave(bytes, size);
		next_daemon();
		close_new(root, "f", "x");
		read_mark();
		says(" f\n");
	}
}

Test(intent, without_the_file_all_else_works)
{
	end_daemon();
	cr_assert_eq(unlinkat(st.dir, INTENT_NAME, 0), 0);
	cr_assert_eq(mkdirat(st.dir, INTENT_NAME, 0700), 0);
	next_daemon();
	close_new(root, "f", "x");
	read_mark();
	says("file f\n");
}

/* As on a disk that is full or gone: the store is undone, no thread dies. */
Test(intent, memory_that_cannot_be_written_stops_nobody)
{
	auto_fd fd = openat(st.dir, INTENT_NAME, O_RDWR);

	cr_assert_eq(ftruncate(fd, 0), 0);
	close_new(root, "f", "x");
	close_new(root, "g", "x");
	read_mark();
	says("file f\n");
	says("file g\n");
}
