/* SPDX-License-Identifier: MIT */
#include "mount/mountpoint/fuse_log.h"

#include <fuse_log.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char line[512]; /* with its end, once it is whole */
static size_t length;

/* A line may come in pieces. */
static void __attribute__((format(printf, 2, 0)))
keep(enum fuse_log_level level, const char *fmt, va_list ap)
{
	int n;

	if (level > FUSE_LOG_WARNING || strchr(line, '\n') ||
	    length >= sizeof(line) - 1)
		return;
	n = vsnprintf(line + length, sizeof(line) - length, fmt, ap);
	if (n > 0)
		length += (size_t)n;
}

void fuse_log_begin(void)
{
	line[0] = '\0';
	length = 0;
	fuse_set_log_func(keep);
}

const char *fuse_log_end(void)
{
	static const char prefix[] = "fuse: ";

	fuse_set_log_func(NULL);
	line[strcspn(line, "\n")] = '\0';
	return strncmp(line, prefix, strlen(prefix)) ? line
						     : line + strlen(prefix);
}
