/* SPDX-License-Identifier: MIT */
/* calls: opens and what descriptors can do (calls.h). */
#include "calls.h"

#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static char buf[64];
static const void *volatile nowhere;

static void kinds(void)
{
	put("f", "content");
	T(mkdir("d", 0755));
	T(mkfifo("p", 0644));
	T(symlink("f", "s"));
	OPEN("f", O_RDONLY | O_DIRECTORY);
	OPEN("d", O_RDONLY | O_DIRECTORY);
	OPEN("d", O_WRONLY);
	OPEN("d", O_RDWR);
	OPEN("d", O_RDONLY | O_TRUNC);
	OPEN("d", O_RDONLY | O_CREAT, 0644);
	OPEN("d", O_RDWR | O_CREAT, 0644);
	OPEN("none", O_RDONLY | O_CREAT | O_DIRECTORY, 0644);
	OPEN("none", O_RDONLY);
	OPEN("none", O_WRONLY | O_TRUNC);
	OPEN("f", O_WRONLY | O_CREAT | O_EXCL, 0644);
	OPEN("s", O_WRONLY | O_CREAT | O_EXCL, 0644);
	OPEN("s", O_RDONLY | O_NOFOLLOW);
	OPEN("s", O_WRONLY | O_NOFOLLOW);
	OPEN("s", O_PATH | O_NOFOLLOW);
	OPEN("s", O_WRONLY | O_APPEND);
	OPEN("p", O_WRONLY | O_NONBLOCK);
	OPEN("p", O_RDONLY | O_NONBLOCK);
	OPEN("p", O_RDWR | O_NONBLOCK);
	OPEN("p", O_RDWR | O_TRUNC | O_CREAT, 0644);
	OPEN("f", O_RDONLY | O_NOATIME);
	OPEN("f", O_RDWR | O_SYNC);
	OPEN("f", O_RDWR | O_DSYNC);
	OPEN("f", O_RDWR | O_NONBLOCK | O_NOCTTY);
	OPEN("f", O_WRONLY | O_RDWR);
	OPEN("f", O_RDONLY | O_TRUNC);
	S("f");
}

static void socket_file(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "sock" };
	const struct sockaddr *to = (const struct sockaddr *)&name;
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	int c = socket(AF_UNIX, SOCK_STREAM, 0);

	T(bind(s, to, sizeof(name)));
	T(bind(c, to, sizeof(name)));
	S("sock");
	T(connect(c, to, sizeof(name)));
	T(listen(s, 1));
	T(connect(c, to, sizeof(name)));
	OPEN("sock", O_RDONLY);
	OPEN("sock", O_WRONLY | O_CREAT, 0644);
	T(rename("sock", "sock2"));
	T(unlink("sock2"));
	close(s);
	close(c);
}

static void modes(void)
{
	umask(027);
	OPEN("m1", O_WRONLY | O_CREAT, 0666);
	OPEN("m2", O_RDONLY | O_CREAT, 0000);
	OPEN("m3", O_RDWR | O_CREAT | O_EXCL, 07777);
	OPEN("m4", O_WRONLY | O_CREAT | O_TRUNC, 0444);
	OPEN("m4", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	T(mkdir("m5", 07777));
	umask(022);
	S("m1"), S("m2"), S("m3"), S("m4"), S("m5");
	T(access("m2", R_OK));
	T(access("m1", X_OK));
	T(access("m3", X_OK));
	T(faccessat(AT_FDCWD, "m4", W_OK, AT_EACCESS));
}

static void wrong_way(void)
{
	int fd;

	put("w", "wrong way");
	FD(fd, open("w", O_RDONLY));
	T(write(fd, "x", 1));
	T(ftruncate(fd, 0));
	T(fallocate(fd, 0, 0, 10));
	T(read(fd, buf, 5));
	T(pread(fd, buf, 5, 100));
	T(pread(fd, buf, 5, -1));
	T(lseek(fd, -1, SEEK_SET));
	T(lseek(fd, 3, SEEK_CUR));
	T(lseek(fd, 5, SEEK_END));
	T(lseek(fd, 0, 99));
	T(close(fd));
	FD(fd, open("w", O_WRONLY));
	T(read(fd, buf, 5));
	T(pread(fd, buf, 5, 0));
	T(write(fd, nowhere, 5));
	T(write(fd, nowhere, 0));
	T(close(fd));
	FD(fd, open("w", O_PATH));
	T(read(fd, buf, 1));
	T(fchmod(fd, 0600));
	T(fchown(fd, 0, 0));
	T(ftruncate(fd, 0));
	T(fsync(fd));
	FS(fd);
	T(close(fd));
	FD(fd, open(".", O_RDONLY));
	T(read(fd, buf, 1));
	T(write(fd, buf, 1));
	T(ftruncate(fd, 0));
	T(fsync(fd));
	T(fdatasync(fd));
	T(fallocate(fd, 0, 0, 1));
	T(syncfs(fd));
	T(close(fd));
	CAT("w");
}

static void tmpfiles(void)
{
	char proc[64];
	int fd;

	OPEN(".", O_TMPFILE | O_RDONLY, 0644);
	OPEN("none", O_TMPFILE | O_RDWR, 0644);
	OPEN("w", O_TMPFILE | O_RDWR, 0644);
	FD(fd, open(".", O_TMPFILE | O_RDWR, 0640));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	T(write(fd, "tmp", 3));
	FS(fd);
	T(linkat(AT_FDCWD, proc, AT_FDCWD, "w", AT_SYMLINK_FOLLOW));
	T(linkat(AT_FDCWD, proc, AT_FDCWD, "t1", AT_SYMLINK_FOLLOW));
	T(linkat(fd, "", AT_FDCWD, "t2", AT_EMPTY_PATH));
	T(close(fd));
	S("t1"), S("t2");
	CAT("t1"), CAT("t2");
	FD(fd, open(".", O_TMPFILE | O_WRONLY | O_EXCL, 0600));
	T(linkat(fd, "", AT_FDCWD, "t3", AT_EMPTY_PATH));
	T(fchmod(fd, 0644));
	FS(fd);
	T(close(fd));
	S("t3");
}

static void unlinked(void)
{
	int fd, fd2;

	put("u", "unlinked");
	FD(fd, open("u", O_RDWR));
	FD(fd2, open("u", O_RDONLY));
	T(unlink("u"));
	T(read(fd2, buf, 20));
	T(write(fd, "UN", 2));
	T(fchmod(fd, 0600));
	T(fchown(fd, 1, 2));
	T(ftruncate(fd, 5));
	FS(fd);
	T(pread(fd, buf, 20, 0));
	printf("  \"%.5s\"\n", buf);
	T(fsync(fd));
	T(close(fd));
	T(fchmod(fd2, 0640));
	T(close(fd2));
	S("u");
}

static void gone_directory(void)
{
	int fd;

	T(mkdir("gd", 0755));
	FD(fd, open("gd", O_RDONLY));
	T(rmdir("gd"));
	FS(fd);
	T(mkdirat(fd, "x", 0755));
	T(openat(fd, "x", O_WRONLY | O_CREAT, 0644));
	T(openat(fd, "x", O_RDONLY));
	T(symlinkat("x", fd, "x"));
	T(fchmod(fd, 0700));
	T(fchmodat(fd, ".", 0711, 0));
	FS(fd);
	T(fsync(fd));
	T(close(fd));
	T(mkdir("gd", 0755));
	T(chdir("gd"));
	T(rmdir("../gd"));
	T(getcwd(buf, sizeof(buf)) ? 0 : -1);
	T(mkdir("x", 0755));
	T(access(".", X_OK));
	T(access("..", X_OK));
	T(chdir(".."));
}

static void controls(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	int fd, n = 0;

	put("c", "controls");
	FD(fd, open("c", O_RDWR));
	T(ioctl(fd, FIONREAD, &n));
	T(ioctl(fd, 0x12345678, &n));
	T(ioctl(fd, TCGETS, buf));
	T(isatty(fd));
	T(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
	T(fcntl(fd, F_SETFL, O_APPEND));
	T(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
	T(write(fd, "+", 1));
	T(pwrite(fd, "-", 1, 0));
	T(fcntl(fd, F_SETFL, 0));
	T(pwrite(fd, "C", 1, 0));
	T(fcntl(fd, F_SETLK, &lock));
	T(fcntl(fd, F_GETLK, &lock));
	T(flock(fd, LOCK_SH | LOCK_NB));
	T(close(fd));
	CAT("c");
}

int main(void)
{
	umask(022);
	kinds();
	socket_file();
	modes();
	wrong_way();
	tmpfiles();
	unlinked();
	gone_directory();
	controls();
	return 0;
}
