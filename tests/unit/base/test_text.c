/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"

struct pair {
	const char *raw;
	const char *text;
};

static const struct pair pairs[] = {
	{ "", "" },
	{ "plain/name.txt", "plain/name.txt" },
	{ "two words ", "two words " },
	{ " leading", "\\x20leading" },
	{ "  two", "\\x20 two" },
	{ "a\\b", "a\\\\b" },
	{ "a\nb\rc\td", "a\\nb\\rc\\td" },
	{ "\x01\x1f\x7f", "\\x01\\x1f\\x7f" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "caf\xe9", "caf\\xe9" },			/* Latin-1 */
	{ "\xc0\xaf", "\\xc0\\xaf" },			/* overlong '/' */
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },		/* overlong */
	{ "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf" }, /* overlong */
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* U+110000 */
	{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80" },
	{ "\xe2\x82", "\\xe2\\x82" }, /* cut short */
	{ "\xe2\x82x", "\\xe2\\x82x" },
	{ "\x80\xff", "\\x80\\xff" },
	{ "\xc2\x9b"
	  "1m",
	  "\\xc2\\x9b1m" }, /* a C1 control */
	{ "\xc2\xa0", "\xc2\xa0" },
	{ "\xe2\x80\xae", "\\xe2\\x80\\xae" },		/* U+202E */
	{ "\xd8\x9c", "\\xd8\\x9c" },			/* U+061C */
	{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },		/* U+2028 */
	{ "\xe2\x81\xa9", "\\xe2\\x81\\xa9" },		/* U+2069 */
	{ "\xe2\x81\xb0", "\xe2\x81\xb0" },		/* U+2070 */
	{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf" },		/* U+FEFF */
	{ "\xf3\xa0\x80\x81", "\\xf3\\xa0\\x80\\x81" }, /* U+E0001 */
	{ "\xef\xbf\xbf\xf4\x8f\xbf\xbf", "\xef\xbf\xbf\xf4\x8f\xbf\xbf" },
};

Test(text, escape_writes_one_printable_line)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		auto_free char *text = text_escape(pairs[i].raw);

		cr_assert_str_eq(text, pairs[i].text);
	}
}

Test(text, unescape_is_the_inverse)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		auto_free char *raw =
			text_unescape(pairs[i].text, strlen(pairs[i].text));

		cr_assert_not_null(raw, "%s", pairs[i].text);
		cr_assert_str_eq(raw, pairs[i].raw);
	}
}

Test(text, every_pair_of_bytes_survives_both_ways)
{
	char raw[3] = "";

	for (int a = 1; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			auto_free char *text = NULL, *back = NULL;

			raw[0] = (char)a;
			raw[1] = (char)b;
			text = text_escape(raw);
			for (const char *p = text; *p; p++)
				cr_assert((unsigned char)*p >= 0x20 &&
					  *p != 0x7f);
			back = text_unescape(text, strlen(text));
			cr_assert_not_null(back);
			cr_assert_str_eq(back, raw);
		}
	}
}

Test(text, unescape_refuses_what_escape_never_writes)
{
	static const char *const bad[] = {
		"\\",	   "a\\",   "\\a",	    "\\x",	"\\x1",
		"\\xg0",   "\\x0g", "\\x00",	    "a\nb",	"\t",
		"\x7f",	   "\xff",  "\xc3",	    "\xc0\x80", "\\0",
		"\\u0041", "\\X41", "\xed\xa0\x80", "ok\\q",	"\\x-1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_null(text_unescape(bad[i], strlen(bad[i])),
			       "number %zu", i);
}

Test(text, unescape_reads_no_further_than_told)
{
	auto_free char *raw = text_unescape("ab\\x41\\", 6), *none = NULL;

	cr_assert_str_eq(raw, "abA");
	cr_assert_null(text_unescape("ab\\x41", 5));
	cr_assert_null(text_unescape("a\0b", 3));
	none = text_unescape("anything", 0);
	cr_assert_str_eq(none, "");
}

Test(text, unescape_takes_hex_of_either_case)
{
	auto_free char *raw = text_unescape("\\xC3\\xa9", 8);

	cr_assert_str_eq(raw, "\xc3\xa9");
}

Test(text, char_tells_length_and_number)
{
	uint32_t c = 7;

	cr_assert_eq(text_char("a", 1, &c), 1);
	cr_assert_eq(c, 'a');
	cr_assert_eq(text_char("\xc3\xa9", 2, &c), 2);
	cr_assert_eq(c, 0xe9);
	cr_assert_eq(text_char("\xe2\x82\xac", 3, &c), 3);
	cr_assert_eq(c, 0x20ac);
	cr_assert_eq(text_char("\xf0\x9f\x98\x80", 4, &c), 4);
	cr_assert_eq(c, 0x1f600);
	cr_assert_eq(text_char("\xf0\x9f\x98\x80", 3, &c), 0);
	cr_assert_eq(text_char("", 0, &c), 0);
	cr_assert_eq(c, 0x1f600);
}

static char *json(const char *s)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	text_json(f, s);
	fclose(f);
	return text;
}

Test(text, json_quotes_what_must_be)
{
	static const struct pair cases[] = {
		{ "", "\"\"" },
		{ "a b", "\"a b\"" },
		{ "say \"hi\" \\", "\"say \\\"hi\\\" \\\\\"" },
		{ "a\nb\rc\td", "\"a\\nb\\rc\\td\"" },
		{ "\x01\x1f", "\"\\u0001\\u001f\"" },
		{ "\xc3\xa9", "\"\xc3\xa9\"" },
		{ "\xe9x", "\"\xef\xbf\xbdx\"" },
		{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\x7f\xc2\x9b", "\"\\u007f\\u009b\"" },
		{ "\xe2\x80\xae", "\"\\u202e\"" },
		{ "\xf3\xa0\x81\x81", "\"\\udb40\\udc41\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *text = json(cases[i].raw);

		cr_assert_str_eq(text, cases[i].text);
	}
}

Test(text, print_keeps_lines_and_what_is_escaped)
{
	static const char raw[] = "a\tb\\x1b\n\x1b[m\r\0\xc2\x9b\xff"
				  "\xe2\x80\xae caf\xc3\xa9 \xc3";
	auto_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	text_print(f, raw, sizeof(raw) - 1);
	fclose(f);
	cr_assert_str_eq(text, "a\tb\\x1b\n\\x1b[m\\x0d\\x00\\xc2\\x9b\\xff"
			       "\\xe2\\x80\\xae caf\xc3\xa9 \\xc3");
}

Test(text, mask_leaves_what_may_be_seen)
{
	char line[] = "caf\xc3\xa9 \x1b[m\n\t\xc2\x9b\xff\xe2\x80\xae!";

	text_mask(line);
	cr_assert_str_eq(line, "caf\xc3\xa9 ?[m"
			       "????"
			       "?"
			       "??"
			       "?!");
}

Test(text, size_picks_the_unit)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 12, "12 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 3482, "3.4 KiB" },
		{ 1024 * 1024 - 1, "1.0 MiB" },
		{ 1023 * 1024, "1023.0 KiB" },
		{ 1288490189, "1.2 GiB" },
		{ INT64_MAX, "8.0 EiB" },
		{ -12, "-12 B" },
		{ -2048, "-2.0 KiB" },
		{ INT64_MIN, "-8.0 EiB" },
	};
	char buf[32];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		text_size(cases[i].bytes, buf, sizeof(buf));
		cr_assert_str_eq(buf, cases[i].text);
	}
}

Test(text, size_is_cut_to_fit)
{
	char buf[4] = "zzz";

	text_size(123456, buf, sizeof(buf));
	cr_assert_str_eq(buf, "120");
}

Test(text, distance_counts_edits)
{
	cr_assert_eq(text_distance("", ""), 0);
	cr_assert_eq(text_distance("drain", "drain"), 0);
	cr_assert_eq(text_distance("", "abc"), 3);
	cr_assert_eq(text_distance("abc", ""), 3);
	cr_assert_eq(text_distance("thread", "threads"), 1);
	cr_assert_eq(text_distance("kitten", "sitting"), 3);
	cr_assert_eq(text_distance("sitting", "kitten"), 3);
}

Test(text, distance_of_long_words_is_64)
{
	char a[65], b[64];

	memset(a, 'a', 64);
	a[64] = '\0';
	memset(b, 'b', 63);
	b[63] = '\0';
	cr_assert_eq(text_distance(a, "x"), 64);
	cr_assert_eq(text_distance("x", a), 64);
	cr_assert_eq(text_distance(b, ""), 63);
	cr_assert_eq(text_distance(b, "b"), 62);
}
