/* SPDX-License-Identifier: MIT */
/*
 * options: any bytes are lines "key value"; whatever was taken of them, all
 * values stay within their bounds, and can be printed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/options/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *print(const struct options *o)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert(out);
	options_print(o, out);
	fclose(out);
	return text;
}

static void set_lines(struct options *o, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		char *key = strsep(&line, " ");

		options_set(o, key, line, NULL);
		options_nearest(key);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *printed;
	struct options o;

	options_init(&o);
	set_lines(&o, text);
	if (options_finish(&o, NULL) == 0) {
		assert(o.threads >= 1 && o.open_wait_ms >= 0);
		printed = print(&o);
		assert(strstr(printed, "threads "));
		free(printed);
	}
	options_release(&o);
	free(text);
	return 0;
}
