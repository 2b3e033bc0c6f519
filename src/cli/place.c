/* SPDX-License-Identifier: MIT */
#include "cli/place.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/util.h"

bool place_is_served(const struct place *p)
{
	auto_fd fd = openat(p->state.dir, "lock",
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return !p->mounted && fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
	       errno == EWOULDBLOCK;
}

static int open_root(struct place *p, struct err *err)
{
	int r = target_look(p->dir, &p->target, err);

	if (r < 0)
		return r;
	p->mounted = p->target.kind == TARGET_ALIVE;
	if (!p->mounted && p->target.kind != TARGET_NONE)
		return target_find(p->dir, &p->target, err); /* says why not */
	if (p->mounted)
		p->root = target_open_root(&p->target);
	else
		p->root = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->root >= 0)
		return 0;
	if (!p->mounted)
		return err_set(err, -errno, "%s: %s", p->dir, strerror(errno));
	return err_set(err, p->root,
		       "%s: its daemon (process %d) cannot be reached from "
		       "here. Run this as the user who mounted it, on the same "
		       "machine",
		       p->dir, p->target.pid);
}

int place_open_root(const char *dir, struct place *ret, struct err *err)
{
	struct place p = { .dir = dir,
			   .target = { .root_fd = -1 },
			   .root = -1,
			   .state = STATE_CLOSED };
	int r = open_root(&p, err);

	if (r < 0)
		place_release(&p);
	else
		*ret = p;
	return r;
}

int place_open(const char *dir, struct place *ret, struct err *err)
{
	struct place p;
	int r = place_open_root(dir, &p, err);

	if (r < 0)
		return r;
	r = state_open_readonly(p.root, dir, &p.state, err);
	if (r == -ENOENT)
		err_set(err, r,
			"%s: idemfs has never been mounted here. Name the "
			"directory that it was mounted over",
			dir);
	if (r < 0)
		place_release(&p);
	else
		*ret = p;
	return r;
}

void place_release(struct place *p)
{
	state_release(&p->state);
	target_release(&p->target);
	close_fd(p->root);
	p->root = -1;
}
