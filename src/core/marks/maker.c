/* SPDX-License-Identifier: MIT */
#include "core/marks/maker.h"

#include <fcntl.h>

#include "base/util.h"
#include "core/manifest/manifest.h"

#define DEPTH_MAX 64 /* of groups in groups */

int maker_of(struct dir *dir, const char *name, struct maker *ret)
{
	struct manifest_reader *m;
	auto_fd fd = -1;
	struct stat st;
	int r = dir_open_file(dir, name, O_RDONLY, NULL, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct maker){ st.st_uid, st.st_uid };
	r = manifest_open(fd, &m);
	/* A damaged mark is never believed, whichever user has made it. */
	if (r < 0)
		return r == -EBADMSG || r == -EPROTO ? 0 : r;
	ret->user = manifest_head(m)->user;
	manifest_close(m);
	return 0;
}

static bool is_of_mount(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

bool maker_is_believed(const struct maker *m, uid_t uid)
{
	return (m->owner == uid || is_of_mount(m->owner)) &&
	       (m->user == uid || is_of_mount(m->user));
}

bool maker_is(const struct maker *m, uid_t uid)
{
	if (is_of_mount(uid))
		return true;
	return m->user == uid && (m->owner == uid || m->owner == geteuid());
}

/* Groups */

struct walk {
	struct dir *dir;
	uid_t uid;
	unsigned int depth;
	int code; /* the first failure */
};

static int walk_group(struct dir *dir, uid_t uid, unsigned int depth);

static int look(struct walk *w, const char *name)
{
	struct dir *sub;
	struct maker m;
	struct file_key key;
	struct statx st;
	int r = dir_statx(w->dir, name, &st);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!S_ISDIR(st.stx_mode)) {
		r = maker_of(w->dir, name, &m);
		return r < 0 || maker_is(&m, w->uid) ? r : -EPERM;
	}
	key = statx_key(&st);
	sub = dir_intern(w->dir, name, &key);
	r = sub ? walk_group(sub, w->uid, w->depth + 1) : -ENOMEM;
	dir_put(sub);
	return r;
}

static void look_at_one(void *arg, const char *name)
{
	struct walk *w = arg;

	if (!w->code)
		w->code = look(w, name);
}

static int walk_group(struct dir *dir, uid_t uid, unsigned int depth)
{
	struct walk w = { dir, uid, depth, 0 };
	int r = depth < DEPTH_MAX ? dir_each_name(dir, look_at_one, &w)
				  : -EPERM;

	return r < 0 ? r : w.code;
}

int maker_may_move(struct dir *dir, const char *name, uid_t uid)
{
	struct walk w = { .dir = dir, .uid = uid };

	return is_of_mount(uid) ? 0 : look(&w, name);
}
