/* SPDX-License-Identifier: MIT */
/*
 * text: bytes of a file name as one printable line, and back.
 *
 * text_escape() writes printable ASCII and valid UTF-8 as they are, and
 * \\ \n \r \t and \xHH for a backslash, the usual controls and every other
 * byte, the C1 controls (U+0080 to U+009F) among them; text_unescape() is its
 * inverse.  A leading space is written \x20.
 */
#ifndef IDEMFS_BASE_TEXT_H
#define IDEMFS_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* malloc'ed; NULL only when out of memory. */
char *text_escape(const char *s);

/* malloc'ed, or NULL when @s (its first @n bytes) is no such text. */
char *text_unescape(const char *s, size_t n);

/*
 * Likewise into the caller's memory, with a NUL: @out has room for
 * 4 * strlen(@s) + 1 bytes, or for @n + 1.  The length; -1 when @s is no text.
 */
size_t text_escape_to(char *out, const char *s);
ssize_t text_unescape_to(char *out, const char *s, size_t n);

/*
 * The length of the UTF-8 character at @s, within @n bytes, its number in
 * *ret_c; 0 when there is none.
 */
size_t text_char(const char *s, size_t n, uint32_t *ret_c);

/* Writes @s as a JSON string with its quotes; bytes that are no UTF-8 become
 * U+FFFD. */
void text_json(FILE *out, const char *s);

/* "12 B", "3.4 KiB", "1.2 GiB" */
void text_size(int64_t bytes, char *buf, size_t size);

/* Edit distance of two short words (at most 63 bytes each), else 64. */
unsigned int text_distance(const char *a, const char *b);

#endif
