/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/util.h"

#define LINE_MAX_BYTES 8192 /* room for two long paths and the words around */

static const char *const level_names[] = {
	[LOG_EVENT] = "event", [LOG_ERROR] = "error", [LOG_WARN] = "warn",
	[LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
};

/* Set by log_init() before threads start, only read after that. */
static struct {
	enum log_level level;
	int fd;
	bool to_stderr;
} target = { .level = LOG_WARN, .fd = -1, .to_stderr = true };

void log_init(enum log_level level, int fd, bool to_stderr)
{
	target.level = level;
	target.fd = fd;
	target.to_stderr = to_stderr;
}

/* Set by log_bound(); all but left const after that. */
static struct {
	long max;
	int (*full)(void *arg); /* NULL: there is no bound */
	void *arg;
	atomic_long left; /* atomic: bytes that still fit */
} bound;

static void make_room(void)
{
	int r = bound.full(bound.arg);

	atomic_store(&bound.left, r < 0 ? bound.max / 16 : bound.max);
}

void log_bound(long max, int (*full)(void *arg), void *arg)
{
	struct stat st;

	if (target.fd < 0 || fstat(target.fd, &st) < 0)
		return;
	bound.max = max;
	bound.full = full;
	bound.arg = arg;
	if (st.st_size < max)
		atomic_store(&bound.left, max - (long)st.st_size);
	else
		make_room();
}

/* Only the thread whose line crosses the bound makes room. */
static void count_line(size_t n)
{
	long left;

	if (!bound.full)
		return;
	left = atomic_fetch_sub(&bound.left, (long)n);
	if (left > 0 && left <= (long)n)
		make_room();
}

bool log_wants(enum log_level level)
{
	return level <= target.level && (target.fd >= 0 || target.to_stderr);
}

/* "2025-11-23 10:59:01.123 warn: ", and its length. */
static size_t put_prefix(char *buf, size_t size, enum log_level level)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!localtime_r(&now.tv_sec, &tm))
		memset(&tm, 0, sizeof(tm));
	n = strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm);
	return n + (size_t)snprintf(buf + n, size - n,
				    ".%03ld %s: ", now.tv_nsec / 1000000,
				    level_names[level]);
}

static bool put_line(int fd, const char *line, size_t n)
{
	ssize_t r;

	/* Never in pieces: O_APPEND keeps the lines of threads apart. */
	do
		r = write(fd, line, n);
	while (r < 0 && errno == EINTR);
	return r == (ssize_t)n;
}

void log_at(enum log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	bool to_stderr = target.to_stderr;
	int saved = errno;
	size_t start, n;
	va_list ap;
	int r;

	if (!log_wants(level))
		return;

	start = put_prefix(line, sizeof(line), level);
	errno = saved; /* for %m */
	va_start(ap, fmt);
	r = vsnprintf(line + start, sizeof(line) - start - 1, fmt, ap);
	va_end(ap);
	if (r < 0)
		line[start] = '\0';

	text_mask(line + start);
	n = start + strlen(line + start);
	line[n++] = '\n';

	if (target.fd >= 0) {
		/* When the disk is full or has failed, only stderr is left. */
		if (!put_line(target.fd, line, n))
			to_stderr = true;
		count_line(n);
	}
	if (to_stderr)
		put_line(STDERR_FILENO, line, n);
	errno = saved;
}

int log_level_parse(const char *name, enum log_level *ret_level)
{
	for (size_t i = LOG_ERROR; i < ARRAY_SIZE(level_names); i++) {
		if (!strcmp(name, level_names[i])) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}
