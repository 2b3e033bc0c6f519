/* SPDX-License-Identifier: MIT */
/*
 * log: lines that tell a person what happened.
 *
 * One line an event: local time with milliseconds, level, text.  Written with
 * a single write(2) to the log file (O_APPEND) and, when asked, to stderr.
 * base/ and core/ log nothing above debug, except what no caller is left to be
 * told (a promotion that failed after close(2) had returned).
 *
 * log_init() once, before threads start; log_*() from any thread after that.
 * Without log_init(), warnings and errors go to stderr.
 */
#ifndef IDEMFS_BASE_LOG_H
#define IDEMFS_BASE_LOG_H

#include <stdbool.h>

/* An event is what `idemfs log` tells: written whatever the level is. */
enum log_level { LOG_EVENT, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/*
 * @fd: where lines go, or -1; stays the caller's and must stay open.
 * @to_stderr: also print them there; a line that cannot be written to @fd is
 * printed there in any case.
 */
void log_init(enum log_level level, int fd, bool to_stderr);

/*
 * Keeps the log from growing for ever.  The thread whose line makes the file
 * longer than @max bytes calls @full(@arg), which begins a new file at the same
 * descriptor.  It must not log.  A call that fails (-errno) is repeated later.
 * Call it once, after log_init() and before threads start.
 */
void log_bound(long max, int (*full)(void *arg), void *arg);

bool log_wants(enum log_level level);
void log_at(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "error", "warn", "info", "debug"; -EINVAL for any other @name, "event" too. */
int log_level_parse(const char *name, enum log_level *ret_level);
const char *log_level_name(enum log_level level);

#define log_event(...) log_at(LOG_EVENT, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                  \
	do {                                            \
		if (log_wants(LOG_DEBUG))               \
			log_at(LOG_DEBUG, __VA_ARGS__); \
	} while (0)

#endif
