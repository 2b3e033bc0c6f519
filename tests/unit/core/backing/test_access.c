/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "core/backing/access.h"
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

TestSuite(access, .init = setup, .fini = teardown);

static struct caller user(uid_t uid, gid_t gid)
{
	return (struct caller){ .uid = uid, .gid = gid };
}

/* A file that is ours, with @mode. */
static int file(mode_t mode)
{
	int fd;

	scratch_write(s.dir, "f", "x");
	fd = openat(s.dir, "f", O_PATH | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fchmodat(s.dir, "f", mode, 0), 0);
	return fd;
}

static const struct {
	mode_t mode;
	bool owner, group;
	int flags, want;
} cases[] = {
	{ 0600, true, false, O_RDWR, 0 },
	{ 0400, true, true, O_WRONLY, -EACCES },
	{ 0400, true, false, O_RDONLY | O_TRUNC, -EACCES },
	{ 0066, true, true, O_RDONLY, -EACCES },
	{ 0640, false, true, O_RDONLY, 0 },
	{ 0640, false, true, O_WRONLY, -EACCES },
	{ 0606, false, true, O_RDONLY, -EACCES },
	{ 0604, false, false, O_RDONLY, 0 },
	{ 0604, false, false, O_RDWR, -EACCES },
	{ 0602, false, false, O_WRONLY | O_TRUNC, 0 },
	{ 0600, false, false, O_RDONLY, -EACCES },
};

Test(access, first_class_that_fits_decides)
{
	const uid_t me = getuid() ? getuid() : 12345;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_fd fd = file(cases[i].mode);
		struct caller by = user(cases[i].owner ? me : me + 1,
					cases[i].group ? getgid() : 54321);

		if (fchownat(s.dir, "f", me, getgid(), 0) < 0)
			cr_skip_test("needs a file of a user other than root");
		cr_assert_eq(access_open(fd, &by, cases[i].flags),
			     cases[i].want, "case %zu", i);
	}
}

Test(access, directory_is_entered_by_x_and_changed_by_w)
{
	auto_fd fd = file(0731);
	struct caller by = user(getuid() + 1, getgid());

	cr_assert_eq(access_dir(fd, &by, false), 0);
	cr_assert_eq(access_dir(fd, &by, true), 0);
	by.gid++;
	cr_assert_eq(access_dir(fd, &by, false), 0);
	cr_assert_eq(access_dir(fd, &by, true), -EACCES);
	cr_assert_eq(fchmodat(s.dir, "f", 0766, 0), 0);
	cr_assert_eq(access_dir(fd, &by, false), -EACCES);
	cr_assert_eq(access_dir(fd, &by, true), -EACCES);
}

Test(access, root_may)
{
	auto_fd fd = file(0);
	struct caller by = user(0, 0);

	cr_assert_eq(access_open(fd, &by, O_RDWR), 0);
	cr_assert_eq(access_dir(fd, &by, true), 0);
}

Test(access, what_an_acl_would_give_is_not_given)
{
	/* version 2; user::rw-, user:1:rw-, group::---, mask::rw-, other::rw- */
	static const unsigned char acl[] = {
		2,    0,    0,	  0,	1,    0,    6,	0,    0xff, 0xff, 0xff,
		0xff, 2,    0,	  6,	0,    1,    0,	0,    0,    4,	  0,
		0,    0,    0xff, 0xff, 0xff, 0xff, 16, 0,    6,    0,	  0xff,
		0xff, 0xff, 0xff, 32,	0,    6,    0,	0xff, 0xff, 0xff, 0xff,
	};
	auto_fd fd = file(0666);
	auto_fd open = openat(s.dir, "f", O_RDWR | O_CLOEXEC);
	struct caller by = user(getuid() + 1, getgid());

	if (fsetxattr(open, "system.posix_acl_access", acl, sizeof(acl), 0) < 0)
		cr_skip_test("no ACLs here");
	cr_assert_eq(access_open(fd, &by, O_RDONLY), -EACCES);
}

Test(access, groups_are_read_from_status)
{
	static const char text[] = "Name:\tx\\nGroups: 9\nGid:\t1\n"
				   "Groups:\t10 200 3000 \nNStgid:\t4000\n";

	cr_assert(access_parse_groups(text, 10));
	cr_assert(access_parse_groups(text, 200));
	cr_assert(access_parse_groups(text, 3000));
	cr_assert_not(access_parse_groups(text, 9));
	cr_assert_not(access_parse_groups(text, 1));
	cr_assert_not(access_parse_groups(text, 20));
	cr_assert_not(access_parse_groups(text, 4000));
	cr_assert_not(access_parse_groups("Name:\tx\nGroups:\t\n", 0));
	cr_assert_not(access_parse_groups("Name:\tx\n", 0));
	cr_assert_not(access_parse_groups("", 0));
}

Test(access, sticky_protects_the_files_of_others)
{
	struct stat dir = { .st_mode = S_IFDIR | 01777, .st_uid = 1 };
	struct stat theirs = { .st_uid = 2 }, own = { .st_uid = 3 };

	cr_assert_eq(access_replace(&dir, &theirs, &own, 3), -EPERM);
	cr_assert_eq(access_replace(&dir, &theirs, &own, 0), 0);
	cr_assert_eq(access_replace(&dir, &theirs, &own, 1), 0);
	cr_assert_eq(access_replace(&dir, &theirs, &own, 2), 0);
	cr_assert_eq(access_replace(&dir, &own, &own, 3), 0);
	dir.st_mode = S_IFDIR | 0777;
	cr_assert_eq(access_replace(&dir, &theirs, &own, 3), 0);
}

static void *make_as_another(void *arg)
{
	struct caller by = user(12345, 54321);
	struct access a = { 0 };
	int fd;

	(void)arg;
	cr_assert_eq(access_begin(&a, &by), 0);
	/* where only root may search: the thread keeps that right */
	fd = openat(s.dir, "theirs", O_CREAT | O_EXCL | O_WRONLY, 0600);
	cr_assert_geq(fd, 0);
	close(fd);
	access_end(&a);
	fd = openat(s.dir, "ours", O_CREAT | O_EXCL | O_WRONLY, 0600);
	cr_assert_geq(fd, 0);
	close(fd);
	return NULL;
}

static void owner(const char *name, uid_t uid, gid_t gid)
{
	struct stat st;

	cr_assert_eq(fstatat(s.dir, name, &st, 0), 0);
	cr_assert_eq(st.st_uid, uid, "%s: %u", name, st.st_uid);
	cr_assert_eq(st.st_gid, gid, "%s: %u", name, st.st_gid);
}

Test(access, files_are_made_as_the_caller_by_one_thread)
{
	pthread_t thread;

	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_assert_eq(fchmod(s.dir, 0700), 0);
	cr_assert_eq(pthread_create(&thread, NULL, make_as_another, NULL), 0);
	pthread_join(thread, NULL);
	owner("theirs", 12345, 54321);
	owner("ours", 0, getegid());
}

static uint64_t effective(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	cr_assert_eq(syscall(SYS_capget, &head, data), 0);
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

static bool have(int cap)
{
	return effective() >> cap & 1;
}

static void *write_as_others(void *arg)
{
	struct caller by = user(12345, 54321), root = user(0, 0);
	struct access a = { 0 }, b = { 0 };

	(void)arg;
	cr_assert_eq(access_confine(), 0);
	cr_assert_not(have(CAP_SYS_RESOURCE));
	cr_assert(have(CAP_DAC_OVERRIDE) && have(CAP_SYS_ADMIN));
	cr_assert_eq(access_write(&a, &root, s.dir), 0);
	cr_assert(have(CAP_FSETID), "root keeps set-id bits");
	access_end(&a);
	cr_assert_eq(access_write(&a, &by, s.dir), 0);
	cr_assert_eq(syscall(SYS_setfsuid, -1), 12345);
	cr_assert(have(CAP_DAC_OVERRIDE) && !have(CAP_FSETID));
	/* one in the other */
	cr_assert_eq(access_begin(&b, &(struct caller){ .uid = 9 }), 0);
	access_end(&b);
	cr_assert_eq(syscall(SYS_setfsuid, -1), 12345);
	cr_assert_eq(syscall(SYS_setfsgid, -1), 54321);
	access_end(&a);
	cr_assert_eq(syscall(SYS_setfsuid, -1), 0);
	cr_assert(have(CAP_FSETID));
	return NULL;
}

Test(access, who_serves_gives_up_what_is_not_needed)
{
	pthread_t thread;

	if (geteuid() != 0)
		cr_skip_test("needs root");
	cr_assert_eq(pthread_create(&thread, NULL, write_as_others, NULL), 0);
	pthread_join(thread, NULL);
}

static void give(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	cr_assert_eq(fchownat(s.dir, name, uid, gid, 0), 0);
	cr_assert_eq(fchmodat(s.dir, name, mode, 0), 0);
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	cr_assert_eq(fstatat(s.dir, name, &st, 0), 0);
	return st.st_mode & 07777;
}

static int chmod_as(const struct caller *by, gid_t gid, mode_t mode)
{
	struct access a = { 0 };
	int r;

	cr_assert_eq(access_change(&a, by, gid), 0);
	r = fchmodat(s.dir, "f", mode, 0) < 0 ? -errno : 0;
	access_end(&a);
	cr_assert(have(CAP_FOWNER) && have(CAP_CHOWN) && have(CAP_FSETID));
	return r;
}

static void *change_as_another(void *arg)
{
	struct caller by = user(12345, 54321), root = user(0, 0);

	(void)arg;
	give("f", 12345, 3, 0755);
	cr_assert_eq(chmod_as(&by, by.gid, 06755), 0);
	cr_assert_eq(mode_of("f"), 04755, "it is not in the group");
	cr_assert_eq(chmod_as(&by, 3, 06755), 0);
	cr_assert_eq(mode_of("f"), 06755);
	give("f", 1, 3, 0755);
	cr_assert_eq(chmod_as(&by, 3, 04755), -EPERM);
	cr_assert_eq(mode_of("f"), 0755);
	cr_assert_eq(chmod_as(&root, 0, 06755), 0);
	cr_assert_eq(mode_of("f"), 06755);
	return NULL;
}

Test(access, who_is_not_the_owner_any_more_changes_nothing)
{
	pthread_t thread;

	if (geteuid() != 0)
		cr_skip_test("needs root");
	scratch_write(s.dir, "f", "x");
	cr_assert_eq(pthread_create(&thread, NULL, change_as_another, NULL), 0);
	pthread_join(thread, NULL);
}

static void *write_as_member(void *arg)
{
	struct caller in = user(12345, 3), out = user(12345, 54321);
	auto_fd fd = openat(s.dir, "f", O_WRONLY | O_CLOEXEC);
	struct access a = { 0 };

	(void)arg;
	give("f", 12345, 3, 06745);
	cr_assert_eq(access_write(&a, &in, fd), 0);
	cr_assert_eq(ftruncate(fd, 1), 0);
	access_end(&a);
	cr_assert_eq(mode_of("f"), 02745);
	cr_assert_eq(access_write(&a, &out, fd), 0);
	cr_assert_eq(ftruncate(fd, 1), 0);
	access_end(&a);
	cr_assert_eq(mode_of("f"), 0745);
	give("f", 0, 0, 06755);
	cr_assert_eq(access_without_set_id(&a), 0);
	cr_assert_eq(ftruncate(fd, 1), 0);
	access_end(&a);
	cr_assert_eq(mode_of("f"), 0755, "root's own bits");
	return NULL;
}

Test(access, a_write_clears_what_it_would_of_the_caller)
{
	pthread_t thread;

	if (geteuid() != 0)
		cr_skip_test("needs root");
	scratch_write(s.dir, "f", "x");
	cr_assert_eq(pthread_create(&thread, NULL, write_as_member, NULL), 0);
	pthread_join(thread, NULL);
}
