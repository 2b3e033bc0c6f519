/* SPDX-License-Identifier: MIT */
/*
 * calls: system calls, one a line, each printed with what came of it.
 *
 * A program calls_*.c runs in an empty directory and prints lines such as
 *
 *	mkdir("d", 0755) = 0
 *	rmdir("d/.") = -1 EINVAL
 *
 * The cases f13_calls_* run it in the mount and in a directory beside it, on
 * the filesystem below, and compare the two: so a line added here is a check
 * added there, and what is right is what the kernel's own filesystem does.
 * What may differ from one run to the next (descriptors, inode numbers, the
 * time) is not printed.
 */
#ifndef CALLS_H
#define CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline long calls_print(const char *what, long r)
{
	if (r < 0)
		printf("%s = %ld %s\n", what, r, strerrorname_np(errno));
	else
		printf("%s = %ld\n", what, r);
	return r;
}

/* A call whose result is a number. */
#define T(call) (errno = 0, calls_print(#call, (long)(call)))

/* A call whose result is a descriptor, which is kept in @fd. */
#define FD(fd, call)                                                           \
	do {                                                                   \
		errno = 0;                                                     \
		(fd) = (call);                                                 \
		if ((fd) < 0)                                                  \
			printf("%s = -1 %s\n", #call, strerrorname_np(errno)); \
		else                                                           \
			printf("%s = a descriptor\n", #call);                  \
	} while (0)

/* An open that is closed at once. */
#define OPEN(...)                               \
	do {                                    \
		int opened_;                    \
		FD(opened_, open(__VA_ARGS__)); \
		if (opened_ >= 0)               \
			close(opened_);         \
	} while (0)

static inline void calls_stat(const char *name, const struct stat *st)
{
	static const char *const types[16] = {
		[1] = "fifo",	[2] = "char",	 [4] = "directory",
		[6] = "block",	[8] = "regular", [10] = "symlink",
		[12] = "socket"
	};

	printf("  %.30s: %s %04o links %lu owner %u:%u", name,
	       types[st->st_mode >> 12 & 15], st->st_mode & 07777,
	       (unsigned long)st->st_nlink, st->st_uid, st->st_gid);
	if (S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode))
		printf(" device %lx", (unsigned long)st->st_rdev);
	else if (!S_ISDIR(st->st_mode))
		printf(" size %lld", (long long)st->st_size);
	putchar('\n');
}

/* What stands at @path, or is open at @fd. */
static inline void S(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		printf("  %.30s: %s\n", path, strerrorname_np(errno));
	else
		calls_stat(path, &st);
}

static inline void FS(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		printf("  open file: %s\n", strerrorname_np(errno));
	else
		calls_stat("open file", &st);
}

/* The clock of file times ticks meanwhile. */
static inline void tick(void)
{
	const struct timespec some = { .tv_nsec = 30 * 1000 * 1000 };

	nanosleep(&some, NULL);
}

static inline void calls_moved(const char *name, const struct stat *a,
			       const struct stat *b)
{
#define CALLS_SAME(t) \
	(a->t.tv_sec == b->t.tv_sec && a->t.tv_nsec == b->t.tv_nsec)
	printf("  %s: moved:%s%s%s\n", name,
	       CALLS_SAME(st_atim) ? "" : " atime",
	       CALLS_SAME(st_mtim) ? "" : " mtime",
	       CALLS_SAME(st_ctim) ? "" : " ctime");
#undef CALLS_SAME
}

/* Which times of @path the call moves. */
#define MOVES(path, call)                                    \
	do {                                                 \
		struct stat before_ = { 0 }, after_ = { 0 }; \
		lstat((path), &before_);                     \
		tick();                                      \
		T(call);                                     \
		lstat((path), &after_);                      \
		calls_moved((path), &before_, &after_);      \
	} while (0)

/* What is in @path. */
static inline void CAT(const char *path)
{
	char buf[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n < 0)
		printf("  %s: %s\n", path, strerrorname_np(errno));
	else
		printf("  %s: \"%.*s\"\n", path, (int)n, buf);
	if (fd >= 0)
		close(fd);
}

static inline void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0) {
		perror(path);
		exit(1);
	}
}

/* Runs @fn as another user, in a process of its own. */
static inline void as_user(uid_t uid, gid_t gid, void (*fn)(void))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (setgid(gid) < 0 || setuid(uid) < 0)
			_exit(1);
		fn();
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0) {
		fprintf(stderr, "user %u: not run to its end\n", uid);
		exit(1);
	}
}

/* @n times @c. */
static inline char *rep(char c, size_t n)
{
	static char buf[4][8192];
	static int next;
	char *s = buf[next++ & 3];

	memset(s, c, n);
	s[n] = '\0';
	return s;
}

#endif
