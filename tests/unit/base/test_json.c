/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/util.h"

static char *text;
static size_t size;
static struct json j;

static void begin(void)
{
	j = (struct json){ .out = open_memstream(&text, &size) };
	cr_assert(j.out);
}

static void check(const char *wanted)
{
	cr_assert_eq(fclose(j.out), 0);
	cr_assert_str_eq(text, wanted);
	free(text);
}

TestSuite(json, .init = begin);

Test(json, members_on_one_line)
{
	json_object(&j, NULL, NULL);
	json_text(&j, "name", "a \"b\"\n");
	json_number(&j, "least", INT64_MIN);
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	json_close(&j);
	check("{\"name\": \"a \\\"b\\\"\\n\", \"least\": -9223372036854775808, "
	      "\"yes\": true, \"no\": false}\n");
}

Test(json, times_keep_their_zeros)
{
	json_object(&j, NULL, NULL);
	json_time(&j, "at", &(struct timespec){ .tv_sec = 7, .tv_nsec = 50 });
	json_span(&j, "took", 1005);
	json_close(&j);
	check("{\"at\": 7.000000050, \"took\": 1.005}\n");
}

Test(json, lists_stand_in_objects_and_objects_in_lists)
{
	json_object(&j, NULL, "\n  ");
	json_array(&j, "none", "\n    ");
	json_close(&j);
	json_array(&j, "some", "\n    ");
	for (int i = 1; i <= 2; i++) {
		json_object(&j, NULL, NULL);
		json_number(&j, "n", i);
		json_close(&j);
	}
	json_close(&j);
	json_array(&j, "words", NULL);
	json_text(&j, NULL, "a");
	json_text(&j, NULL, "b");
	json_close(&j);
	json_close(&j);
	check("{\n"
	      "  \"none\": [],\n"
	      "  \"some\": [\n"
	      "    {\"n\": 1},\n"
	      "    {\"n\": 2}],\n"
	      "  \"words\": [\"a\", \"b\"]\n"
	      "}\n");
}

Test(json, empty_ones_are_short)
{
	json_array(&j, NULL, "\n");
	json_close(&j);
	check("[]\n");
}
