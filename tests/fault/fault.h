/* SPDX-License-Identifier: MIT */
/*
 * fault: the n-th call of the table sys fails, or is the last.
 *
 * fault_arm() counts from one; each call of the table is one.  FAULT_FAIL: it
 * is not carried out, and returns the code.  FAULT_DIE: it is carried out, and
 * then the process ends, as by SIGKILL.  FAULT_TEAR: the process ends before
 * it, but half of what a pwrite(2) has to write is written.
 */
#ifndef IDEMFS_TESTS_FAULT_FAULT_H
#define IDEMFS_TESTS_FAULT_FAULT_H

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sys.h"

#define FAULT_STATUS 99 /* exit status of one that has died of it */

enum fault_how { FAULT_COUNT, FAULT_FAIL, FAULT_DIE, FAULT_TEAR };

static struct sys_calls fault_real;
static struct {
	enum fault_how how;
	long at;
	int code;
	atomic_long calls;
	const char *what; /* the call that failed, or NULL */
} fault;

static inline void fault_arm(enum fault_how how, long at, int code)
{
	fault.how = how;
	fault.at = at;
	fault.code = code;
	atomic_store(&fault.calls, 0);
}

/* Is this the call?  Dies before it when it is to be torn. */
static inline bool fault_is_now(const char *what)
{
	bool now = atomic_fetch_add(&fault.calls, 1) + 1 == fault.at;

	if (now && fault.how == FAULT_TEAR)
		_exit(FAULT_STATUS);
	if (now)
		fault.what = what;
	return now && fault.how != FAULT_COUNT;
}

#define FAULT_CALL(ret, name, params, args)         \
	static ret fault_##name params              \
	{                                           \
		bool now = fault_is_now(#name);     \
		ret r;                              \
                                                    \
		if (now && fault.how == FAULT_FAIL) \
			return fault.code;          \
		r = fault_real.name args;           \
		if (now)                            \
			_exit(FAULT_STATUS);        \
		return r;                           \
	}

static inline ssize_t fault_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	bool last = fault.how == FAULT_TEAR &&
		    atomic_load(&fault.calls) + 1 == fault.at;
	bool now;
	ssize_t r;

	if (last)
		fault_real.pwrite(fd, buf, n / 2, off);
	now = fault_is_now("pwrite");
	if (now && fault.how == FAULT_FAIL)
		return fault.code;
	r = fault_real.pwrite(fd, buf, n, off);
	if (now)
		_exit(FAULT_STATUS);
	return r;
}

FAULT_CALL(int, openat, (int d, const char *p, int f, mode_t m), (d, p, f, m))
FAULT_CALL(ssize_t, copy_file_range,
	   (int in, off_t *io, int out, off_t *oo, size_t n),
	   (in, io, out, oo, n))
FAULT_CALL(int, clone, (int out, int in), (out, in))
FAULT_CALL(int, set_flags, (int fd, unsigned long request, const void *arg),
	   (fd, request, arg))
FAULT_CALL(int, ftruncate, (int fd, off_t size), (fd, size))
FAULT_CALL(int, fallocate, (int fd, int m, off_t o, off_t n), (fd, m, o, n))
FAULT_CALL(int, fsync, (int fd), (fd))
FAULT_CALL(int, fdatasync, (int fd), (fd))
FAULT_CALL(int, syncfs, (int fd), (fd))
FAULT_CALL(int, write_back, (int fd, unsigned int f), (fd, f))
FAULT_CALL(int, write_extents, (int fd), (fd))
FAULT_CALL(int, renameat2,
	   (int a, const char *p, int b, const char *q, unsigned int f),
	   (a, p, b, q, f))
FAULT_CALL(int, linkat, (int a, const char *p, int b, const char *q, int f),
	   (a, p, b, q, f))
FAULT_CALL(int, unlinkat, (int d, const char *p, int f), (d, p, f))
FAULT_CALL(int, mkdirat, (int d, const char *p, mode_t m), (d, p, m))
FAULT_CALL(int, mknodat, (int d, const char *p, mode_t m, dev_t v),
	   (d, p, m, v))
FAULT_CALL(int, symlinkat, (const char *l, int d, const char *p), (l, d, p))
FAULT_CALL(int, fchmod, (int fd, mode_t m), (fd, m))
FAULT_CALL(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g))
FAULT_CALL(int, fchownat, (int d, const char *p, uid_t u, gid_t g, int f),
	   (d, p, u, g, f))
FAULT_CALL(int, futimens, (int fd, const struct timespec t[2]), (fd, t))
FAULT_CALL(int, chmod, (const char *p, mode_t m), (p, m))
FAULT_CALL(int, utimensat,
	   (int d, const char *p, const struct timespec t[2], int f),
	   (d, p, t, f))
FAULT_CALL(int, setxattr,
	   (const char *p, const char *n, const void *v, size_t s, int f),
	   (p, n, v, s, f))
FAULT_CALL(int, removexattr, (const char *p, const char *n), (p, n))
FAULT_CALL(int, fsetxattr,
	   (int fd, const char *n, const void *v, size_t s, int f),
	   (fd, n, v, s, f))
FAULT_CALL(int, fremovexattr, (int fd, const char *n), (fd, n))

#define FAULT_ENTRY(name) sys.name = fault_##name

/* Puts all of them into the table, once; counting, and doing nothing else. */
static inline void fault_install(void)
{
	fault_real = sys;
	fault_arm(FAULT_COUNT, 0, 0);
	FAULT_ENTRY(openat);
	FAULT_ENTRY(pwrite);
	FAULT_ENTRY(copy_file_range);
	FAULT_ENTRY(clone);
	FAULT_ENTRY(set_flags);
	FAULT_ENTRY(ftruncate);
	FAULT_ENTRY(fallocate);
	FAULT_ENTRY(fsync);
	FAULT_ENTRY(fdatasync);
	FAULT_ENTRY(syncfs);
	FAULT_ENTRY(write_back);
	FAULT_ENTRY(write_extents);
	FAULT_ENTRY(renameat2);
	FAULT_ENTRY(linkat);
	FAULT_ENTRY(unlinkat);
	FAULT_ENTRY(mkdirat);
	FAULT_ENTRY(mknodat);
	FAULT_ENTRY(symlinkat);
	FAULT_ENTRY(fchmod);
	FAULT_ENTRY(fchown);
	FAULT_ENTRY(fchownat);
	FAULT_ENTRY(futimens);
	FAULT_ENTRY(chmod);
	FAULT_ENTRY(utimensat);
	FAULT_ENTRY(setxattr);
	FAULT_ENTRY(removexattr);
	FAULT_ENTRY(fsetxattr);
	FAULT_ENTRY(fremovexattr);
}

#endif
