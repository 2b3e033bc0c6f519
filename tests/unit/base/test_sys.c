/* SPDX-License-Identifier: MIT */
#include <sys/xattr.h>

#include "base/util.h"
#include "unit/scratch.h"

static struct scratch s;

static void setup(void)
{
	s = scratch_open();
}

static void teardown(void)
{
	scratch_close(&s);
}

TestSuite(sys, .init = setup, .fini = teardown);

/* --- the table ------------------------------------------------------------ */

Test(sys, openat_adds_cloexec_and_returns_errors_as_numbers)
{
	auto_fd fd = sys.openat(s.dir, "a", O_WRONLY | O_CREAT | O_EXCL, 0600);

	cr_assert_geq(fd, 0);
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	errno = 0;
	cr_assert_eq(sys.openat(s.dir, "a", O_WRONLY | O_CREAT | O_EXCL, 0600),
		     -EEXIST);
}

Test(sys, calls_on_a_bad_descriptor_say_so)
{
	struct timespec now[2] = { 0 };

	cr_assert_eq(sys.openat(-1, "a", O_CREAT | O_WRONLY, 0600), -EBADF);
	cr_assert_eq(sys.pwrite(-1, "x", 1, 0), -EBADF);
	cr_assert_eq(sys.copy_file_range(-1, NULL, -1, NULL, 1), -EBADF);
	cr_assert_eq(sys.clone(-1, -1), -EBADF);
	cr_assert_eq(sys.ftruncate(-1, 0), -EBADF);
	cr_assert_eq(sys.fallocate(-1, 0, 0, 1), -EBADF);
	cr_assert_eq(sys.fsync(-1), -EBADF);
	cr_assert_eq(sys.fdatasync(-1), -EBADF);
	cr_assert_eq(sys.syncfs(-1), -EBADF);
	cr_assert_eq(sys.renameat2(-1, "a", -1, "b", 0), -EBADF);
	cr_assert_eq(sys.linkat(-1, "a", -1, "b", 0), -EBADF);
	cr_assert_eq(sys.unlinkat(-1, "a", 0), -EBADF);
	cr_assert_eq(sys.mkdirat(-1, "a", 0700), -EBADF);
	cr_assert_eq(sys.mknodat(-1, "a", S_IFREG, 0), -EBADF);
	cr_assert_eq(sys.symlinkat("a", -1, "b"), -EBADF);
	cr_assert_eq(sys.fchmod(-1, 0), -EBADF);
	cr_assert_eq(sys.fchown(-1, 0, 0), -EBADF);
	cr_assert_eq(sys.fchownat(-1, "a", 0, 0, 0), -EBADF);
	cr_assert_eq(sys.futimens(-1, now), -EBADF);
	cr_assert_eq(sys.fsetxattr(-1, "user.a", "x", 1, 0), -EBADF);
	cr_assert_eq(sys.fremovexattr(-1, "user.a"), -EBADF);
}

Test(sys, calls_on_names_do_what_they_say)
{
	struct stat st;

	cr_assert_eq(sys.mkdirat(s.dir, "d", 0700), 0);
	cr_assert_eq(sys.mknodat(s.dir, "d/f", S_IFREG | 0600, 0), 0);
	cr_assert_eq(sys.linkat(s.dir, "d/f", s.dir, "g", 0), 0);
	cr_assert_eq(sys.symlinkat("d/f", s.dir, "l"), 0);
	cr_assert_eq(sys.renameat2(s.dir, "g", s.dir, "l", RENAME_NOREPLACE),
		     -EEXIST);
	cr_assert_eq(sys.renameat2(s.dir, "g", s.dir, "h", 0), 0);
	cr_assert_eq(fstatat(s.dir, "h", &st, 0), 0);
	cr_assert_eq(st.st_nlink, 2);
	cr_assert_eq(sys.fchownat(s.dir, "l", getuid(), getgid(),
				  AT_SYMLINK_NOFOLLOW),
		     0);
	cr_assert_eq(sys.unlinkat(s.dir, "d", 0), -EISDIR);
	cr_assert_eq(sys.unlinkat(s.dir, "d/f", 0), 0);
	cr_assert_eq(sys.unlinkat(s.dir, "d", AT_REMOVEDIR), 0);
	cr_assert_not(scratch_exists(s.dir, "d"));
}

Test(sys, calls_on_descriptors_do_what_they_say)
{
	struct timespec times[2] = { { 1, 2 }, { 3, 4 } };
	struct stat st;
	char buf[8];
	auto_fd fd = sys.openat(s.dir, "a", O_RDWR | O_CREAT, 0600);

	cr_assert_eq(sys.pwrite(fd, "hello", 5, 3), 5);
	cr_assert_eq(sys.ftruncate(fd, 6), 0);
	cr_assert_eq(sys.fchmod(fd, 0640), 0);
	cr_assert_eq(sys.fchown(fd, getuid(), getgid()), 0);
	cr_assert_eq(sys.futimens(fd, times), 0);
	cr_assert_eq(sys.fsync(fd), 0);
	cr_assert_eq(sys.fdatasync(fd), 0);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(st.st_size, 6);
	cr_assert_eq(st.st_mode & 07777, 0640);
	cr_assert_eq(st.st_mtim.tv_sec, 3);
	cr_assert_eq(sys_pread_all(fd, buf, sizeof(buf), 0), 6);
	cr_assert_eq(memcmp(buf, "\0\0\0hel", 6), 0);
}

/* --- reading and writing whole -------------------------------------------- */

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static ssize_t pwrite_three(int fd, const void *buf, size_t n, off_t off)
{
	return real_pwrite(fd, buf, n < 3 ? n : 3, off);
}

static ssize_t pwrite_then_full(int fd, const void *buf, size_t n, off_t off)
{
	return off >= 3 ? -ENOSPC : pwrite_three(fd, buf, n, off);
}

static ssize_t pwrite_nothing(int fd, const void *buf, size_t n, off_t off)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)off;
	return 0;
}

Test(sys, pwrite_all_goes_on_after_short_writes)
{
	auto_fd fd = sys.openat(s.dir, "a", O_RDWR | O_CREAT, 0600);

	real_pwrite = sys.pwrite;
	sys.pwrite = pwrite_three;
	cr_assert_eq(sys_pwrite_all(fd, "hello world", 11, 2), 0);
	cr_assert_eq(sys.ftruncate(fd, 13), 0);
	cr_assert_eq(sys_pwrite_all(fd, "x ", 2, 0), 0);
	cr_assert(scratch_holds(s.dir, "a", "x hello world"));
}

Test(sys, pwrite_all_gives_the_error_of_a_later_write)
{
	auto_fd fd = sys.openat(s.dir, "a", O_RDWR | O_CREAT, 0600);

	real_pwrite = sys.pwrite;
	sys.pwrite = pwrite_then_full;
	cr_assert_eq(sys_pwrite_all(fd, "hello", 5, 0), -ENOSPC);
}

Test(sys, pwrite_all_ends_when_nothing_is_written)
{
	auto_fd fd = sys.openat(s.dir, "a", O_RDWR | O_CREAT, 0600);

	sys.pwrite = pwrite_nothing;
	cr_assert_eq(sys_pwrite_all(fd, "hello", 5, 0), -EIO);
	cr_assert_eq(sys_pwrite_all(fd, "hello", 0, 0), 0);
}

Test(sys, pread_all_stops_at_the_end_of_the_file)
{
	auto_fd fd = -1;
	char buf[16];

	scratch_write(s.dir, "a", "0123456789");
	fd = openat(s.dir, "a", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(sys_pread_all(fd, buf, 4, 2), 4);
	cr_assert_eq(memcmp(buf, "2345", 4), 0);
	cr_assert_eq(sys_pread_all(fd, buf, sizeof(buf), 7), 3);
	cr_assert_eq(sys_pread_all(fd, buf, sizeof(buf), 10), 0);
	cr_assert_eq(sys_pread_all(-1, buf, sizeof(buf), 0), -EBADF);
}

Test(sys, read_file_gives_all_and_a_nul)
{
	static char big[300000];
	char *data = NULL;
	size_t size = 0;

	memset(big, 'b', sizeof(big) - 1);
	scratch_write(s.dir, "big", big);
	cr_assert_eq(sys_read_file(s.dir, "big", sizeof(big), &data, &size), 0);
	cr_assert_eq(size, sizeof(big) - 1);
	cr_assert_str_eq(data, big);
	free(data);

	scratch_write(s.dir, "empty", "");
	cr_assert_eq(sys_read_file(s.dir, "empty", 0, &data, &size), 0);
	cr_assert_eq(size, 0);
	cr_assert_str_eq(data, "");
	free(data);
}

Test(sys, read_file_of_a_block_exactly)
{
	static char block[8193];
	char *data = NULL;
	size_t size = 0;

	for (size_t n = 4095; n <= 8192; n += n == 4097 ? 4094 : 1) {
		memset(block, 'c', n);
		block[n] = '\0';
		scratch_write(s.dir, "f", block);
		cr_assert_eq(sys_read_file(s.dir, "f", n, &data, &size), 0);
		cr_assert_eq(size, n);
		cr_assert_eq(data[n], '\0');
		free(data);
	}
}

Test(sys, read_file_refuses_more_than_the_limit)
{
	char *data = NULL;
	size_t size = 7;

	scratch_write(s.dir, "a", "12345");
	cr_assert_eq(sys_read_file(s.dir, "a", 4, &data, &size), -EFBIG);
	cr_assert_null(data);
	cr_assert_eq(size, 7);
	cr_assert_eq(sys_read_file(s.dir, "a", 5, &data, &size), 0);
	free(data);
}

Test(sys, read_file_reads_proc)
{
	char *data = NULL;
	size_t size = 0;

	cr_assert_eq(sys_read_file(AT_FDCWD, "/proc/self/status", 65536, &data,
				   &size),
		     0);
	cr_assert_not_null(strstr(data, "Pid:"));
	free(data);
}

Test(sys, read_file_of_what_is_no_file)
{
	char *data = NULL;
	size_t size;

	cr_assert_eq(sys_read_file(s.dir, "none", 9, &data, &size), -ENOENT);
	scratch_write(s.dir, "a", "x");
	cr_assert_eq(symlinkat("a", s.dir, "l"), 0);
	cr_assert_eq(sys_read_file(s.dir, "l", 9, &data, &size), -ELOOP);
	cr_assert_eq(mkdirat(s.dir, "d", 0700), 0);
	cr_assert_eq(sys_read_file(s.dir, "d", 9, &data, &size), -EISDIR);
	cr_assert_eq(mkfifoat(s.dir, "p", 0600), 0);
	cr_assert_eq(sys_read_file(s.dir, "p", 9, &data, &size), -EBADF);
	cr_assert_null(data);
}

Test(sys, open_file_opens_plain_files_below_alone)
{
	static const struct {
		const char *path;
		int code;
	} cases[] = {
		{ "none", -ENOENT },   { "link", -ELOOP },
		{ "pipe", -EBADF },    { "d", -EISDIR },
		{ "to-d/a", -ELOOP },  { "d/../a", 0 },
		{ "../a", -EXDEV },    { "/etc/passwd", -EXDEV },
		{ "d/a/b", -ENOTDIR },
	};
	static const int ways[] = { O_RDONLY, O_RDWR, O_WRONLY | O_APPEND };

	scratch_write(s.dir, "a", "x");
	cr_assert_eq(mkdirat(s.dir, "d", 0700), 0);
	scratch_write(s.dir, "d/a", "x");
	cr_assert_eq(symlinkat("a", s.dir, "link"), 0);
	cr_assert_eq(symlinkat("d", s.dir, "to-d"), 0);
	cr_assert_eq(mkfifoat(s.dir, "pipe", 0600), 0);
	for (size_t w = 0; w < ARRAY_SIZE(ways); w++)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			auto_fd fd =
				sys_open_file(s.dir, cases[i].path, ways[w]);

			/* without a reader, it is not even opened */
			if (fd == -ENXIO && !strcmp(cases[i].path, "pipe"))
				continue;
			cr_assert_eq(fd < 0 ? fd : 0, cases[i].code, "%s: %d",
				     cases[i].path, fd);
			cr_assert(fd < 0 || fcntl(fd, F_GETFD) & FD_CLOEXEC);
		}
}

Test(sys, open_file_makes_one_that_is_missing)
{
	auto_fd fd = sys_open_file(s.dir, "new", O_RDWR | O_CREAT);
	struct stat st;

	cr_assert_geq(fd, 0);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(st.st_mode, S_IFREG | 0600);
	cr_assert_eq(symlinkat("other", s.dir, "link"), 0);
	cr_assert_eq(sys_open_file(s.dir, "link", O_RDWR | O_CREAT), -ELOOP);
	cr_assert_eq(faccessat(s.dir, "other", F_OK, 0), -1);
	cr_assert_eq(mkfifoat(s.dir, "pipe", 0600), 0);
	cr_assert_eq(sys_open_file(s.dir, "pipe", O_RDWR | O_CREAT), -EBADF);
}

Test(sys, open_dir_follows_no_link)
{
	auto_fd fd = -1;

	cr_assert_eq(mkdirat(s.dir, "d", 0700), 0);
	cr_assert_eq(symlinkat("d", s.dir, "to-d"), 0);
	scratch_write(s.dir, "a", "x");
	fd = sys_open_dir(s.dir, "d");
	cr_assert_geq(fd, 0);
	cr_assert_eq(sys_open_dir(s.dir, "to-d"), -ELOOP);
	cr_assert_eq(sys_open_dir(s.dir, "a"), -ENOTDIR);
	cr_assert_eq(sys_open_dir(fd, ".."), -EXDEV);
}

/* --- replacing ------------------------------------------------------------ */

Test(sys, replace_file_makes_and_replaces)
{
	cr_assert_eq(sys_replace_file(s.dir, "a", "one", 3, false), 0);
	cr_assert(scratch_holds(s.dir, "a", "one"));
	cr_assert_eq(sys_replace_file(s.dir, "a", "second", 6, true), 0);
	cr_assert(scratch_holds(s.dir, "a", "second"));
	cr_assert_eq(sys_replace_file(s.dir, "a", "", 0, true), 0);
	cr_assert(scratch_holds(s.dir, "a", ""));
	cr_assert_eq(scratch_count(s.dir), 1);
}

Test(sys, replace_file_never_touches_the_old_file)
{
	auto_fd fd = -1;
	char buf[8];

	cr_assert_eq(sys_replace_file(s.dir, "a", "old", 3, false), 0);
	fd = openat(s.dir, "a", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(sys_replace_file(s.dir, "a", "new!", 4, false), 0);
	cr_assert_eq(sys_pread_all(fd, buf, sizeof(buf), 0), 3);
	cr_assert_eq(memcmp(buf, "old", 3), 0);
}

Test(sys, replace_file_takes_a_name_of_full_length)
{
	char name[256];

	memset(name, 'n', 255);
	name[255] = '\0';
	cr_assert_eq(sys_replace_file(s.dir, name, "x", 1, false), 0);
	cr_assert(scratch_holds(s.dir, name, "x"));
}

Test(sys, replace_file_passes_by_a_temp_that_a_crash_left)
{
	char name[64];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), ".idemfs-tmp.%ld.%d",
			 (long)getpid(), i);
		scratch_write(s.dir, name, "trash");
	}
	cr_assert_eq(sys_replace_file(s.dir, "a", "x", 1, false), 0);
	cr_assert(scratch_holds(s.dir, "a", "x"));
	cr_assert(scratch_holds(s.dir, name, "trash"));
}

static int fail_at, calls; /* the call that fails, counted from 1 */
static struct sys_calls real;

static int fails(void)
{
	return ++calls == fail_at;
}

static int f_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	return fails() ? -EIO : real.openat(dirfd, name, flags, mode);
}

static ssize_t f_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	return fails() ? -EIO : real.pwrite(fd, buf, n, off);
}

static int f_fsync(int fd)
{
	return fails() ? -EIO : real.fsync(fd);
}

static int f_renameat2(int fromfd, const char *from, int tofd, const char *to,
		       unsigned int flags)
{
	return fails() ? -EIO : real.renameat2(fromfd, from, tofd, to, flags);
}

Test(sys, replace_file_leaves_old_or_new_whole_whichever_call_fails)
{
	cr_assert_eq(sys_replace_file(s.dir, "a", "old", 3, true), 0);
	real = sys;
	sys.openat = f_openat;
	sys.pwrite = f_pwrite;
	sys.fsync = f_fsync;
	sys.renameat2 = f_renameat2;

	for (fail_at = 1; fail_at <= 5; fail_at++) {
		calls = 0;
		cr_assert_eq(sys_replace_file(s.dir, "a", "new", 3, true), -EIO,
			     "call %d", fail_at);
		/* open, write, fsync, rename; then the directory's fsync */
		cr_assert(
			scratch_holds(s.dir, "a", fail_at < 5 ? "old" : "new"),
			"call %d", fail_at);
		cr_assert_eq(scratch_count(s.dir), 1, "call %d", fail_at);
	}
	calls = 0;
	cr_assert_eq(sys_replace_file(s.dir, "a", "new", 3, true), 0);
	cr_assert_eq(calls, 5);
}

Test(sys, replace_file_that_need_not_last_is_not_synced)
{
	real = sys;
	sys.fsync = f_fsync;
	fail_at = 1;
	cr_assert_eq(sys_replace_file(s.dir, "a", "x", 1, false), 0);
	cr_assert_eq(calls, 0);
}
