/* SPDX-License-Identifier: MIT */
#include "cli/mounts/statedir.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"

bool statedir_is_served(const struct statedir *p)
{
	auto_fd fd = sys_open_file(p->state.dir, "lock", O_RDONLY);

	return !p->mounted && fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
	       errno == EWOULDBLOCK;
}

static int open_root(struct statedir *p, struct err *err)
{
	auto_fd dir = -1;
	int r = target_look_open(p->dir, &p->target, &dir, err);

	if (r < 0)
		return r;
	p->mounted = p->target.kind == TARGET_ALIVE;
	if (!p->mounted && p->target.kind != TARGET_NONE)
		return target_find(p->dir, &p->target, err); /* says why not */
	if (p->mounted)
		p->root = target_open_root(&p->target);
	else
		p->root = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

int statedir_open_root(const char *dir, struct statedir *ret, struct err *err)
{
	struct statedir p = { .dir = dir,
			      .target = { .root_fd = -1 },
			      .root = -1,
			      .state = STATE_CLOSED };
	int r = open_root(&p, err);

	if (r < 0)
		statedir_release(&p);
	else
		*ret = p;
	return r;
}

/*
 * Takes on the user, with the groups of that user.  The real user stays root,
 * so that the other user cannot send this process a signal.
 */
static int become(uid_t uid, gid_t gid)
{
	const struct passwd *user = getpwuid(uid);

	if (user ? initgroups(user->pw_name, user->pw_gid) : setgroups(0, NULL))
		return -errno;
	if (setegid(user ? user->pw_gid : gid) < 0 || seteuid(uid) < 0)
		return -errno;
	return 0;
}

/* If the owner cannot be found out, opening the state says why. */
static int become_owner(const struct statedir *p, struct err *err)
{
	auto_fd fd = geteuid() ? -1 : sys_open_dir(p->root, STATE_DIR);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid == geteuid())
		return 0;
	r = become(st.st_uid, st.st_gid);
	return r < 0 ? err_set(err, r,
			       "%s/" STATE_DIR " belongs to user %u, whose "
			       "rights cannot be taken on: %s",
			       p->dir, st.st_uid, strerror(-r))
		     : 0;
}

int statedir_open(const char *dir, struct statedir *ret, struct err *err)
{
	struct statedir p;
	int r = statedir_open_root(dir, &p, err);

	if (r < 0)
		return r;
	r = become_owner(&p, err);
	if (r == 0)
		r = state_open_readonly(p.root, dir, &p.state, err);
	if (r == -ENOENT)
		err_set(err, r,
			"%s: idemfs has never been mounted here. Name the "
			"directory that it was mounted over",
			dir);
	if (r < 0)
		statedir_release(&p);
	else
		*ret = p;
	return r;
}

void statedir_release(struct statedir *p)
{
	state_release(&p->state);
	target_release(&p->target);
	close_fd(p->root);
	p->root = -1;
}
