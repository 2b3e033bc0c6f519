/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/util.h"
#include "mount/mountpoint/mountinfo.h"

static bool parse(const char *text, struct mounted *ret)
{
	auto_free char *line = strdup(text);

	return mountinfo_parse(line, ret);
}

Test(mountinfo, reads_a_mount_of_ours)
{
	struct mounted m;

	cr_assert(parse("91 31 0:57 / /data/a\\040b\\134 rw,nosuid shared:7 - "
			"fuse.idemfs /data/a\\040b rw,user_id=1000,"
			"group_id=100,default_permissions\n",
			&m));
	cr_expect_eq(m.id, 91);
	cr_expect_eq(m.parent, 31);
	cr_expect_eq(m.dev, makedev(0, 57));
	cr_expect_str_eq(m.at, "/data/a b\\");
	cr_expect_str_eq(m.what, "fuse.idemfs /data/a\\040b");
	cr_expect(m.idemfs);
	cr_expect_eq(m.owner, 1000);
	mounted_clear(&m);
}

Test(mountinfo, a_part_bound_elsewhere_is_no_mount_of_ours)
{
	struct mounted m;

	cr_assert(parse("91 31 0:57 /sub /mnt rw - fuse.idemfs /d rw,user_id=0",
			&m));
	cr_expect_not(m.idemfs);
	cr_expect_eq(m.owner, (uid_t)-1);
	mounted_clear(&m);
}

Test(mountinfo, other_types_are_not_ours)
{
	static const char *const lines[] = {
		"91 31 0:57 / /mnt rw - fuse.idemfsx /d rw,user_id=0",
		"91 31 0:57 / /mnt rw - fuse idemfs rw,user_id=0",
		"91 31 0:57 / /mnt rw - ext4 fuse.idemfs rw,user_id=0",
		"91 31 0:57 / /fuse.idemfs rw - fuse.sshfs h:/ rw,user_id=0",
	};
	struct mounted m;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		cr_assert(parse(lines[i], &m));
		cr_expect_not(m.idemfs, "%s", lines[i]);
		cr_expect_eq(m.owner, (uid_t)-1);
		mounted_clear(&m);
	}
}

Test(mountinfo, the_owner_is_what_fuse_says_last)
{
	struct mounted m;

	cr_assert(parse("9 3 0:5 / /m rw - fuse.idemfs user_id=0 rw,"
			"context=\"x,user_id=0\",user_id=7,group_id=7",
			&m));
	cr_expect_eq(m.owner, 7);
	mounted_clear(&m);
	cr_assert(parse("9 3 0:5 / /m rw - fuse.idemfs d rw", &m));
	cr_expect_eq(m.owner, (uid_t)-1, "nobody is no owner");
	mounted_clear(&m);
}

Test(mountinfo, what_is_no_line_is_refused)
{
	static const char *const lines[] = {
		"",
		"\n",
		"9",
		"9 3 0:5 / /m rw",
		"9 3 0:5 / /m rw -",
		"9 3 0:5 / /m rw - ",
		"x 3 0:5 / /m rw - a b c",
		"9 3 0:5 / - a",
		"9 3 0:5\\",
	};
	struct mounted m;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (parse(lines[i], &m))
			mounted_clear(&m);
	cr_expect_not(parse(lines[0], &m));
	cr_expect_not(parse(lines[3], &m));
	cr_expect_not(parse(lines[5], &m));
	cr_expect_not(parse(lines[6], &m));
}

Test(mountinfo, finds_a_mount_by_number_and_by_name)
{
	uint64_t id = mountinfo_root(AT_FDCWD, "/proc", 0);
	struct mounted a = { 0 }, b = { 0 };
	auto_fd fd = -1;

	cr_assert_neq(id, 0);
	cr_expect_eq(mountinfo_id(AT_FDCWD, "/proc/self", 0), id);
	cr_expect_eq(mountinfo_root(AT_FDCWD, "/proc/self", 0), 0);
	cr_assert_eq(mountinfo_get(id, &a), 0);
	cr_expect_str_eq(a.at, "/proc");
	cr_expect_not(a.idemfs);
	cr_assert_eq(mountinfo_find("/proc", &b), 0);
	cr_expect_eq(b.id, id);
	cr_expect(mountinfo_has(&a));
	fd = mountinfo_open(id);
	cr_expect_eq(mountinfo_id(fd, "", AT_EMPTY_PATH), id);
	cr_expect_eq(mountinfo_get(0, &b), -ENOENT);
	cr_expect_eq(mountinfo_open(0), -ENOENT);
	mounted_clear(&a);
	mounted_clear(&b);
}
