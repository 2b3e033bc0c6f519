/* SPDX-License-Identifier: MIT */
/*
 * content: the digest of what was read.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/backing/backing.h"
#include "core/changes/hasher.h"
#include "core/digest/digest.h"
#include "core/learn/collect.h"

/* Of @fd, which has not changed meanwhile. */
static int digest_fd(const struct collect *c, int fd, const struct content *is,
		     bool shared, struct digest *ret)
{
	struct stat after;
	struct digest d;
	int64_t size;
	int r = 0;

	if (!digest_cached(fd, is->st.size, &d))
		r = digest_file_until(fd, c->mark->interrupted, NULL, &d,
				      &size);
	if (!r && fstat(fd, &after) < 0)
		r = -errno;
	if (!r && !record_stat_is(&is->st, &after))
		r = -ESTALE;
	if (r < 0)
		return r;
	if (c->mark->hasher && !shared)
		hasher_remember(c->mark->hasher, is, &d);
	*ret = d;
	return 0;
}

static bool recall(const struct collect *c, const struct content *is,
		   struct digest *ret)
{
	return c->mark->hasher && hasher_recall(c->mark->hasher, is, ret);
}

int content_digest(const struct collect *c, const struct item *i,
		   struct digest *ret)
{
	const struct content was = { .dev = i->file.dev, .st = i->file.st };
	auto_fd fd = -1;
	struct stat st;

	/* What is written in place has more than one content by one stat. */
	if (!i->shared && recall(c, &was, ret))
		return 0;
	fd = backing_openat(c->mark->root, i->path,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && st.st_dev == was.dev &&
			       record_stat_is(&was.st, &st)
		       ? digest_fd(c, fd, &was, i->shared, ret)
		       : -ESTALE;
}

int content_digest_at(const struct collect *c, int dir, const char *name,
		      struct digest *ret)
{
	auto_fd fd = openat(dir, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct content is = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	is = (struct content){ st.st_dev, record_stat_of(&st) };
	return recall(c, &is, ret) ? 0 : digest_fd(c, fd, &is, false, ret);
}

bool content_is_as_read(const struct collect *c, const struct item *i)
{
	auto_fd fd =
		backing_openat(c->mark->root, i->path, O_PATH | O_NOFOLLOW);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == i->file.dev &&
	       record_stat_is(&i->file.st, &st);
}
