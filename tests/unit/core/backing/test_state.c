/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/util.h"
#include "core/backing/state.h"
#include "unit/core/backing/opened.h"

TestSuite(state, .init = setup, .fini = teardown);

/* --- making it ------------------------------------------------------------ */

Test(state, open_makes_what_is_missing)
{
	open_state();
	cr_assert(st.fresh);
	cr_assert_eq(mode_of(".idemfs"), S_IFDIR | 0700);
	cr_assert_eq(mode_of(".idemfs/tmp"), S_IFDIR | 0700);
	cr_assert_eq(mode_of(".idemfs/partial"), S_IFDIR | 0700);
	cr_assert_eq(mode_of(".idemfs/marks"), S_IFDIR | 0700);
	cr_assert_eq(mode_of(".idemfs/log"), S_IFREG | 0600);
	cr_assert(scratch_holds(s.dir, ".idemfs/format", "idemfs 1\n"));
	cr_assert_eq(scratch_count(st.dir), 6);
	cr_assert_eq(scratch_count(s.dir), 1);
}

Test(state, descriptors_lead_where_they_say)
{
	static const char text[] = "second";

	open_state();
	cr_assert_eq(mkdirat(st.tmp, "in-tmp", 0700), 0);
	cr_assert_eq(mkdirat(st.partial, "in-partial", 0700), 0);
	cr_assert_eq(mkdirat(st.marks, "in-marks", 0700), 0);
	cr_assert_eq(mkdirat(st.dir, "in-dir", 0700), 0);
	cr_assert(scratch_exists(s.dir, ".idemfs/tmp/in-tmp"));
	cr_assert(scratch_exists(s.dir, ".idemfs/partial/in-partial"));
	cr_assert(scratch_exists(s.dir, ".idemfs/marks/in-marks"));
	cr_assert(scratch_exists(s.dir, ".idemfs/in-dir"));

	scratch_write(s.dir, ".idemfs/log", "first\n");
	cr_assert_eq(write(st.log, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert(scratch_holds(s.dir, ".idemfs/log", "first\nsecond"));
}

Test(state, descriptors_are_closed_by_exec)
{
	open_state();
	cr_assert(fcntl(st.dir, F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(st.tmp, F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(st.partial, F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(st.marks, F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(st.log, F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(st.lock, F_GETFD) & FD_CLOEXEC);
}

Test(state, rotated_log_is_kept_and_a_new_one_begun_at_the_same_descriptor)
{
	int log;

	open_state();
	log = st.log;
	for (int i = '1'; i <= '3'; i++) {
		char line[] = { (char)i, '\n' };

		cr_assert_eq(write(st.log, line, 2), 2);
		cr_assert_eq(state_rotate_log(&st), 0);
	}
	cr_assert_eq(write(st.log, "4\n", 2), 2);
	cr_assert_eq(st.log, log);
	cr_assert(fcntl(st.log, F_GETFD) & FD_CLOEXEC);
	cr_assert(scratch_holds(st.dir, "log.1", "3\n"));
	cr_assert(scratch_holds(st.dir, "log", "4\n"));
}

Test(state, open_keeps_what_is_there)
{
	open_state();
	scratch_write(st.marks, "x.done", "mark");
	scratch_write(st.partial, "1", "bytes");
	scratch_write(s.dir, ".idemfs/log", "line\n");
	state_release(&st);

	open_state();
	cr_assert_not(st.fresh);
	cr_assert(scratch_holds(st.marks, "x.done", "mark"));
	cr_assert(scratch_holds(st.partial, "1", "bytes"));
	cr_assert(scratch_holds(st.dir, "log", "line\n"));
}

Test(state, open_completes_what_a_crash_left)
{
	cr_assert_eq(mkdirat(s.dir, ".idemfs", 0700), 0);
	cr_assert_eq(mkdirat(s.dir, ".idemfs/tmp", 0700), 0);
	open_state();
	cr_assert(st.fresh);
	cr_assert(scratch_holds(st.dir, "format", "idemfs 1\n"));
	cr_assert(scratch_exists(st.dir, "marks"));
	cr_assert(scratch_exists(st.dir, "partial"));
}

Test(state, open_makes_a_lost_directory_anew)
{
	open_state();
	state_release(&st);
	cr_assert_eq(unlinkat(s.dir, ".idemfs/partial", AT_REMOVEDIR), 0);
	open_state();
	cr_assert_not(st.fresh);
	cr_assert(scratch_exists(s.dir, ".idemfs/partial"));
}

Test(state, open_works_under_any_umask)
{
	umask(0);
	open_state();
	cr_assert_eq(mode_of(".idemfs"), S_IFDIR | 0700);
	cr_assert_eq(mode_of(".idemfs/log"), S_IFREG | 0600);
	cr_assert_eq(mode_of(".idemfs/lock"), S_IFREG | 0600);
}

Test(state, root_may_be_a_path_descriptor)
{
	auto_fd root = open(s.path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	cr_assert_eq(state_open(root, "/data/out", &st, &err), 0, "%s",
		     err.text);
	cr_assert(st.fresh);
}

Test(state, release_closes_all_and_may_come_twice)
{
	int before = scratch_count(AT_FDCWD), fd;

	fd = dup(0);
	close(fd);
	open_state();
	state_release(&st);
	cr_assert_eq(st.dir, -1);
	cr_assert_eq(st.lock, -1);
	state_release(&st);
	cr_assert_eq(dup(0), fd); /* the lowest free one is as before */
	close(fd);
	cr_assert_eq(scratch_count(AT_FDCWD), before);
}

Test(state, failed_open_closes_all)
{
	int fd = dup(0);

	close(fd);
	cr_assert_eq(mkdirat(s.dir, ".idemfs", 0700), 0);
	scratch_write(s.dir, ".idemfs/marks", "a file");
	refused(-ENOTDIR, "marks");
	cr_assert_eq(dup(0), fd);
	close(fd);
	unlinkat(s.dir, ".idemfs/marks", 0);
	open_state(); /* nor does the lock stay */
}

/* --- format --------------------------------------------------------------- */

/* All that can be seen of the directory, as text. */
static void picture(char *buf, size_t size)
{
	static const char *const names[] = {
		".",
		".idemfs",
		".idemfs/format",
		".idemfs/lock",
		".idemfs/log",
		".idemfs/tmp",
		".idemfs/marks",
		".idemfs/partial",
		".idemfs/new",
	};
	struct stat b;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (fstatat(s.dir, names[i], &b, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		n += (size_t)snprintf(buf + n, size - n,
				      "%s %lu %o %ld %ld.%ld %ld.%ld\n",
				      names[i], b.st_ino, b.st_mode, b.st_size,
				      b.st_mtim.tv_sec, b.st_mtim.tv_nsec,
				      b.st_ctim.tv_sec, b.st_ctim.tv_nsec);
	}
}

Test(state, newer_format_is_refused_and_nothing_changes)
{
	char before[4096], after[4096];

	cr_assert_eq(mkdirat(s.dir, ".idemfs", 0750), 0);
	cr_assert_eq(mkdirat(s.dir, ".idemfs/new", 0700), 0);
	scratch_write(s.dir, ".idemfs/format", "idemfs 2\n");
	picture(before, sizeof(before));
	refused(-EPROTO, "format 2");
	refused_readonly(-EPROTO, "format 2");
	picture(after, sizeof(after));
	cr_assert_str_eq(before, after);
	cr_assert_eq(scratch_count(s.dir), 1);
}

Test(state, newer_format_is_refused_though_it_is_mounted)
{
	open_state();
	scratch_write(s.dir, ".idemfs/format", "idemfs 30\nmore: things\n");
	refused(-EPROTO, "format 30");
}

Test(state, format_may_lack_its_newline_or_have_lines_after_it)
{
	open_state();
	state_release(&st);
	scratch_write(s.dir, ".idemfs/format", "idemfs 1");
	open_state();
	state_release(&st);
	scratch_write(s.dir, ".idemfs/format", "idemfs 1\nsince 2025\n");
	open_state();
	cr_assert(scratch_holds(s.dir, ".idemfs/format",
				"idemfs 1\nsince 2025\n"));
}

Test(state, format_that_is_none_is_refused)
{
	static char big[5000];
	static const char *const texts[] = {
		"",
		"\n",
		"idemfs",
		"idemfs \n",
		"idemfs x\n",
		"idemfs 0\n",
		"idemfs 1x\n",
		"idemfs 1.5\n",
		"other 1\n",
		"1\n",
		"idemfs -1\n",
		"idemfs 99999999999\n",
		big,
	};

	cr_assert_eq(mkdirat(s.dir, ".idemfs", 0700), 0);
	memset(big, ' ', sizeof(big) - 1);
	memcpy(big, "idemfs 1\n", 9);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		scratch_write(s.dir, ".idemfs/format", texts[i]);
		refused(-EPROTO, ".idemfs");
		refused_readonly(-EPROTO, ".idemfs");
	}
	cr_assert_not(scratch_exists(s.dir, ".idemfs/lock"));
}

/* --- names that are not what they should be ------------------------------- */

Test(state, symlink_at_the_directory_is_refused)
{
	cr_assert_eq(mkdirat(s.dir, "elsewhere", 0700), 0);
	cr_assert_eq(symlinkat("elsewhere", s.dir, ".idemfs"), 0);
	refused(-ELOOP, "symlink");
	refused_readonly(-ELOOP, "symlink");
	cr_assert_eq(unlinkat(s.dir, ".idemfs", 0), 0);
	cr_assert_eq(symlinkat("dangling", s.dir, ".idemfs"), 0);
	refused(-ELOOP, "symlink");
	cr_assert_not(scratch_exists(s.dir, "dangling"));
	cr_assert_not(scratch_exists(s.dir, "elsewhere/lock"));
}

Test(state, symlink_within_the_directory_is_refused)
{
	static const char *const names[] = { "tmp",  "partial", "marks",
					     "lock", "log",	"format" };
	char name[64];

	cr_assert_eq(mkdirat(s.dir, "elsewhere", 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		open_state();
		state_release(&st);
		snprintf(name, sizeof(name), ".idemfs/%s", names[i]);
		cr_assert_eq(unlinkat(s.dir, name, i < 3 ? AT_REMOVEDIR : 0),
			     0);
		cr_assert_eq(symlinkat("../elsewhere", s.dir, name), 0);
		refused(-ELOOP, names[i]);
		cr_assert_eq(unlinkat(s.dir, name, 0), 0);
	}
	cr_assert_eq(openat(s.dir, "elsewhere/x", O_RDONLY), -1);
}

Test(state, file_at_the_directory_is_refused)
{
	scratch_write(s.dir, ".idemfs", "a file");
	refused(-ENOTDIR, "is no directory");
	refused_readonly(-ENOTDIR, "is no directory");
	cr_assert(scratch_holds(s.dir, ".idemfs", "a file"));
}

Test(state, what_is_no_file_is_refused_and_not_waited_for)
{
	static const char *const names[] = { "log", "lock" };
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		open_state();
		state_release(&st);
		snprintf(name, sizeof(name), ".idemfs/%s", names[i]);
		cr_assert_eq(unlinkat(s.dir, name, 0), 0);
		cr_assert_eq(mkfifoat(s.dir, name, 0600), 0);
		err.text[0] = '\0';
		cr_assert_lt(state_open(s.dir, "/data/out", &st, &err), 0);
		cr_assert_not_null(strstr(err.text, "no plain file"), "%s",
				   err.text);
		cr_assert_eq(unlinkat(s.dir, name, 0), 0);
		cr_assert_eq(mkdirat(s.dir, name, 0700), 0);
		refused(-EISDIR, "no plain file");
		cr_assert_eq(unlinkat(s.dir, name, AT_REMOVEDIR), 0);
	}
}

/* --- the lock ------------------------------------------------------------- */

/* The value of a line of the lock. */
static const char *lock_line(const char *key)
{
	static char value[256];
	char *text = NULL, *p;
	size_t size;

	value[0] = '\0';
	cr_assert_eq(sys_read_file(s.dir, ".idemfs/lock", 4096, &text, &size),
		     0);
	p = strstr(text, key);
	cr_assert_not_null(p, "%s", text);
	snprintf(value, sizeof(value), "%.*s",
		 (int)strcspn(p + strlen(key), "\n"), p + strlen(key));
	free(text);
	return value;
}

static int lock_lines(void)
{
	char *text = NULL;
	size_t size;
	int n = 0;

	cr_assert_eq(sys_read_file(s.dir, ".idemfs/lock", 4096, &text, &size),
		     0);
	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	free(text);
	return n;
}

Test(state, lock_says_who_holds_it)
{
	char host[256], *boot = NULL;
	size_t size;

	open_state();
	cr_assert_eq(atol(lock_line("pid ")), getpid());
	cr_assert_eq(gethostname(host, sizeof(host)), 0);
	cr_assert_str_eq(lock_line("\nhost "), host);
	cr_assert_eq(sys_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id",
				   64, &boot, &size),
		     0);
	boot[strcspn(boot, "\n")] = '\0';
	cr_assert_str_eq(lock_line("\nboot "), boot);
	free(boot);
}

/* Starts a process that holds the state until its pipe is closed. */
static pid_t start_holder(int *ret_pipe)
{
	int ready[2], stay[2];
	pid_t pid;
	char c;

	cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(stay, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(stay[1]);
		if (state_open(s.dir, "/data/out", &st, NULL) < 0)
			_exit(1);
		if (write(ready[1], "r", 1) != 1 || read(stay[0], &c, 1) != 0)
			_exit(2);
		_exit(0);
	}
	close(ready[1]);
	close(stay[0]);
	cr_assert_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	*ret_pipe = stay[1];
	return pid;
}

Test(state, lock_of_a_living_process_is_busy_and_nothing_changes)
{
	char before[4096], after[4096], word[64];
	int stay, status;
	pid_t pid = start_holder(&stay);

	picture(before, sizeof(before));
	snprintf(word, sizeof(word), "pid %d on host ", pid);
	refused(-EBUSY, word);
	picture(after, sizeof(after));
	cr_assert_str_eq(before, after);
	cr_assert_eq(state_open_readonly(s.dir, "/data/out", &st, &err), 0);
	state_release(&st);

	close(stay);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	open_state();
	cr_assert_eq(atol(lock_line("pid ")), getpid());
}

Test(state, lock_of_a_killed_process_is_free)
{
	int stay;
	pid_t pid = start_holder(&stay);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(stay);
	cr_assert_eq(atol(lock_line("pid ")), pid);
	open_state();
	cr_assert_eq(atol(lock_line("pid ")), getpid());
}

Test(state, lock_is_busy_within_one_process_too)
{
	open_state();
	refused(-EBUSY, "mounted");
}

Test(state, stale_text_of_the_lock_means_nothing)
{
	static const char *const texts[] = {
		"",
		"pid 1\nhost other\nboot 0\n",
		"\n\n\n",
		"pid",
		"pid \n",
		"\xff\xfe and more that is much longer than what will replace "
		"it, so that a part of it could be left behind, if it were not "
		"cut off: pid 77777\nhost nowhere\nboot never\nand\nso\non\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		open_state();
		state_release(&st);
		scratch_write(s.dir, ".idemfs/lock", texts[i]);
		open_state();
		cr_assert_eq(atol(lock_line("pid ")), getpid());
		state_release(&st);
		cr_assert_eq(lock_lines(), 3);
	}
}

Test(state, busy_lock_with_odd_text_is_still_one_line)
{
	static const char *const texts[] = {
		"", "\n\npid", "pid 5", "host h\npid 6\n", "nonsense\x01",
	};

	open_state();
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		scratch_write(s.dir, ".idemfs/lock", texts[i]);
		refused(-EBUSY, "mounted by another");
	}
	scratch_write(s.dir, ".idemfs/lock", "host h\npid 6\n");
	refused(-EBUSY, "pid 6 on host h");
}

Test(state, lock_stays_with_the_child_that_signs_it)
{
	int status, up[2];
	pid_t child, daemon_pid;
	char c;

	cr_assert_eq(pipe(up), 0);
	child = fork();
	if (child == 0) {
		/* as a daemon does it: open, fork, sign, and the parent goes */
		if (state_open(s.dir, "/data/out", &st, NULL) < 0)
			_exit(1);
		daemon_pid = fork();
		if (daemon_pid == 0) {
			if (state_sign(&st) < 0 || write(up[1], "r", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		_exit(daemon_pid < 0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	cr_assert_eq(read(up[0], &c, 1), 1);
	daemon_pid = (pid_t)atol(lock_line("pid "));
	cr_assert_neq(daemon_pid, child);
	refused(-EBUSY, "mounted");
	kill(daemon_pid, SIGKILL);
}

/* --- looking only --------------------------------------------------------- */

Test(state, readonly_open_without_a_directory_is_enoent)
{
	refused_readonly(-ENOENT, "/data/out has no .idemfs");
	cr_assert_eq(scratch_count(s.dir), 0);
	cr_assert_eq(mkdirat(s.dir, ".idemfs", 0700), 0);
	refused_readonly(-ENOENT, "/data/out has no .idemfs");
	cr_assert_eq(scratch_count(s.dir), 1);
}

Test(state, readonly_open_changes_nothing)
{
	char before[4096], after[4096];

	open_state();
	state_release(&st);
	picture(before, sizeof(before));
	cr_assert_eq(state_open_readonly(s.dir, "/data/out", &st, &err), 0);
	cr_assert_eq(st.log, -1);
	cr_assert_eq(st.lock, -1);
	cr_assert_not(st.fresh);
	cr_assert_geq(st.dir, 0);
	cr_assert_geq(st.tmp, 0);
	cr_assert_geq(st.partial, 0);
	cr_assert_geq(st.marks, 0);
	picture(after, sizeof(after));
	cr_assert_str_eq(before, after);
}

/* --- calls that fail ------------------------------------------------------ */

static int fail_at, calls; /* the call that fails, counted from 1 */
static struct sys_calls real;

static int fails(void)
{
	return ++calls == fail_at;
}

static int f_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	return fails() ? -ENOSPC : real.openat(dirfd, name, flags, mode);
}

static int f_mkdirat(int dirfd, const char *name, mode_t mode)
{
	return fails() ? -ENOSPC : real.mkdirat(dirfd, name, mode);
}

static ssize_t f_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	return fails() ? -ENOSPC : real.pwrite(fd, buf, n, off);
}

static int f_fsync(int fd)
{
	return fails() ? -EIO : real.fsync(fd);
}

static int f_renameat2(int fromfd, const char *from, int tofd, const char *to,
		       unsigned int flags)
{
	return fails() ? -ENOSPC
		       : real.renameat2(fromfd, from, tofd, to, flags);
}

Test(state, creation_that_failed_anywhere_can_be_completed)
{
	int failed = 0, r;

	real = sys;
	for (fail_at = 1; fail_at < 100; fail_at++) {
		calls = 0;
		sys.openat = f_openat;
		sys.mkdirat = f_mkdirat;
		sys.pwrite = f_pwrite;
		sys.fsync = f_fsync;
		sys.renameat2 = f_renameat2;
		err.text[0] = '\0';
		r = state_open(s.dir, "/data/out", &st, &err);
		sys = real;
		if (r < 0) {
			failed++;
			cr_assert_neq(err.text[0], '\0');
		}
		state_release(&st);
		open_state();
		state_release(&st);
		if (calls < fail_at)
			break;
		scratch_empty(dup(s.dir));
		cr_assert_eq(lseek(s.dir, 0, SEEK_SET), 0);
		cr_assert_eq(scratch_count(s.dir), 0);
	}
	/* all but the signature of the lock, which is for people */
	cr_assert_geq(failed, 9);
	cr_assert_lt(fail_at, 100);
}
