/* SPDX-License-Identifier: MIT */
#include "cli/mounts/claim.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/util.h"
#include "cli/args/args.h"
#include "cli/mounts/lockholder.h"
#include "cli/mounts/preflight.h"
#include "cli/mounts/unmount.h"
#include "cli/screen/say.h"

#define SETTLE_MS 10000 /* what a daemon takes beyond its --drain */
#define QUIET_MS 500	/* waiting this long needs no word */
#define LOOK_MS 20	/* between two looks */
#define UNSEEN_MAX 10	/* more: it is on another host */
#define SERVED_TWICE 2	/* once may be a mount that has come meanwhile */

/* What a look finds, besides -errno. */
enum { FREE, JOIN, AGAIN };

/* Is one of the blocked signals pending?  The caller handles it. */
static bool has_signal(void)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (sigismember(&pending, ends[i]) == 1)
			return true;
	return false;
}

/*
 * Waits a moment for process @pid, which is about to go or to serve: AGAIN, or
 * -ETIMEDOUT when there was time enough, -EINTR when a signal has come.
 */
static int again(struct claim *c, pid_t pid)
{
	int64_t now = now_ms(), most = c->args->opt.drain_ms + SETTLE_MS;

	if (!c->since)
		c->since = now;
	if (!c->waits && now - c->since >= most)
		return -ETIMEDOUT;
	if (!c->told && now - c->since >= QUIET_MS) {
		c->told = true;
		say_error("%s: waiting for the mount before to %s (process %d)",
			  c->args->dir, c->waits ? "end" : "settle", pid);
	}
	poll(NULL, 0, LOOK_MS);
	return has_signal() ? -EINTR : AGAIN;
}

static int refuse_alive(const char *dir, const struct target *t,
			struct err *err)
{
	if (t->runs >= 0)
		return err_set(err, -EBUSY,
			       "%s: already the mount of idemfs run (process "
			       "%d). A second run joins it, or waits: idemfs "
			       "run --wait",
			       dir, t->pid);
	return err_set(err, -EBUSY,
		       "%s: already an idemfs mount (of process %d). Use it as "
		       "it is, or end it: idemfs umount %s",
		       dir, t->pid, dir);
}

/* A living mount at @dir; to be joined only where we would mount ourselves. */
static int look_alive(struct claim *c, const char *dir, const struct target *t,
		      struct err *err)
{
	int r = AGAIN;

	if (t->ending || c->waits)
		r = again(c, t->pid);
	else if (c->joins && t->runs >= 0 && dir == c->args->mountpoint)
		return JOIN;
	else
		r = -EBUSY;
	if (r == -EINTR)
		return err_set(err, r, "%s: interrupted", c->args->dir);
	return r < 0 ? refuse_alive(dir, t, err) : r;
}

static int look_dead(const char *dir, struct err *err)
{
	int r = unmount_dead(dir, err);

	if (r > 0)
		say_error("%s: cleaned up the mount that a killed daemon left",
			  dir);
	return r < 0 ? r : FREE;
}

static int look_at(struct claim *c, const char *dir, struct target *ret,
		   struct err *err)
{
	int r = target_look(dir, ret, err);

	if (r < 0)
		return r;
	switch (ret->kind) {
	case TARGET_NONE:
		return FREE;
	case TARGET_DEAD:
		return look_dead(dir, err);
	case TARGET_ALIVE:
		return look_alive(c, dir, ret, err);
	case TARGET_CLOSED:
		return err_set(err, -EBUSY,
			       "%s: already an idemfs mount, of another user. "
			       "Choose another directory",
			       dir);
	case TARGET_FAILED:
		break;
	}
	return target_find(dir, ret, err); /* says what to do */
}

/* A process that has the lock, and serves nowhere, is beginning or ending. */
static int look_at_lock(struct claim *c, struct err *err)
{
	pid_t pid;
	enum lockholder p = lockholder_look(c->args->backing, &pid);
	int r;

	c->served = p == LOCKHOLDER_SERVES ? c->served + 1 : 0;
	if (p == LOCKHOLDER_GONE)
		return FREE;
	if (p == LOCKHOLDER_SERVES && c->served >= SERVED_TWICE && !c->waits)
		return FREE; /* the state directory names its process */
	r = again(c, pid);
	if (r == -EINTR)
		return err_set(err, r, "%s: interrupted", c->args->dir);
	return r < 0 ? FREE : r;
}

static int look(struct claim *c, struct target *ret, struct err *err)
{
	const struct args *a = c->args;
	bool same = !strcmp(a->backing, a->mountpoint);
	struct target t = { .root_fd = -1 };
	int r = look_at(c, a->mountpoint, ret, err);

	if (r == FREE && !same) {
		r = look_at(c, a->backing, &t, err);
		target_release(&t);
	}
	if (r == FREE)
		r = preflight_mount(a, err);
	if (r == FREE)
		r = look_at_lock(c, err);
	return r;
}

/* Another process was faster; one that stays will not let go. */
static bool may_pass(struct claim *c, pid_t *ret_pid)
{
	if (lockholder_look(c->args->backing, ret_pid) == LOCKHOLDER_GONE)
		c->unseen++;
	return c->waits || (c->served < SERVED_TWICE && c->unseen < UNSEEN_MAX);
}

static int start(struct claim *c, const struct daemon_plan *plan,
		 pid_t *ret_pid, struct err *err)
{
	int r = plan ? daemon_start(plan, ret_pid, err) : 0;
	pid_t pid = 0;

	if (r != -EBUSY || !may_pass(c, &pid))
		return r;
	return again(c, pid) == AGAIN ? AGAIN : r;
}

int claim_mount(struct claim *c, const struct daemon_plan *plan, pid_t *ret_pid,
		struct target *ret_target, struct err *err)
{
	int r;

	do {
		struct target t = { .root_fd = -1 };

		r = look(c, &t, err);
		if (r == JOIN) {
			*ret_target = t;
			return CLAIM_JOIN;
		}
		target_release(&t);
		if (r == FREE)
			r = start(c, plan, ret_pid, err);
	} while (r == AGAIN);
	return r < 0 ? r : CLAIM_MOUNTED;
}
