/* SPDX-License-Identifier: MIT */
/* calls: modes, owners and times (calls.h). */
#include "calls.h"

#include <sys/sysmacros.h>
#include <utime.h>

static char buf[64];

static void times_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		printf("  %s: %s\n", path, strerrorname_np(errno));
	else
		printf("  %s: atime %lld.%09ld mtime %lld.%09ld\n", path,
		       (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
		       (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void modes(void)
{
	int fd;

	put("f", "f");
	T(mkdir("d", 0755));
	T(symlink("f", "s"));
	T(mkfifo("p", 0644));
	T(chmod("f", 06777));
	S("f");
	T(chmod("f", 0));
	S("f");
	T(chmod("f", 0100644));
	S("f");
	T(chmod("d", 01777));
	S("d");
	T(chmod("s", 0600));
	S("f"), S("s");
	T(fchmodat(AT_FDCWD, "s", 0600, AT_SYMLINK_NOFOLLOW));
	T(chmod("p", 0600));
	S("p");
	T(chmod("none", 0600));
	T(chmod("f/x", 0600));
	T(chmod("d/", 0755));
	T(chmod("f/", 0755));
	FD(fd, open("f", O_RDONLY));
	T(fchmod(fd, 0640));
	FS(fd);
	T(chmod("f", 0604));
	FS(fd);
	T(close(fd));
}

static void owners(void)
{
	int fd;

	T(chmod("f", 06755));
	T(chown("f", 1, 2));
	S("f");
	T(chmod("f", 06755));
	T(chown("f", -1, 3));
	S("f");
	T(chmod("f", 06745));
	T(chown("f", -1, -1));
	S("f");
	T(chmod("f", 02745));
	T(chown("f", 4, 4));
	S("f");
	T(chmod("d", 06755));
	T(chown("d", 5, 5));
	S("d");
	T(lchown("s", 6, 7));
	S("s"), S("f");
	T(chown("s", 8, 8));
	S("s"), S("f");
	T(chown("p", 9, 9));
	S("p");
	FD(fd, open("f", O_RDWR));
	T(fchown(fd, 10, -1));
	FS(fd);
	T(fchown(fd, 0, 0));
	T(close(fd));
	S("f");
	T(chown("d", 0, 0));
	T(chown("none", 1, 1));
}

static void other_user(void)
{
	T(chmod("mine", 0600));
	T(chmod("mine", 02755));
	S("mine");
	T(chown("mine", 1, -1));
	T(chown("mine", -1, 1));
	T(chown("mine", 2000, 2000));
	T(chmod("f", 0777));
	T(chown("f", 2000, 2000));
	T(utime("f", NULL));
	T(utimensat(AT_FDCWD, "writable", NULL, 0));
	T(utime("writable", &(struct utimbuf){ 1, 1 }));
	T(truncate("f", 0));
	T(truncate("mine", 1));
	OPEN("f", O_RDONLY);
	OPEN("f", O_WRONLY);
	OPEN("mine", O_RDONLY | O_NOATIME);
	OPEN("f", O_RDONLY | O_NOATIME);
	T(unlink("f"));
	T(rename("f", "g"));
	T(mkdir("x", 0755));
	T(mknod("null", S_IFCHR | 0600, makedev(1, 3)));
	T(unlink("sticky/others"));
	T(rename("sticky/others", "sticky/x"));
	T(unlink("sticky/mine"));
	T(mkdir("setgid/sub", 0755));
	S("setgid/sub");
	OPEN("setgid/new", O_WRONLY | O_CREAT, 02775);
	S("setgid/new");
	OPEN("closed/x", O_RDONLY);
	T(access("closed/x", F_OK));
	T(chdir("closed"));
}

static void users(void)
{
	put("mine", "mine");
	T(chown("mine", 2000, 2000));
	T(chmod("f", 0644));
	put("writable", "w");
	T(chmod("writable", 0666));
	T(mkdir("sticky", 0755));
	T(chmod("sticky", 01777));
	put("sticky/others", "o");
	T(chmod("sticky/others", 0666));
	put("sticky/mine", "m");
	T(chown("sticky/mine", 2000, 2000));
	T(mkdir("setgid", 0755));
	T(chown("setgid", 2000, 3000));
	T(chmod("setgid", 02777));
	T(mkdir("closed", 0700));
	put("closed/x", "x");
	as_user(2000, 2000, other_user);
	S("mine"), S("writable");
	/* As root, the group is kept. */
	OPEN("setgid/root", O_WRONLY | O_CREAT, 0644);
	T(mkdir("setgid/rootdir", 0755));
	T(symlink("x", "setgid/link"));
	T(mkfifo("setgid/fifo", 0644));
	S("setgid/root"), S("setgid/rootdir"), S("setgid/link"),
		S("setgid/fifo");
}

static void set_times(void)
{
	struct timespec t[2] = { { 1000000001, 123456789 },
				 { 2000000002, 987654321 } };
	int fd;

	T(utimensat(AT_FDCWD, "f", t, 0));
	times_of("f");
	t[0].tv_nsec = UTIME_OMIT;
	t[1] = (struct timespec){ -5, 5 };
	T(utimensat(AT_FDCWD, "f", t, 0));
	times_of("f");
	t[0] = (struct timespec){ 1, 1 };
	t[1].tv_nsec = UTIME_OMIT;
	T(utimensat(AT_FDCWD, "s", t, AT_SYMLINK_NOFOLLOW));
	T(utimensat(AT_FDCWD, "d", t, 0));
	t[1] = (struct timespec){ 5000000000, 999999999 };
	T(utimensat(AT_FDCWD, "f", t, 0));
	times_of("f");
	t[1].tv_nsec = 1000000000;
	T(utimensat(AT_FDCWD, "f", t, 0));
	T(utimensat(AT_FDCWD, "none", NULL, 0));
	FD(fd, open("f", O_WRONLY));
	t[1] = (struct timespec){ 77, 77 };
	T(futimens(fd, t));
	T(close(fd));
	times_of("f");
	FD(fd, open("f", O_WRONLY));
	T(write(fd, "x", 1));
	T(futimens(fd, t));
	T(close(fd));
	times_of("f");
	T(utime("f", &(struct utimbuf){ 3, 4 }));
	times_of("f");
}

static void moved_by_data(void)
{
	int fd;

	put("m", "moves");
	FD(fd, open("m", O_RDWR));
	MOVES("m", write(fd, "x", 1));
	MOVES("m", pwrite(fd, "x", 0, 0));
	MOVES("m", ftruncate(fd, 1));
	MOVES("m", ftruncate(fd, 1));
	MOVES("m", ftruncate(fd, 100));
	MOVES("m", fallocate(fd, 0, 0, 1000));
	MOVES("m", fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000));
	MOVES("m", fchmod(fd, 0600));
	MOVES("m", fchown(fd, -1, -1));
	MOVES("m", fchown(fd, 1, 1));
	MOVES("m", fsync(fd));
	MOVES("m", lseek(fd, 0, SEEK_SET));
	T(close(fd));
	MOVES("m", truncate("m", 100));
	MOVES("m", truncate("m", 1000));
	MOVES("m", chmod("m", 0600));
	MOVES("m", chown("m", -1, -1));
	MOVES("m", utimensat(AT_FDCWD, "m", NULL, 0));
	MOVES("m", access("m", R_OK));
	FD(fd, open("m", O_RDONLY));
	MOVES("m", read(fd, buf, 5));
	T(close(fd));
	FD(fd, open("m", O_RDWR));
	MOVES("m", close(fd));
	FD(fd, open("m", O_WRONLY | O_TRUNC));
	MOVES("m", ftruncate(fd, 0));
	T(close(fd));
}

static void moved_by_names(void)
{
	T(mkdir("md", 0755));
	put("n", "names");
	MOVES("n", link("n", "md/n"));
	MOVES("n", rename("n", "n2"));
	MOVES("md", link("n2", "md/2"));
	MOVES("n2", unlink("md/2"));
	MOVES("n2", rename("n2", "n3"));
	MOVES("md", unlink("md/n"));
	MOVES("md", mkdir("md/d", 0755));
	MOVES("md", rename("md/d", "md/e"));
	MOVES("md/e", rename("md/e", "md/f"));
	MOVES("md", rmdir("md/f"));
	MOVES("md", symlink("x", "md/s"));
	MOVES("md/s", readlink("md/s", buf, 10));
	MOVES("md", rename("md/s", "s2"));
	MOVES("md", mkfifo("md/p", 0600));
	MOVES("md", rename("n3", "md/p"));
	MOVES("md", chmod("md/p", 0600));
	MOVES("md", chmod("md", 0700));
	MOVES("md", chown("md", 1, 1));
	MOVES(".", rename("md", "me"));
}

int main(void)
{
	umask(022);
	T(chmod(".", 0755));
	modes();
	owners();
	users();
	set_times();
	moved_by_data();
	moved_by_names();
	return 0;
}
