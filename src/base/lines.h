/* SPDX-License-Identifier: MIT */
/*
 * lines: the lines of a file, or of a text in memory, one at a time, in
 * bounded memory.
 *
 *	lines_peek()   the next line: 1, 0 at the end, or -errno
 *	lines_take()   goes on behind it
 *
 * -EBADMSG: there is no newline within @max bytes, or before the end.  Then
 * lines_skip() passes over the bytes that were looked at, and over a hole
 * behind them, which moves the offset of the descriptor.
 */
#ifndef IDEMFS_BASE_LINES_H
#define IDEMFS_BASE_LINES_H

#include <stddef.h>
#include <sys/types.h>

struct lines {
	int fd;
	const char *text; /* used when fd is -1 */
	off_t at, to;	  /* the part that is not in buf yet */
	size_t max, room;
	size_t begin, end; /* the part of buf that is filled */
	char *buf;
};

/* Bytes @from to @to of @fd (the caller's), lines of at most @max bytes. */
int lines_init(struct lines *l, int fd, off_t from, off_t to, size_t max);
/* Likewise of @text, which must stay. */
int lines_init_text(struct lines *l, const char *text, off_t from, off_t to,
		    size_t max);
void lines_release(struct lines *l);

/* *ret_line is good until the next call, and ends with the newline at @n. */
int lines_peek(struct lines *l, const char **ret_line, size_t *ret_n);
void lines_take(struct lines *l, size_t n);
void lines_skip(struct lines *l);

/* How many bytes there are from the next line to the end. */
off_t lines_left(const struct lines *l);

#endif
