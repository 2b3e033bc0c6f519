/* SPDX-License-Identifier: MIT */
/*
 * text: bytes of a file name as one printable line, and back; and what else may
 * not reach a terminal or a page as it is.
 *
 * text_escape() writes printable ASCII and valid UTF-8 as they are, and
 * \\ \n \r \t and \xHH for a backslash, the usual controls and every other
 * byte; text_unescape() is its inverse.  A leading space is written \x20.
 *
 * Of valid UTF-8, the unsafe characters are escaped, too: the C1 controls
 * (U+0080 to U+009F), which move the cursor of a terminal, and those that are
 * not seen but reorder, join or end what is around them, so that a line can look
 * like another one (U+202E and its kin).
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

/*
 * Text of several lines, and names in it that have been escaped already: the @n
 * bytes at @s as they are, but what is unsafe, a control other than newline and
 * tab, or no UTF-8 is written \xHH.
 */
void text_print(FILE *out, const char *s, size_t n);

/* Puts a '?' for each such byte of the line @s, which has no newline either. */
void text_mask(char *s);

/* Writes @s as a JSON string with its quotes; bytes that are no UTF-8 become
 * U+FFFD, and what is unsafe is written \uXXXX. */
void text_json(FILE *out, const char *s);

/* "12 B", "3.4 KiB", "1.2 GiB" */
void text_size(int64_t bytes, char *buf, size_t size);

/* Edit distance of two short words (at most 63 bytes each), else 64. */
unsigned int text_distance(const char *a, const char *b);

#endif
