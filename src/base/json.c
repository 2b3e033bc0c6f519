/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>

#include "base/text.h"

/* What stands before a value: comma, indentation, key. */
static void begin(struct json *j, const char *key)
{
	struct json_level *l = j->depth ? &j->levels[j->depth - 1] : NULL;

	if (l && l->has_any)
		fputs(l->lead ? "," : ", ", j->out);
	if (l && l->lead)
		fputs(l->lead, j->out);
	if (l)
		l->has_any = true;
	if (key)
		fprintf(j->out, "\"%s\": ", key);
}

static void push(struct json *j, const char *key, const char *lead, bool array)
{
	begin(j, key);
	assert(j->depth < JSON_DEPTH);
	fputc(array ? '[' : '{', j->out);
	j->levels[j->depth++] =
		(struct json_level){ .lead = lead, .is_array = array };
}

void json_object(struct json *j, const char *key, const char *lead)
{
	push(j, key, lead, false);
}

void json_array(struct json *j, const char *key, const char *lead)
{
	push(j, key, lead, true);
}

void json_close(struct json *j)
{
	const struct json_level *l = &j->levels[--j->depth];

	if (l->is_array)
		fputc(']', j->out);
	else
		fputs(l->lead ? "\n}" : "}", j->out);
	if (!j->depth)
		fputc('\n', j->out);
}

void json_text(struct json *j, const char *key, const char *value)
{
	begin(j, key);
	text_json(j->out, value);
}

void json_number(struct json *j, const char *key, int64_t value)
{
	begin(j, key);
	fprintf(j->out, "%" PRId64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_time(struct json *j, const char *key, const struct timespec *value)
{
	begin(j, key);
	fprintf(j->out, "%lld.%09ld", (long long)value->tv_sec, value->tv_nsec);
}

void json_span(struct json *j, const char *key, int64_t ms)
{
	begin(j, key);
	fprintf(j->out, "%.3f", (double)ms / 1000.0);
}
