/* SPDX-License-Identifier: MIT */
#include "cli/job/input.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "cli/mounts/preflight.h"
#include "core/digest/digest.h"

char *input_path(const char *root, const char *path)
{
	char *real = realpath(path, NULL);
	size_t n = strlen(root);

	if (real && check_is_below(real, root) && real[n] == '/')
		memmove(real, real + n + 1, strlen(real) - n);
	return real;
}

/*
 * By an O_PATH descriptor until it is known to be a regular file: a device may
 * do something when it is opened, and a tape when it is closed.
 */
static int open_input(int root, const char *path, struct stat *st)
{
	auto_fd at = openat(root, path, O_PATH | O_CLOEXEC);
	char self[32];
	int fd;

	if (at < 0 || fstat(at, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode))
		return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	fd = open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Holes take no space, but to hash them takes time. */
static int digest_input(int fd, struct digest *ret, int64_t *ret_size)
{
	return digest_file_within(fd, DIGEST_HOLES_MAX, ret, ret_size);
}

int input_look(int root, const char *path, struct record *ret)
{
	struct stat st;
	auto_fd fd = open_input(root, path, &st);

	if (fd < 0)
		return fd;
	*ret = (struct record){ .kind = RECORD_INPUT,
				.path = path,
				.st = record_stat_of(&st) };
	return 0;
}

int input_read(int root, const char *path, struct record *ret)
{
	struct record r = { .kind = RECORD_INPUT, .path = path };
	struct stat st;
	auto_fd fd = open_input(root, path, &st);
	int64_t size;
	int code = fd < 0 ? fd : digest_input(fd, &r.digest, &size);

	if (code < 0)
		return code;
	r.st = record_stat_of(&st);
	r.st.size = size;
	*ret = r;
	return 0;
}

/*
 * The kernel's clock for files may be some milliseconds late, that of another
 * host a little more.
 */
#define LATE_NS 100000000

static bool happened_since(const struct stat *st, const struct timespec *since)
{
	int64_t s = st->st_ctim.tv_sec - since->tv_sec;

	return s > 1 || s * 1000000000 + st->st_ctim.tv_nsec - since->tv_nsec >=
				-LATE_NS;
}

bool input_is_untouched(const struct stat *st, const struct record *r,
			const struct timespec *since)
{
	return record_stat_is(&r->st, st) && !happened_since(st, since);
}

int input_is_as(int fd, const struct stat *st, const struct record *r,
		const struct timespec *since)
{
	struct digest d;
	int64_t size;
	int code;

	if (input_is_untouched(st, r, since))
		return 1;
	if (st->st_size != r->st.size)
		return 0;
	code = digest_input(fd, &d, &size);
	if (code == -EFBIG)
		return 0;
	return code < 0 ? code : !memcmp(&d, &r->digest, sizeof(d));
}

int input_holds(int root, const struct record *r, const struct timespec *since)
{
	struct stat st;
	auto_fd fd = open_input(root, r->path, &st);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	return input_is_as(fd, &st, r, since);
}
