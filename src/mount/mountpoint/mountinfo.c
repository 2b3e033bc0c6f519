/* SPDX-License-Identifier: MIT */
#include "mount/mountpoint/mountinfo.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/util.h"

#define IDEMFS_TYPE "fuse.idemfs "

/* --- by number ------------------------------------------------------------ */

static uint64_t look(int dirfd, const char *path, int flags, bool root)
{
	struct statx st;

	/*
	 * An empty mask, so that no request goes to the daemon, which may be
	 * dead, and FUSE does not refuse a user that may not enter.  The
	 * number of the mount is filled in all the same.
	 */
	if (statx(dirfd, path, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0,
		  &st) < 0 ||
	    !(st.stx_mask & STATX_MNT_ID))
		return 0;
	if (root && !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return 0;
	return st.stx_mnt_id;
}

uint64_t mountinfo_id(int dirfd, const char *path, int flags)
{
	return look(dirfd, path, flags, false);
}

uint64_t mountinfo_root(int dirfd, const char *path, int flags)
{
	return look(dirfd, path, flags, true);
}

/* --- one line ------------------------------------------------------------- */

/*
 * A copy of the @n bytes at @s, in which \040 and the like are what they mean.
 */
static char *unescape(const char *s, size_t n)
{
	char *copy = strndup(s, n), *out = copy;

	if (!copy)
		return NULL;
	for (char *p = copy; *p; p++) {
		if (*p == '\\' && strspn(p + 1, "01234567") >= 3) {
			*out++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 |
					(p[3] - '0'));
			p += 3;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	return copy;
}

/* "…,user_id=1000,group_id=…": what FUSE says of the user who mounted. */
static uid_t parse_owner(const char *options)
{
	static const char key[] = ",user_id=";
	const char *at = strstr(options, key), *next;
	unsigned int uid;

	/* The option of a security module may come before it. */
	while (at && (next = strstr(at + 1, key)))
		at = next;
	return at && sscanf(at + strlen(key), "%u", &uid) == 1 ? uid
							       : (uid_t)-1;
}

/* "36 35 98:0 /root /mount/point options … - type source options" */
bool mountinfo_parse(char *line, struct mounted *ret)
{
	struct mounted m = { .owner = (uid_t)-1 };
	char *what = strstr(line, " - ");
	unsigned int maj, min;
	int root = 0, at = 0, size = 0;

	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %u:%u %n%*s %n", &m.id,
		   &m.parent, &maj, &min, &root, &at) != 4 ||
	    !at || !what)
		return false;
	what += strlen(" - ");
	if (sscanf(what, "%*s %*s%n", &size) < 0 || !size)
		return false;
	m.dev = makedev(maj, min);
	m.idemfs = !strncmp(what, IDEMFS_TYPE, strlen(IDEMFS_TYPE)) &&
		   !strncmp(line + root, "/ ", 2);
	if (m.idemfs)
		m.owner = parse_owner(what + size);
	m.what = strndup(what, (size_t)size);
	m.at = unescape(line + at, strcspn(line + at, " "));
	if (m.what && m.at)
		*ret = m;
	else
		mounted_clear(&m);
	return m.what;
}

/* --- the table ------------------------------------------------------------ */

typedef bool (*matcher)(const struct mounted *m, const void *arg);

/* The last line that matches, since later ones lie on top. */
static int search(matcher match, const void *arg, struct mounted *ret)
{
	auto_file *f = fopen("/proc/self/mountinfo", "re");
	auto_free char *line = NULL;
	struct mounted m;
	size_t room = 0;
	int r = -ENOENT;

	while (f && getline(&line, &room, f) > 0) {
		if (!mountinfo_parse(line, &m))
			continue;
		if (match(&m, arg)) {
			if (r == 0)
				mounted_clear(ret);
			*ret = m;
			r = 0;
		} else {
			mounted_clear(&m);
		}
	}
	return r;
}

static bool has_id(const struct mounted *m, const void *arg)
{
	const uint64_t *id = arg;

	return m->id == *id;
}

static bool is_at(const struct mounted *m, const void *arg)
{
	return !strcmp(m->at, arg);
}

static bool is_same(const struct mounted *m, const void *arg)
{
	const struct mounted *other = arg;

	return m->dev == other->dev && !strcmp(m->what, other->what);
}

static bool is_idemfs_below(const struct mounted *m, const void *arg)
{
	const char *dir = arg;
	size_t n = strlen(dir);

	return m->idemfs && !strncmp(m->at, dir, n) && m->at[n] == '/';
}

int mountinfo_idemfs_below(const char *dir, struct mounted *ret)
{
	return search(is_idemfs_below, dir, ret);
}

int mountinfo_get(uint64_t id, struct mounted *ret)
{
	return id ? search(has_id, &id, ret) : -ENOENT;
}

int mountinfo_find(const char *mountpoint, struct mounted *ret)
{
	return search(is_at, mountpoint, ret);
}

bool mountinfo_has(const struct mounted *m)
{
	struct mounted found = { 0 };
	int r = search(is_same, m, &found);

	mounted_clear(&found);
	return !r;
}

int mountinfo_open(uint64_t id)
{
	struct mounted m = { 0 };
	int r = mountinfo_get(id, &m);
	auto_fd fd = r < 0 ? -1 : open(m.at, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (!r && fd < 0)
		r = -errno;
	mounted_clear(&m);
	if (r < 0)
		return r;
	return mountinfo_root(fd, "", AT_EMPTY_PATH) == id ? steal_fd(&fd)
							   : -ESTALE;
}

void mounted_clear(struct mounted *m)
{
	free(m->what);
	free(m->at);
	*m = (struct mounted){ .owner = (uid_t)-1 };
}
