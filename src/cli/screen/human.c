/* SPDX-License-Identifier: MIT */
#include "cli/screen/human.h"

#include <inttypes.h>
#include <stdio.h>

void human_when(const struct timespec *t, char *buf, size_t size)
{
	struct tm tm;

	if (!localtime_r(&t->tv_sec, &tm) ||
	    !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, size, "?");
}

bool human_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec
				      : a->tv_nsec < b->tv_nsec;
}

void human_ms(int64_t ms, char *buf, size_t size)
{
	int64_t s = ms / 1000, min = s / 60, h = min / 60;

	if (ms < 0)
		snprintf(buf, size, "?");
	else if (s < 10)
		snprintf(buf, size, "%" PRId64 ".%" PRId64 " s", s,
			 ms % 1000 / 100);
	else if (min < 1)
		snprintf(buf, size, "%" PRId64 " s", s);
	else if (h < 1)
		snprintf(buf, size, "%" PRId64 " min %02" PRId64 " s", min,
			 s % 60);
	else if (h < 48)
		snprintf(buf, size, "%" PRId64 " h %02" PRId64 " min", h,
			 min % 60);
	else
		snprintf(buf, size, "%" PRId64 " d %" PRId64 " h", h / 24,
			 h % 24);
}

int64_t human_between(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000 +
	       (to->tv_nsec - from->tv_nsec) / 1000000;
}

void human_span(const struct timespec *from, const struct timespec *to,
		char *buf, size_t size)
{
	human_ms(human_between(from, to), buf, size);
}
