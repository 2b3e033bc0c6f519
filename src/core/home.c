/* SPDX-License-Identifier: MIT */
#include "core/home.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing.h"

struct home_name {
	char s[32];
};

static struct home_name name_of(unsigned int n)
{
	struct home_name name;

	snprintf(name.s, sizeof(name.s), STATE_TEMP_PREFIX "home-%u", n);
	return name;
}

/*
 * What is in it is believed, and so it must belong to us, or to who could as
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

int home_open(const struct state *s, int at, unsigned int n, struct home *ret)
{
	auto_fd tmp = backing_openat(at, name_of(n).s, O_RDONLY | O_DIRECTORY);
	int r = tmp < 0 ? tmp : lock(tmp);

	if (!r)
		r = check_owner(s, tmp);
	if (r < 0)
		return r;
	ret->at = openat(at, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->at < 0)
		return -errno;
	ret->tmp = steal_fd(&tmp);
	ret->n = n;
	return 0;
}

/* What the directory above gives to all that is made in it is not for temps. */
static void make_plain(int fd)
{
	sys.fremovexattr(fd, "system.posix_acl_default");
	sys.fchmod(fd, 0700);
}

int home_make(const struct state *s, int at, struct home *ret)
{
	int r = -EEXIST;

	for (unsigned int n = 0; n < HOMES_MAX; n++) {
		r = sys.mkdirat(at, name_of(n).s, 0700);
		if (r < 0 && r != -EEXIST)
			return r;
		r = home_open(s, at, n, ret);
		if (!r) {
			make_plain(ret->tmp);
			return 0;
		}
	}
	return r;
}

void home_release(struct home *h)
{
	if (h->tmp >= 0)
		sys.unlinkat(h->at, name_of(h->n).s, AT_REMOVEDIR);
	close_fd(h->tmp);
	close_fd(h->at);
	*h = (struct home)HOME_CLOSED;
}
