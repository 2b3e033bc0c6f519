/* SPDX-License-Identifier: MIT */
/*
 * rules: any bytes are a list of globs, one a line, and after an empty line
 * paths, which are matched, by the same rules again with the same result.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/options/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rules *take_rules(char **at)
{
	struct rules *r = rules_new();
	char *line;

	while (r && (line = strsep(at, "\n")) && *line)
		rules_add(r, line, NULL);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *at = text, *line;
	struct rules *r = text ? take_rules(&at) : NULL;

	while (r && (line = strsep(&at, "\n")))
		assert(rules_match(r, line) == rules_match(r, line));
	rules_free(r);
	free(text);
	return 0;
}
