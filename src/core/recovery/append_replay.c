/* SPDX-License-Identifier: MIT */
/*
 * What recovery does with tails (append.h).  A note in the journal is believed
 * only as far as it fits the file and the tail.
 */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/copy.h"
#include "core/digest/digest.h"
#include "core/temp/temp.h"
#include "core/version/append.h"

#define PIECE ((size_t)1 << 16)

static int open_regular(int dir, const char *name, int flags, struct stat *ret)
{
	auto_fd fd = sys_open_file(dir, name, flags);

	if (fd < 0)
		return fd == -EBADF ? -ESTALE : fd;
	return fstat(fd, ret) < 0 ? -errno : steal_fd(&fd);
}

static bool is_whole(int fd, const struct stat *st,
		     const struct journal_note *note)
{
	struct digest digest;
	int64_t size;

	return st->st_size == note->bytes &&
	       !digest_from(fd, note->from, &digest, &size) &&
	       !memcmp(&digest, &note->digest, sizeof(digest));
}

/*
 * Has @file, from @from to @end, only bytes that @tail has there, or (@zeros)
 * zeros, which a power cut may leave of what was written?
 */
static bool has_only(int file, int tail, int64_t from, int64_t end, bool zeros)
{
	char a[PIECE], b[PIECE];

	while (from < end) {
		size_t n = end - from < (int64_t)PIECE ? (size_t)(end - from)
						       : PIECE;

		if (sys_pread_all(file, a, n, from) != (ssize_t)n ||
		    sys_pread_all(tail, b, n, from) != (ssize_t)n)
			return false;
		for (size_t i = 0; i < n; i++)
			if (a[i] != b[i] && !(zeros && a[i] == 0))
				return false;
		from += (int64_t)n;
	}
	return true;
}

static int set_mtime(int fd, const struct timespec *mtime)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, *mtime };

	return sys.futimens(fd, times);
}

/* The tail is lost: removes all of it from the file. */
static int cut_back(int file, const struct journal_note *note)
{
	int r = sys.ftruncate(file, note->from);

	if (!r)
		r = set_mtime(file, &note->mtime);
	return r < 0 ? r : sys.fsync(file);
}

/* Without room for all of it, removes what was copied, which takes no room. */
static int copy_tail(int file, int tail, const struct journal_note *note)
{
	int r = copy_range(tail, file, note->from, note->bytes);

	if (r < 0)
		cut_back(file, note);
	return r;
}

static int write_again(int file, const struct stat *is, int tail,
		       const struct stat *of_tail,
		       const struct journal_note *note)
{
	int r = 0;

	if (is->st_size < note->bytes ||
	    !has_only(file, tail, note->from, note->bytes, false))
		r = copy_tail(file, tail, note);
	if (!r && is->st_size <= note->bytes)
		r = set_mtime(file, &of_tail->st_mtim);
	return r < 0 ? r : sys.fsync(file);
}

/*
 * Is @is the file that the tail @of belongs to, with the same owner and group?
 * The tail got both from it.  A file that has set-id bits by now got them from
 * a user who saw it without the tail.
 */
static bool is_its_file(const struct stat *is, const struct stat *of,
			const struct journal_note *note)
{
	if (is->st_dev != of->st_dev || is->st_ino != note->ino ||
	    is->st_nlink != 1 || (is->st_mode & (S_ISUID | S_ISGID)))
		return false;
	/* A daemon that is not root cannot give a tail away. */
	return geteuid() != 0 ||
	       (is->st_uid == of->st_uid && is->st_gid == of->st_gid);
}

static bool is_sane(const struct journal_note *note)
{
	return note->from > 0 && note->from < note->bytes;
}

int append_replay(int dir, const char *name, int tmp, const char *temp,
		  const struct journal_note *note)
{
	struct stat is, of_tail;
	auto_fd file = -1, tail = open_regular(tmp, temp, O_RDONLY, &of_tail);
	int64_t upto;
	int r;

	if (tail < 0)
		return 0;
	file = open_regular(dir, name, O_RDWR, &is);
	if (file < 0)
		return file == -ENOENT || file == -ESTALE ? 0 : file;
	if (!is_sane(note) || !is_its_file(&is, &of_tail, note) ||
	    is.st_size < note->from)
		return 0;
	upto = is.st_size < note->bytes ? is.st_size : note->bytes;
	if (!is_whole(tail, &of_tail, note))
		return is.st_size > note->from &&
				       is.st_size <= of_tail.st_size &&
				       has_only(file, tail, note->from,
						is.st_size, true)
			       ? cut_back(file, note)
			       : 0;
	if (!has_only(file, tail, note->from, upto, is.st_size <= note->bytes))
		return 0;
	r = write_again(file, &is, tail, &of_tail, note);
	if (!r)
		r = sys.unlinkat(tmp, temp, 0);
	return r < 0 ? r : 1;
}

int append_complete(int dir, const char *name, int tmp, const char *temp,
		    const struct journal_note *note)
{
	struct stat is, of_tail;
	auto_fd file = open_regular(dir, name, O_RDONLY, &is), tail = -1;

	if (file < 0)
		return file;
	if (note->from <= 0 || is.st_size != note->from ||
	    is.st_mtim.tv_sec != note->mtime.tv_sec ||
	    is.st_mtim.tv_nsec != note->mtime.tv_nsec)
		return -ESTALE;
	tail = open_regular(tmp, temp, O_RDWR, &of_tail);
	if (tail < 0)
		return tail;
	return !is_its_file(&is, &of_tail, note) || of_tail.st_size < note->from
		       ? -ESTALE
		       : copy_extents(file, tail, note->from);
}
