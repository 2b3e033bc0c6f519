/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/util.h"

/* Overlong forms, surrogates and numbers beyond U+10FFFF are not UTF-8. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t len;

	if (n == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;

	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

size_t text_char(const char *text, size_t n, uint32_t *ret_c)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	const unsigned char *s = (const unsigned char *)text;
	size_t len = utf8_length(s, n);
	uint32_t c;

	if (len == 0)
		return 0;
	c = s[0] & lead_bits[len];
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	*ret_c = c;
	return len;
}

static bool is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* Invisible characters that change how their neighbours look. */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{ 0x80, 0x9f },	      /* the C1 controls of a terminal */
	{ 0x61c, 0x61c },     /* marks of direction */
	{ 0x200e, 0x200f },   /* likewise */
	{ 0x2028, 0x202e },   /* separators of lines, and embeddings */
	{ 0x2060, 0x206f },   /* joiners, isolates, deprecated ones */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xfff9, 0xfffb },   /* annotations */
	{ 0xe0000, 0xe0fff }, /* tags, and others ignored by default */
};

static bool is_unsafe(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(unsafe); i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	return c < 0x80 && is_control((unsigned char)c);
}

/*
 * The length of the character at @s, within @n bytes, if it may be shown as it
 * is; 0 if its first byte may not.
 */
static size_t safe_char(const char *s, size_t n)
{
	uint32_t c = 0;
	size_t len = text_char(s, n, &c);

	return is_unsafe(c) ? 0 : len;
}

static char *put_hex(char *out, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	*out++ = '\\';
	*out++ = 'x';
	*out++ = digits[c >> 4];
	*out++ = digits[c & 15];
	return out;
}

/* The letter that follows the backslash for @c, or 0. */
static char short_escape(unsigned char c)
{
	switch (c) {
	case '\\':
		return '\\';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

size_t text_escape_to(char *ret, const char *text)
{
	size_t n = strlen(text), len;
	char *out = ret;

	for (const char *s = text; n > 0; s += len, n -= len) {
		unsigned char c = (unsigned char)*s;

		len = safe_char(s, n);
		if (short_escape(c)) {
			*out++ = '\\';
			*out++ = short_escape(c);
			len = 1;
		} else if (len == 0 || (s == text && c == ' ')) {
			out = put_hex(out, c);
			len = 1;
		} else {
			out = mempcpy(out, s, len);
		}
	}
	*out = '\0';
	return (size_t)(out - ret);
}

char *text_escape(const char *text)
{
	/* each byte at its longest: \xHH */
	char *ret = malloc(4 * strlen(text) + 1);

	if (ret)
		text_escape_to(ret, text);
	return ret;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Decodes the escape at @s, which begins with a backslash and has @n bytes:
 * how many bytes it takes, or 0 when it is none.
 */
static size_t get_escape(const char *s, size_t n, char *ret_c)
{
	int high, low;

	if (n < 2)
		return 0;
	switch (s[1]) {
	case '\\':
		*ret_c = '\\';
		return 2;
	case 'n':
		*ret_c = '\n';
		return 2;
	case 'r':
		*ret_c = '\r';
		return 2;
	case 't':
		*ret_c = '\t';
		return 2;
	case 'x':
		break;
	default:
		return 0;
	}
	if (n < 4)
		return 0;
	high = hex_value(s[2]);
	low = hex_value(s[3]);
	if (high < 0 || low < 0 || (high | low) == 0)
		return 0; /* no name holds a NUL */
	*ret_c = (char)(high << 4 | low);
	return 4;
}

ssize_t text_unescape_to(char *out, const char *s, size_t n)
{
	size_t used = 0, len;

	for (size_t i = 0; i < n; i += len) {
		if (s[i] == '\\') {
			len = get_escape(s + i, n - i, &out[used]);
			if (len == 0)
				return -1;
			used++;
			continue;
		}
		len = utf8_length((const unsigned char *)s + i, n - i);
		if (len == 0 || is_control((unsigned char)s[i]))
			return -1;
		memcpy(out + used, s + i, len);
		used += len;
	}
	out[used] = '\0';
	return (ssize_t)used;
}

char *text_unescape(const char *s, size_t n)
{
	auto_free char *ret = malloc(n + 1);

	if (!ret || text_unescape_to(ret, s, n) < 0)
		return NULL;
	return steal_ptr(&ret);
}

void text_print(FILE *out, const char *s, size_t n)
{
	char hex[4];
	size_t len;

	for (; n > 0; s += len, n -= len) {
		len = *s == '\n' || *s == '\t' ? 1 : safe_char(s, n);
		if (len) {
			fwrite(s, 1, len, out);
			continue;
		}
		len = 1;
		put_hex(hex, (unsigned char)*s);
		fwrite(hex, 1, sizeof(hex), out);
	}
}

void text_mask(char *s)
{
	size_t n = strlen(s), len;

	for (; n > 0; s += len, n -= len) {
		len = safe_char(s, n);
		if (len)
			continue;
		*s = '?';
		len = 1;
	}
}

/* Above U+FFFF as two halves, as JSON wants it. */
static void json_unicode(FILE *out, uint32_t c)
{
	if (c > 0xffff) {
		c -= 0x10000;
		fprintf(out, "\\u%04x", 0xd800 + (c >> 10));
		c = 0xdc00 + (c & 0x3ff);
	}
	fprintf(out, "\\u%04x", c);
}

static void json_control(FILE *out, uint32_t c)
{
	switch (c) {
	case '\n':
		fputs("\\n", out);
		break;
	case '\r':
		fputs("\\r", out);
		break;
	case '\t':
		fputs("\\t", out);
		break;
	default:
		json_unicode(out, c);
	}
}

void text_json(FILE *out, const char *s)
{
	size_t n = strlen(s), len;
	uint32_t c;

	fputc('"', out);
	for (; n > 0; s += len, n -= len) {
		len = text_char(s, n, &c);
		if (len == 0) {
			fputs("\xef\xbf\xbd", out);
			len = 1;
		} else if (c == '"' || c == '\\') {
			fputc('\\', out);
			fputc(*s, out);
		} else if (is_unsafe(c)) {
			json_control(out, c);
		} else {
			fwrite(s, 1, len, out);
		}
	}
	fputc('"', out);
}

void text_size(int64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB",
					     "TiB", "PiB", "EiB" };
	double v = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes > -1024 && bytes < 1024) {
		snprintf(buf, size, "%" PRId64 " B", bytes);
		return;
	}
	/* Not "1024.0 KiB" after rounding, but "1.0 MiB". */
	while ((v >= 1023.95 || v <= -1023.95) &&
	       unit + 1 < ARRAY_SIZE(units)) {
		v /= 1024;
		unit++;
	}
	snprintf(buf, size, "%.1f %s", v, units[unit]);
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned int text_distance(const char *a, const char *b)
{
	size_t na = strnlen(a, 64), nb = strnlen(b, 64);
	unsigned int row[64], diagonal, above;

	if (na > 63 || nb > 63)
		return 64;
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= na; i++) {
		diagonal = row[0];
		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= nb; j++) {
			above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[nb];
}
