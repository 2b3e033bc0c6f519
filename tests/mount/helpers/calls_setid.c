/* SPDX-License-Identifier: MIT */
/* calls: what takes set-id bits away from a file (calls.h). */
#include "calls.h"

#include <grp.h>

static void write_as_user(void)
{
	int fd;

	FD(fd, open("set", O_WRONLY));
	T(write(fd, "x", 1));
	FS(fd);
	T(close(fd));
}

static void truncate_as_user(void)
{
	T(truncate("set", 1));
}

static void ftruncate_as_user(void)
{
	int fd;

	FD(fd, open("set", O_WRONLY));
	T(ftruncate(fd, 0));
	FS(fd);
	T(fallocate(fd, 0, 0, 10));
	FS(fd);
	T(close(fd));
}

static void empty_as_user(void)
{
	OPEN("set", O_WRONLY | O_TRUNC);
}

/* Group 3000 is one of the user's groups, not the primary one. */
static void write_as_member(void)
{
	int fd;

	FD(fd, open("group", O_WRONLY));
	T(write(fd, "x", 1));
	T(fallocate(fd, 0, 0, 10));
	T(close(fd));
	T(truncate("group", 1));
	OPEN("group", O_WRONLY | O_TRUNC);
}

static void members(void)
{
	const gid_t groups[] = { 2999, 3000 };

	put("group", "group");
	T(chown("group", -1, 3000));
	T(chmod("group", 02767));
	T(setgroups(2, groups));
	as_user(2000, 2000, write_as_member);
	S("group");
	T(setgroups(1, groups));
	as_user(2000, 2000, write_as_member);
	S("group");
	T(chmod("group", 02777));
	T(setgroups(2, groups));
	as_user(2000, 2000, write_as_member);
	S("group");
}

static void set_ids(void)
{
	static void (*const change[])(void) = { write_as_user, truncate_as_user,
						ftruncate_as_user,
						empty_as_user };
	static const mode_t mode[] = { 06777, 02767, 04767, 01777 };

	put("set", "set-id bits");
	for (size_t i = 0; i < 16; i++) {
		T(chmod("set", mode[i % 4]));
		as_user(2000, 2000, change[i / 4]);
		S("set");
	}
	/* root keeps them */
	T(chmod("set", 06777));
	write_as_user();
	S("set");
	T(truncate("set", 3));
	S("set");
}

int main(void)
{
	umask(022);
	T(chmod(".", 0755));
	set_ids();
	members();
	return 0;
}
