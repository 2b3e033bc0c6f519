/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/util.h"
#include "core/backing/state.h"
#include "core/quarantine/quarantine.h"
#include "unit/core/quarantine/sample.h"
#include "unit/scratch.h"

static struct scratch s;
static int from, partial; /* directories */

static void setup(void)
{
	s = scratch_open();
	cr_assert_eq(mkdirat(s.dir, "from", 0700), 0);
	cr_assert_eq(mkdirat(s.dir, "partial", 0700), 0);
	from = openat(s.dir, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	partial = openat(s.dir, "partial", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert(from >= 0 && partial >= 0);
}

static void teardown(void)
{
	close(from);
	close(partial);
	scratch_close(&s);
}

TestSuite(quarantine, .init = setup, .fini = teardown);

/* Puts a file of this content under @path; its number. */
static uint64_t put(char *path, const char *content)
{
	struct partial p = sample_record(path);
	uint64_t id = 0;

	p.size = (int64_t)strlen(content);
	scratch_write(from, "temp", content);
	cr_assert_eq(quarantine_put(partial, from, "temp", &p, &id), 0);
	cr_assert_not(scratch_exists(from, "temp"));
	cr_assert_gt(id, 0);
	return id;
}

static int holds(uint64_t id, const char *content)
{
	char name[32];

	snprintf(name, sizeof(name), "%lu", id);
	return scratch_holds(partial, name, content);
}

/* --- put, list, open, drop ------------------------------------------------ */

Test(quarantine, put_moves_the_file_and_keeps_the_record)
{
	char path[] = "sub/dir/name";
	uint64_t id = put(path, "hello");
	struct partial_list l = { 0 };
	struct partial p = sample_record(path);

	cr_assert(holds(id, "hello"));
	cr_assert_eq(scratch_count(from), 0);
	cr_assert_eq(scratch_count(partial), 2);
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, 1);
	cr_assert_eq(l.items[0].id, id);
	sample_same(&l.items[0], &p);
	partial_list_release(&l);
	cr_assert_eq(l.count, 0);
	partial_list_release(&l);
}

Test(quarantine, put_moves_the_very_file)
{
	struct partial p = sample_record((char[]){ "f" });
	struct stat before, after;
	uint64_t id = 0;
	char name[32];

	scratch_write(from, "temp", "x");
	cr_assert_eq(fstatat(from, "temp", &before, 0), 0);
	cr_assert_eq(quarantine_put(partial, from, "temp", &p, &id), 0);
	snprintf(name, sizeof(name), "%lu", id);
	cr_assert_eq(fstatat(partial, name, &after, 0), 0);
	cr_assert_eq(before.st_ino, after.st_ino);
}

Test(quarantine, put_takes_odd_names)
{
	static const char *const names[] = {
		"-rf",	 "a b",		  "new\nline", "\xff\xfe", "1",
		"1.txt", ".idemfs-tmp.x", "*",	       "last",
	};
	struct partial_list l = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[64];
		struct partial p;
		uint64_t id = 0;

		snprintf(path, sizeof(path), "d/%s", names[i]);
		p = sample_record(path);
		scratch_write(from, names[i], names[i]);
		cr_assert_eq(quarantine_put(partial, from, names[i], &p, &id),
			     0);
		cr_assert(holds(id, names[i]));
	}
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, ARRAY_SIZE(names));
	for (size_t i = 0; i < l.count; i++) {
		cr_assert_str_eq(l.items[i].path + 2, names[i]);
		cr_assert(i == 0 || l.items[i].id > l.items[i - 1].id);
	}
	partial_list_release(&l);
}

Test(quarantine, put_of_what_is_not_there_leaves_nothing)
{
	struct partial p = sample_record((char[]){ "f" });
	uint64_t id = 42;

	cr_assert_eq(quarantine_put(partial, from, "none", &p, &id), -ENOENT);
	cr_assert_eq(id, 42);
	cr_assert_eq(scratch_count(partial), 0);
	cr_assert_eq(quarantine_put(-1, from, "none", &p, &id), -EBADF);
}

Test(quarantine, numbers_grow_and_none_comes_twice)
{
	char path[] = "f";
	uint64_t a = put(path, "a"), b = put(path, "b"), c;

	cr_assert_gt(b, a);
	cr_assert_eq(quarantine_drop(partial, b), 0);
	c = put(path, "c");
	cr_assert_gt(c, b);
	cr_assert(holds(a, "a"));
	cr_assert(holds(c, "c"));
}

/* Puts as another process, which has seen none of our numbers. */
static uint64_t put_afresh(void)
{
	int pipes[2];
	uint64_t id = 0;
	char path[] = "f";
	pid_t pid;

	cr_assert_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		struct partial p = sample_record(path);

		scratch_write(from, "temp", "afresh");
		if (quarantine_put(partial, from, "temp", &p, &id) == 0 &&
		    write(pipes[1], &id, sizeof(id)) < 0)
			_exit(1);
		_exit(0);
	}
	close(pipes[1]);
	cr_assert_eq(read(pipes[0], &id, sizeof(id)), (ssize_t)sizeof(id));
	close(pipes[0]);
	return id;
}

Test(quarantine, numbers_go_on_after_a_restart)
{
	uint64_t a = put_afresh(), b = put_afresh(), c;

	cr_assert_gt(b, a);
	cr_assert_eq(quarantine_drop(partial, a), 0);
	cr_assert_eq(quarantine_drop(partial, b), 0);
	c = put_afresh();
	cr_assert_gt(c, b);
	cr_assert_eq(quarantine_drop(partial, c), 0);
	cr_assert_gt(put_afresh(), c);
}

Test(quarantine, numbers_go_on_though_the_note_of_the_last_is_damaged)
{
	static const char *const texts[] = {
		"",
		"x",
		"-5",
		"99999999999999999999999",
		"18446744073709551615",
	};
	uint64_t a = put_afresh();

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint64_t b;

		scratch_write(partial, "last", texts[i]);
		b = put_afresh();
		cr_assert_gt(b, a);
		cr_assert_leq(b, a + 1);
		a = b;
	}
}

Test(quarantine, bytes_without_a_record_are_never_overwritten)
{
	scratch_write(partial, "7", "orphan");
	cr_assert_gt(put((char[]){ "f" }, "new"), 7);
	cr_assert(scratch_holds(partial, "7", "orphan"));
}

Test(quarantine, bytes_that_appear_later_are_never_overwritten)
{
	uint64_t id = put((char[]){ "f" }, "first"), next = 99;
	struct partial p = sample_record((char[]){ "f" });
	char name[32];

	snprintf(name, sizeof(name), "%lu", id + 1);
	scratch_write(partial, name, "by hand");
	scratch_write(from, "temp", "second");
	cr_assert_eq(quarantine_put(partial, from, "temp", &p, &next), -EEXIST);
	cr_assert(scratch_holds(partial, name, "by hand"));
	cr_assert(scratch_holds(from, "temp", "second"));
	cr_assert_eq(quarantine_put(partial, from, "temp", &p, &next), 0);
	cr_assert(holds(next, "second"));
}

Test(quarantine, record_without_bytes_is_a_trace_that_goes)
{
	struct partial_list l = { 0 };
	uint64_t id;

	scratch_write(partial, "12.txt", SAMPLE_TEXT);
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, 0);
	cr_assert_eq(quarantine_count(partial), 0);
	cr_assert_eq(quarantine_open(partial, 12), -ENOENT);
	cr_assert_eq(quarantine_drop(partial, 12), -ENOENT);
	cr_assert(scratch_exists(partial, "12.txt"));

	id = put((char[]){ "f" }, "x");
	cr_assert_gt(id, 12);
	cr_assert_not(scratch_exists(partial, "12.txt"));
	partial_list_release(&l);
}

Test(quarantine, bytes_with_a_bad_record_are_listed_without_a_path)
{
	static const char *const records[] = {
		NULL,
		"",
		"garbage",
		"idemfs-partial 1\npath a\n",
		"idemfs-partial 9\n",
	};
	struct partial_list l = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		char name[32];

		snprintf(name, sizeof(name), "%zu", i + 1);
		scratch_write(partial, name, "12345");
		strcat(name, ".txt");
		if (records[i])
			scratch_write(partial, name, records[i]);
	}
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, ARRAY_SIZE(records));
	for (size_t i = 0; i < l.count; i++) {
		cr_assert_eq(l.items[i].id, i + 1);
		cr_assert_str_eq(l.items[i].path, "");
		cr_assert_str_eq(l.items[i].command, "");
		cr_assert_str_eq(l.items[i].why, "");
		cr_assert_eq(l.items[i].size, 5);
		cr_assert_gt(l.items[i].time.tv_sec, 0);
	}
	partial_list_release(&l);
}

Test(quarantine, record_that_is_a_link_or_a_pipe_is_not_followed)
{
	struct partial_list l = { 0 };

	scratch_write(s.dir, "outside", SAMPLE_TEXT);
	scratch_write(partial, "1", "x");
	scratch_write(partial, "2", "x");
	cr_assert_eq(symlinkat("../outside", partial, "1.txt"), 0);
	cr_assert_eq(mkfifoat(partial, "2.txt", 0600), 0);
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, 2);
	cr_assert_str_eq(l.items[0].path, "");
	cr_assert_str_eq(l.items[1].path, "");
	partial_list_release(&l);

	cr_assert_eq(symlinkat("../outside", partial, "3"), 0);
	cr_assert_eq(quarantine_open(partial, 3), -ELOOP);
}

Test(quarantine, names_that_are_no_numbers_are_passed_by)
{
	static const char *const names[] = {
		"0",
		"01",
		"1x",
		"x1",
		".1",
		"1.tx",
		"1.txtx",
		"-1",
		"last",
		" 1",
		".idemfs-tmp.1.2",
		"99999999999999999999999999",
	};
	struct partial_list l = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		scratch_write(partial, names[i], "x");
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, 0);
	cr_assert_eq(quarantine_count(partial), 0);
	cr_assert_lt(put((char[]){ "f" }, "y"), 1000);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		cr_assert(scratch_holds(partial, names[i], "x"), "%s",
			  names[i]);
	partial_list_release(&l);
}

Test(quarantine, count_and_list_do_not_disturb_each_other)
{
	struct partial_list l = { 0 };

	for (int i = 0; i < 300; i++)
		put((char[]){ "f" }, "x");
	cr_assert_eq(quarantine_count(partial), 300);
	cr_assert_eq(quarantine_count(partial), 300);
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, 300);
	for (size_t i = 1; i < l.count; i++)
		cr_assert_gt(l.items[i].id, l.items[i - 1].id);
	partial_list_release(&l);
	cr_assert_eq(quarantine_count(-1), -EBADF);
	cr_assert_eq(quarantine_list(-1, &l), -EBADF);
}

Test(quarantine, open_reads_the_bytes)
{
	uint64_t id = put((char[]){ "f" }, "hello");
	auto_fd fd = quarantine_open(partial, id);
	char buf[16];

	cr_assert_geq(fd, 0);
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(sys_pread_all(fd, buf, sizeof(buf), 0), 5);
	cr_assert_eq(memcmp(buf, "hello", 5), 0);
	cr_assert_lt(write(fd, "x", 1), 0);
	cr_assert_eq(quarantine_open(partial, id + 1), -ENOENT);
	cr_assert_eq(quarantine_open(partial, 0), -ENOENT);
}

Test(quarantine, drop_forgets_bytes_and_record)
{
	uint64_t a = put((char[]){ "a" }, "a"), b = put((char[]){ "b" }, "b");
	char name[32];

	cr_assert_eq(quarantine_drop(partial, a), 0);
	cr_assert_eq(quarantine_open(partial, a), -ENOENT);
	snprintf(name, sizeof(name), "%lu.txt", a);
	cr_assert_not(scratch_exists(partial, name));
	cr_assert_eq(quarantine_drop(partial, a), -ENOENT);
	cr_assert(holds(b, "b"));
	cr_assert_eq(quarantine_count(partial), 1);
}

Test(quarantine, drop_of_bytes_that_lost_their_record)
{
	scratch_write(partial, "3", "x");
	cr_assert_eq(quarantine_drop(partial, 3), 0);
	cr_assert_not(scratch_exists(partial, "3"));
}

/* --- many at once --------------------------------------------------------- */

#define PUTTERS 8
#define PUTS 50

static void *putter(void *arg)
{
	char path[64], name[32];
	struct partial p;
	uint64_t id = 0;

	for (int i = 0; i < PUTS; i++) {
		snprintf(name, sizeof(name), "temp-%d-%d", *(int *)arg, i);
		snprintf(path, sizeof(path), "d/%s", name);
		p = sample_record(path);
		scratch_write(from, name, path);
		if (quarantine_put(partial, from, name, &p, &id) < 0)
			return arg;
	}
	return NULL;
}

Test(quarantine, puts_at_once_do_not_mix)
{
	pthread_t threads[PUTTERS];
	struct partial_list l = { 0 };
	int numbers[PUTTERS];
	void *failed;

	for (int i = 0; i < PUTTERS; i++) {
		numbers[i] = i;
		cr_assert_eq(
			pthread_create(&threads[i], NULL, putter, &numbers[i]),
			0);
	}
	for (int i = 0; i < PUTTERS; i++) {
		pthread_join(threads[i], &failed);
		cr_assert_null(failed);
	}
	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, PUTTERS * PUTS);
	for (size_t i = 0; i < l.count; i++)
		cr_assert(holds(l.items[i].id, l.items[i].path), "%s",
			  l.items[i].path);
	cr_assert_eq(scratch_count(from), 0);
	partial_list_release(&l);
}

/* --- calls that fail ------------------------------------------------------ */

static struct sys_calls real;
static int fail_at, calls;

static ssize_t full_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)off;
	return -ENOSPC;
}

static int full_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	(void)dirfd;
	(void)name;
	(void)flags;
	(void)mode;
	return -ENOSPC;
}

static int failing_renameat2(int fromfd, const char *old, int tofd,
			     const char *new, unsigned int flags)
{
	(void)fromfd;
	(void)old;
	(void)tofd;
	(void)new;
	(void)flags;
	return -EIO;
}

static int simple_renameat2(int fromfd, const char *old, int tofd,
			    const char *new, unsigned int flags)
{
	return flags ? -EINVAL : real.renameat2(fromfd, old, tofd, new, flags);
}

static int far_renameat2(int fromfd, const char *old, int tofd, const char *new,
			 unsigned int flags)
{
	return fromfd == from ? -EXDEV
			      : real.renameat2(fromfd, old, tofd, new, flags);
}

Test(quarantine, full_disk_costs_the_record_and_not_the_bytes)
{
	struct partial p = sample_record((char[]){ "f" });
	struct partial_list l = { 0 };
	uint64_t id = 0;

	scratch_write(from, "one", "worth keeping");
	scratch_write(from, "two", "this too");
	real = sys;
	sys.pwrite = full_pwrite;
	cr_assert_eq(quarantine_put(partial, from, "one", &p, &id), 0);
	cr_assert(holds(id, "worth keeping"));
	sys.openat = full_openat;
	cr_assert_eq(quarantine_put(partial, from, "two", &p, &id), 0);
	cr_assert(holds(id, "this too"));
	sys = real;

	cr_assert_eq(quarantine_list(partial, &l), 0);
	cr_assert_eq(l.count, 2);
	cr_assert_str_eq(l.items[0].path, "");
	cr_assert_str_eq(l.items[1].path, "");
	partial_list_release(&l);
}

Test(quarantine, failed_rename_leaves_the_file_where_it_was)
{
	struct partial p = sample_record((char[]){ "f" });
	uint64_t id = 0;

	scratch_write(from, "temp", "content");
	sys.renameat2 = failing_renameat2;
	cr_assert_eq(quarantine_put(partial, from, "temp", &p, &id), -EIO);
	cr_assert(scratch_holds(from, "temp", "content"));
	cr_assert_eq(scratch_count(partial), 0);
}

Test(quarantine, put_works_where_rename_knows_no_flags)
{
	real = sys;
	sys.renameat2 = simple_renameat2;
	cr_assert(holds(put((char[]){ "f" }, "content"), "content"));
}

/* Makes a sparse file with 3 bytes at each end of 8 MiB. */
static void write_sparse(const char *name)
{
	auto_fd fd = openat(from, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_eq(pwrite(fd, "abc", 3, 0), 3);
	cr_assert_eq(pwrite(fd, "xyz", 3, (8 << 20) - 3), 3);
}

static void check_sparse(uint64_t id)
{
	auto_fd fd = quarantine_open(partial, id);
	char buf[8] = "";
	struct stat b;

	cr_assert_eq(fstat(fd, &b), 0);
	cr_assert_eq(b.st_size, 8 << 20);
	cr_assert_lt(b.st_blocks * 512, 4 << 20);
	cr_assert_eq(pread(fd, buf, 4, 0), 4);
	cr_assert_eq(memcmp(buf, "abc\0", 4), 0);
	cr_assert_eq(pread(fd, buf, 4, (8 << 20) - 4), 4);
	cr_assert_eq(memcmp(buf, "\0xyz", 4), 0);
}

Test(quarantine, put_from_another_filesystem_copies)
{
	struct partial p = sample_record((char[]){ "f" });
	uint64_t id = 0;

	real = sys;
	sys.renameat2 = far_renameat2;
	cr_assert(holds(put((char[]){ "f" }, "far away"), "far away"));
	cr_assert(holds(put((char[]){ "f" }, ""), ""));
	write_sparse("sparse");
	cr_assert_eq(quarantine_put(partial, from, "sparse", &p, &id), 0);
	check_sparse(id);
	cr_assert_eq(scratch_count(from), 0);
}

Test(quarantine, put_from_another_filesystem_keeps_the_owner)
{
	struct partial p = sample_record((char[]){ "f" });
	struct stat st;
	uint64_t id = 0;

	if (geteuid() != 0)
		scratch_skip(&s, "needs root to give something away");
	real = sys;
	sys.renameat2 = far_renameat2;
	scratch_write(from, "f", "bytes");
	cr_assert_eq(fchownat(from, "f", 3333, 4444, 0), 0);
	cr_assert_eq(fchmodat(from, "f", 06755, 0), 0);
	cr_assert_eq(quarantine_put(partial, from, "f", &p, &id), 0);
	auto_fd fd = quarantine_open(partial, id);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(st.st_uid, 3333);
	cr_assert_eq(st.st_gid, 4444);
	cr_assert_eq(st.st_mode, S_IFREG | 0755);
}

static ssize_t no_copy_file_range(int in, off_t *in_off, int out,
				  off_t *out_off, size_t n)
{
	(void)in;
	(void)in_off;
	(void)out;
	(void)out_off;
	(void)n;
	return -EXDEV;
}

Test(quarantine, put_copies_by_hand_where_the_kernel_does_not)
{
	static char big[300001];

	real = sys;
	sys.renameat2 = far_renameat2;
	sys.copy_file_range = no_copy_file_range;
	for (size_t i = 0; i + 1 < sizeof(big); i++)
		big[i] = (char)('a' + i % 23);
	cr_assert(holds(put((char[]){ "f" }, big), big));
}

/* What a crash has left of a copy has a name that may come again. */
Test(quarantine, copy_of_a_crash_is_in_nobodys_way)
{
	real = sys;
	sys.renameat2 = far_renameat2;
	scratch_write(partial, STATE_TEMP_PREFIX "copy-0", "left by a crash");
	cr_assert_eq(quarantine_count(partial), 0);
	cr_assert(holds(put((char[]){ "f" }, "far away"), "far away"));
	cr_assert_not(scratch_exists(partial, STATE_TEMP_PREFIX "copy-0"));
}

static ssize_t bad_copy_file_range(int in, off_t *in_off, int out,
				   off_t *out_off, size_t n)
{
	(void)in;
	(void)in_off;
	(void)out;
	(void)out_off;
	(void)n;
	return -EIO;
}

/* It is not tried by hand what the disk has refused. */
Test(quarantine, disk_that_fails_is_no_reason_to_copy_by_hand)
{
	struct partial p = sample_record((char[]){ "f" });
	uint64_t id = 0;

	real = sys;
	sys.renameat2 = far_renameat2;
	sys.copy_file_range = bad_copy_file_range;
	scratch_write(from, "temp", "content");
	cr_assert_eq(quarantine_put(partial, from, "temp", &p, &id), -EIO);
	cr_assert(scratch_holds(from, "temp", "content"));
	cr_assert_eq(scratch_count(partial), 0);
}

Test(quarantine, rename_alone_leaves_what_is_far_away)
{
	struct partial p = sample_record((char[]){ "f" });
	auto_free char *copy = NULL;
	uint64_t id = 0;
	auto_fd fd = -1;

	real = sys;
	sys.renameat2 = far_renameat2;
	scratch_write(from, "temp", "content");
	cr_assert_eq(quarantine_rename(partial, from, "temp", &p, &id), -EXDEV);
	cr_assert_eq(scratch_count(partial), 0);
	fd = openat(from, "temp", O_RDONLY);
	cr_assert_eq(quarantine_copy(partial, fd, &copy), 0);
	cr_assert_eq(quarantine_count(partial), 0);
	cr_assert_eq(quarantine_rename(partial, partial, copy, &p, &id), 0);
	cr_assert(holds(id, "content"));
	cr_assert(scratch_holds(from, "temp", "content"));
}

Test(quarantine, put_really_crosses_filesystems)
{
	struct partial p = sample_record((char[]){ "f" });
	uint64_t id = 0;
	char path[300];

	snprintf(path, sizeof(path), "%s/from", s.path);
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", path, "tmpfs", 0, "mode=700") < 0)
		scratch_skip(&s, "needs the right to mount");
	close(from);
	from = openat(s.dir, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch_write(from, "temp", "from afar");
	cr_assert_eq(quarantine_put(partial, from, "temp", &p, &id), 0);
	cr_assert(holds(id, "from afar"));
	cr_assert_eq(scratch_count(from), 0);
	close(from);
	from = -1;
	cr_assert_eq(umount2(path, MNT_DETACH), 0);
}

static int fails(void)
{
	return ++calls == fail_at;
}

static int f_openat(int dirfd, const char *name, int flags, mode_t mode)
{
	return fails() ? -ENOSPC : real.openat(dirfd, name, flags, mode);
}

static int f_ftruncate(int fd, off_t size)
{
	return fails() ? -EFBIG : real.ftruncate(fd, size);
}

static ssize_t f_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	return fails() ? -ENOSPC : real.pwrite(fd, buf, n, off);
}

static int f_fsync(int fd)
{
	return fails() ? -EIO : real.fsync(fd);
}

static int f_unlinkat(int dirfd, const char *name, int flags)
{
	/* The cleaning up after a failure is not what is tried here. */
	return dirfd == from && fails() ? -EIO
					: real.unlinkat(dirfd, name, flags);
}

Test(quarantine, copy_that_fails_anywhere_loses_no_byte)
{
	struct partial p = sample_record((char[]){ "f" });
	uint64_t id;
	int r, failed = 0;

	real = sys;
	sys.renameat2 = far_renameat2;
	sys.copy_file_range = no_copy_file_range;
	sys.openat = f_openat;
	sys.ftruncate = f_ftruncate;
	sys.pwrite = f_pwrite;
	sys.fsync = f_fsync;
	sys.unlinkat = f_unlinkat;
	for (fail_at = 1; fail_at < 20; fail_at++) {
		scratch_write(from, "temp", "content");
		calls = 0;
		id = 0;
		r = quarantine_put(partial, from, "temp", &p, &id);
		if (r < 0) {
			failed++;
			cr_assert(scratch_holds(from, "temp", "content"));
			cr_assert_eq(scratch_count(partial), 0, "call %d",
				     fail_at);
		} else {
			cr_assert(holds(id, "content"));
			cr_assert_not(scratch_exists(from, "temp"));
			scratch_empty(openat(partial, ".", O_RDONLY));
		}
		if (calls < fail_at)
			break;
	}
	/* open, ftruncate, pwrite, fsync, unlink of the copy */
	cr_assert_eq(failed, 5);
	cr_assert_lt(fail_at, 20);
}
