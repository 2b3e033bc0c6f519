/* SPDX-License-Identifier: MIT */
/*
 * copy: the bytes of one file to another: the end of temp.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/temp/temp.h"

#define COPY_CHUNK ((size_t)1 << 30) /* what one copy_file_range is asked */

static int copy_by_hand(int from, int to, off_t off, off_t end)
{
	size_t room = 1 << 20;
	auto_free char *buf = malloc(room);

	if (!buf)
		return -ENOMEM;
	while (off < end) {
		size_t want = (size_t)(end - off) < room ? (size_t)(end - off)
							 : room;
		ssize_t n = pread(from, buf, want, off);
		int r;

		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		r = sys_pwrite_all(to, buf, (size_t)n, off);
		if (r < 0)
			return r;
		off += n;
	}
	return 0;
}

int copy_range(int from, int to, off_t off, off_t end)
{
	while (off < end) {
		off_t in = off, out = off;
		size_t want = (size_t)(end - off);
		ssize_t n = sys.copy_file_range(from, &in, to, &out,
						want < COPY_CHUNK ? want
								  : COPY_CHUNK);

		if (n == -EXDEV || n == -EINVAL || n == -EOPNOTSUPP ||
		    n == -ENOSYS || n == -EBADF)
			return copy_by_hand(from, to, off, end);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		off += n;
	}
	return 0;
}

int copy_extents(int from, int to, off_t end)
{
	off_t data = 0, hole;
	int r;

	while (data < end) {
		data = lseek(from, data, SEEK_DATA);
		if (data < 0) /* a hole up to the end? */
			return errno == ENXIO ? 0 : -errno;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		r = copy_range(from, to, data, hole < end ? hole : end);
		if (r < 0)
			return r;
		data = hole;
	}
	return 0;
}

int copy_bytes(int from, int to)
{
	struct stat st;
	int r;

	if (fstat(from, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return 0;
	if (!sys.clone(to, from))
		return 0;
	r = copy_extents(from, to, st.st_size);
	return r < 0 ? r : sys.ftruncate(to, st.st_size);
}
