/* SPDX-License-Identifier: MIT */
#include "base/lines.h"

#include <string.h>

#include "base/sys.h"
#include "base/util.h"

#define BUFFER_MIN ((size_t)65536)

static int init(struct lines *l, struct lines with, size_t max)
{
	with.max = max;
	with.room = 2 * max > BUFFER_MIN ? 2 * max : BUFFER_MIN;
	with.buf = malloc(with.room);
	if (!with.buf)
		return -ENOMEM;
	*l = with;
	return 0;
}

int lines_init(struct lines *l, int fd, off_t from, off_t to, size_t max)
{
	return init(l, (struct lines){ .fd = fd, .at = from, .to = to }, max);
}

int lines_init_text(struct lines *l, const char *text, off_t from, off_t to,
		    size_t max)
{
	return init(
		l,
		(struct lines){ .fd = -1, .text = text, .at = from, .to = to },
		max);
}

void lines_release(struct lines *l)
{
	free(steal_ptr(&l->buf));
}

static ssize_t read_some(struct lines *l, char *buf, size_t n)
{
	if (l->fd >= 0)
		return sys_pread_all(l->fd, buf, n, l->at);
	memcpy(buf, l->text + l->at, n);
	return (ssize_t)n;
}

/* Fills buf.  If the file has become shorter, it ends where it ends now. */
static int fill(struct lines *l)
{
	size_t n;
	ssize_t got;

	memmove(l->buf, l->buf + l->begin, l->end - l->begin);
	l->end -= l->begin;
	l->begin = 0;
	n = l->room - l->end;
	if ((off_t)n > l->to - l->at)
		n = (size_t)(l->to - l->at);
	got = read_some(l, l->buf + l->end, n);
	if (got < 0)
		return (int)got;
	if ((size_t)got < n)
		l->to = l->at + got;
	l->at += got;
	l->end += (size_t)got;
	return 0;
}

int lines_peek(struct lines *l, const char **ret_line, size_t *ret_n)
{
	const char *first = l->buf + l->begin;
	const char *nl = memchr(first, '\n', l->end - l->begin);
	int r;

	if (!nl && l->at < l->to) {
		r = fill(l);
		if (r < 0)
			return r;
		first = l->buf;
		nl = memchr(first, '\n', l->end);
	}
	if (l->begin == l->end)
		return 0;
	if (!nl || (size_t)(nl - first) >= l->max)
		return -EBADMSG;
	*ret_line = first;
	*ret_n = (size_t)(nl - first);
	return 1;
}

void lines_take(struct lines *l, size_t n)
{
	l->begin += n + 1;
}

/* Any user can make a hole of any size, and reading it would take hours. */
static void skip_hole(struct lines *l)
{
	off_t data = lseek(l->fd, l->at, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		data = l->to; /* the rest is a hole */
	if (data > l->at)
		l->at = data < l->to ? data : l->to;
}

void lines_skip(struct lines *l)
{
	char *first = l->buf + l->begin;
	char *nl = memchr(first, '\n', l->end - l->begin);

	l->begin = nl ? (size_t)(nl + 1 - l->buf) : l->end;
	if (!nl && l->fd >= 0)
		skip_hole(l);
}

off_t lines_left(const struct lines *l)
{
	return (off_t)(l->end - l->begin) + (l->to - l->at);
}
