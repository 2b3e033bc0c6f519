/* SPDX-License-Identifier: MIT */
#include "cli/read/logline.h"

#include <string.h>

/* "2025-11-23 10:59:01.123", by its characters. */
static bool is_time(const char *s)
{
	return strspn(s, "0123456789-:. ") >= LOGLINE_TIME;
}

bool logline_parse(char *line, struct logline *ret)
{
	char *level, *colon;

	line[strcspn(line, "\n")] = '\0';
	if (!is_time(line) || line[LOGLINE_TIME] != ' ')
		return false;
	level = line + LOGLINE_TIME + 1;
	colon = strstr(level, ": ");
	if (!colon)
		return false;
	*ret = (struct logline){
		.time = line,
		.text = colon + 2,
		.event = !strncmp(level, "event: ", 7),
		.trouble = !strncmp(level, "warn: ", 6) ||
			   !strncmp(level, "error: ", 7),
	};
	return true;
}

bool logline_is_failure(const struct logline *l)
{
	return l->trouble ||
	       (l->event && (strstr(l->text, " not made: ") ||
			     strstr(l->text, ": not promoted: ") ||
			     (!strncmp(l->text, "step \"", 6) &&
			      strstr(l->text, "\" failed: ")) ||
			     strstr(l->text, ": left by a crash")));
}

bool logline_is_overlap(const struct logline *l)
{
	return l->event && !strncmp(l->text, "sessions \"", 10) &&
	       strstr(l->text, "\" overlap: ");
}

bool logline_is_start(const struct logline *l)
{
	return l->event &&
	       !strncmp(l->text, "serving \"", strlen("serving \""));
}
