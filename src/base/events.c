/* SPDX-License-Identifier: MIT */
#include "base/events.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/util.h"

void events_tell(const struct events *e, enum log_level level, const char *fmt,
		 ...)
{
	auto_free char *text = NULL;
	int saved = errno, n;
	va_list ap;

	if (!e)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	e->event(e->arg, level, text ? text : "out of memory");
	errno = saved;
}
