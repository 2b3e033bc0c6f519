/* SPDX-License-Identifier: MIT */
/*
 * json: writes a JSON text, member by member.
 *
 *	struct json j = { .out = stdout };
 *
 *	json_object(&j, NULL, "\n  ");
 *	json_number(&j, "pid", 4711);
 *	json_array(&j, "marks", "\n    ");
 *	json_object(&j, NULL, NULL);
 *	json_text(&j, "name", "a");
 *	json_close(&j);             the object
 *	json_close(&j);             the array
 *	json_close(&j);             the object around it all
 *
 * gives
 *
 *	{
 *	  "pid": 4711,
 *	  "marks": [
 *	    {"name": "a"}]
 *	}
 *
 * Each function takes the key of the member, or NULL in an array and at the top.
 * Commas come by themselves.  What cannot be written shows in ferror() of out.
 */
#ifndef IDEMFS_BASE_JSON_H
#define IDEMFS_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define JSON_DEPTH 8 /* objects and arrays in each other */

struct json {
	FILE *out;
	unsigned int depth;
	struct json_level {
		const char *lead;
		bool is_array, has_any;
	} levels[JSON_DEPTH];
};

/*
 * @lead stands before each member: a newline and the indentation.  NULL: all
 * are on one line.  It stays the caller's until json_close().
 */
void json_object(struct json *j, const char *key, const char *lead);
void json_array(struct json *j, const char *key, const char *lead);
void json_close(struct json *j);

void json_text(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
/* Seconds, with nine digits behind the point. */
void json_time(struct json *j, const char *key, const struct timespec *value);
/* Milliseconds, as seconds with three digits behind the point. */
void json_span(struct json *j, const char *key, int64_t ms);

#endif
