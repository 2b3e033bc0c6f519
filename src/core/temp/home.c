/* SPDX-License-Identifier: MIT */
#include "core/temp/home.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/backing.h"

#define PREFIX STATE_TEMP_PREFIX "home-"
#define TRIES \
	16 /* names, each of which another user must have been faster at */

/*
 * Its files are believed.  So it must belong to us, or to a user who could as
 * well have written to .idemfs.
 */
static int check_owner(const struct state *s, int fd)
{
	struct stat st, own;

	if (fstat(fd, &st) < 0 || fstat(s->dir, &own) < 0)
		return -errno;
	if (st.st_nlink == 0)
		return -ENOENT; /* removed before it was locked */
	return st.st_uid == geteuid() || st.st_uid == own.st_uid ? 0 : -EPERM;
}

static int lock(int fd)
{
	int r;

	do
		r = flock(fd, LOCK_EX | LOCK_NB);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int home_open(const struct state *s, int at, const char *name, struct home *ret)
{
	auto_fd tmp = backing_openat(at, name, O_RDONLY | O_DIRECTORY);
	int r = tmp < 0 ? tmp : check_owner(s, tmp);

	if (!r)
		r = lock(tmp);
	if (!r)
		r = check_owner(s, tmp); /* is it there still? */
	if (r < 0)
		return r;
	ret->at = openat(at, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->at < 0)
		return -errno;
	ret->tmp = steal_fd(&tmp);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	return 0;
}

/* Removes what a new directory inherits and temps must not have. */
static void make_plain(int fd)
{
	sys.fremovexattr(fd, "system.posix_acl_default");
	sys.fchmod(fd, 0700);
}

static int choose(char name[static HOME_NAME_MAX])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(name, HOME_NAME_MAX, PREFIX "%016" PRIx64, number);
	return 0;
}

/* -EAGAIN: another user has replaced the directory that we made. */
static int make_one(const struct state *s, int at, struct home *ret)
{
	char name[HOME_NAME_MAX];
	int r = choose(name);

	if (!r)
		r = sys.mkdirat(at, name, 0700);
	if (r < 0)
		return r == -EEXIST ? -EAGAIN : r;
	r = home_open(s, at, name, ret);
	if (!r)
		make_plain(ret->tmp);
	else
		sys.unlinkat(at, name, AT_REMOVEDIR);
	switch (r) {
	case -EPERM:
	case -EWOULDBLOCK:
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
		return -EAGAIN;
	default:
		return r;
	}
}

int home_make(const struct state *s, int at, struct home *ret)
{
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < TRIES; i++)
		r = make_one(s, at, ret);
	return r == -EAGAIN ? -EPERM : r;
}

static bool is_home(const char *name)
{
	size_t n = strlen(PREFIX);

	return !strncmp(name, PREFIX, n) && strlen(name) < HOME_NAME_MAX;
}

int home_left(const struct state *s, int at, struct home **list, size_t *count)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	while (!r && (entry = readdir(d))) {
		struct home h, *bigger;

		if (!is_home(entry->d_name) ||
		    home_open(s, at, entry->d_name, &h) < 0)
			continue;
		bigger = reallocarray(*list, *count + 1, sizeof(h));
		if (bigger) {
			*list = bigger;
			bigger[(*count)++] = h;
		} else {
			home_release(&h);
			r = -ENOMEM;
		}
	}
	closedir(d);
	return r;
}

void home_release(struct home *h)
{
	if (h->tmp >= 0)
		sys.unlinkat(h->at, h->name, AT_REMOVEDIR);
	close_fd(h->tmp);
	close_fd(h->at);
	*h = (struct home)HOME_CLOSED;
}
