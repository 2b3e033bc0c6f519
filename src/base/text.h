/* SPDX-License-Identifier: MIT */
/*
 * text: the bytes of a file name as one printable line, and back; and the other
 * texts that must not reach a terminal or a page as they are.
 *
 * text_escape() writes printable ASCII and valid UTF-8 as they are, and
 * \\ \n \r \t and \xHH for a backslash, the usual controls and every other
 * byte; text_unescape() is its inverse.  A leading space is written \x20.
 *
 * Of valid UTF-8, the unsafe characters are escaped, too.  These are the C1
 * controls (U+0080 to U+009F), which move the cursor of a terminal, and
 * invisible characters that reorder, join or end the text around them, so that
 * a line can look like another one (U+202E and its kin).
 */
#ifndef IDEMFS_BASE_TEXT_H
#define IDEMFS_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* malloc'ed; NULL only when out of memory. */
char *text_escape(const char *s);

/* malloc'ed; NULL when the first @n bytes of @s are not such a text. */
char *text_unescape(const char *s, size_t n);

/*
 * Likewise into the caller's memory, with a NUL: @out has room for
 * 4 * strlen(@s) + 1 bytes, or for @n + 1.  Returns the length; -1 when @s is
 * not such a text.
 */
size_t text_escape_to(char *out, const char *s);
ssize_t text_unescape_to(char *out, const char *s, size_t n);

/*
 * The length of the UTF-8 character at @s, within @n bytes, its number in
 * *ret_c; 0 when there is none.
 */
size_t text_char(const char *s, size_t n, uint32_t *ret_c);

/*
 * Prints the @n bytes at @s, a text of several lines in which names are escaped
 * already.  Unsafe characters, controls other than newline and tab, and bytes
 * that are not UTF-8 are written \xHH.
 */
void text_print(FILE *out, const char *s, size_t n);

/* Replaces each such byte of the line @s, and each newline, by a '?'. */
void text_mask(char *s);

/*
 * Writes @s as a JSON string with its quotes.  Bytes that are not UTF-8 become
 * U+FFFD, and unsafe characters are written \uXXXX.
 */
void text_json(FILE *out, const char *s);

/* "12 B", "3.4 KiB", "1.2 GiB" */
void text_size(int64_t bytes, char *buf, size_t size);

/* Edit distance of two short words (at most 63 bytes each), else 64. */
unsigned int text_distance(const char *a, const char *b);

#endif
