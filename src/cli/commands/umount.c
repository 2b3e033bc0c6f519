/* SPDX-License-Identifier: MIT */
/* idemfs umount: takes a mount away, and waits until its daemon has gone. */
#include <string.h>

#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/ending.h"
#include "cli/mounts/probe.h"
#include "cli/mounts/target.h"
#include "cli/mounts/unmount.h"
#include "cli/screen/say.h"

static int umount_alive(const char *dir, const struct target *t, bool lazy,
			struct err *err)
{
	struct ending e = ENDING_CLOSED;
	int r;

	ending_watch(t, &e);
	r = unmount(dir, t->mount_id, lazy, err);
	if (r == -EBUSY)
		r = unmount_busy(dir, t->mount_id, err);
	else if (r == 0 && !lazy)
		r = ending_wait(&e, dir, err);
	ending_release(&e);
	return r;
}

/*
 * Without asking the daemon.  FUSE does not let root into a user's mount, but
 * root may take it away.  And a mount whose disk has failed does not answer.
 */
static int umount_blindly(const char *dir, const struct target *t, bool lazy,
			  const char *why, struct err *err)
{
	int r = unmount(dir, t->mount_id, lazy, err);

	if (r == -EBUSY)
		return unmount_busy(dir, t->mount_id, err);
	if (r == 0 && !lazy)
		say_error("%s: %s; unmounted without waiting for its daemon",
			  dir, why);
	return r;
}

static int umount_dead(const char *dir, struct err *err)
{
	int r = unmount_dead(dir, err);

	if (r > 0)
		say_error("%s: its daemon had died; cleaned up", dir);
	return r;
}

/* The daemon does not answer: the kernel says what is mounted there. */
static int umount_silent(const char *dir, struct err *err)
{
	uint64_t id = target_mount_id(dir);
	struct mounted m = { 0 };
	bool ours = mountinfo_get(id, &m) == 0 && m.idemfs;

	mounted_clear(&m);
	return ours ? unmount(dir, id, true, err)
		    : err_set(err, -EINVAL, "%s: not an idemfs mount", dir);
}

static int umount_dir(const char *dir, bool lazy, struct err *err)
{
	struct target t = { 0 };
	int r = probe(dir, err);

	if (r < 0)
		return lazy ? umount_silent(dir, err) : r;
	r = target_look(dir, &t, err);
	if (r < 0)
		return r;
	if (t.kind == TARGET_ALIVE)
		r = umount_alive(dir, &t, lazy, err);
	else if (t.kind == TARGET_DEAD)
		r = umount_dead(dir, err);
	else if (t.kind == TARGET_FAILED)
		r = umount_blindly(dir, &t, lazy, "its disk has failed", err);
	else if (t.kind == TARGET_CLOSED && geteuid() == 0)
		r = umount_blindly(dir, &t, lazy,
				   "was the mount of another user", err);
	else
		r = target_find(dir, &t, err); /* says why it cannot be */
	target_release(&t);
	return r;
}

/* This process itself must not keep "." busy. */
static int umount_from_root(const char *dir, bool lazy, struct err *err)
{
	auto_free char *real = realpath(dir, NULL);

	if (!real || chdir("/") < 0)
		return umount_dir(dir, lazy, err);
	return umount_dir(real, lazy, err);
}

struct umount_options {
	bool lazy;
};

static const struct option_row rows[] = {
	{ "lazy", 'l', OPTION_SWITCH, offsetof(struct umount_options, lazy),
	  .help = "take it out of the tree at once; the daemon ends when\n"
		  "the last of its files is closed" },
	{ .key = NULL },
};

static int umount_main(int argc, char **argv)
{
	const struct command *c = &command_umount;
	struct umount_options o = { 0 };
	struct err err = { 0 };
	int r, status;

	if (!command_read(c, argc, argv, &o, &status) ||
	    !command_one(c, argc, "name a mount point", &status))
		return status;
	r = umount_from_root(argv[optind], o.lazy, &err);
	if (r < 0)
		say_failure(&err, argv[optind], r);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_umount = {
	.name = "umount",
	.purpose = "settle, unmount, and wait until the daemon has gone",
	.run = umount_main,
	.usage =
		"usage: idemfs umount [--lazy] DIR\n"
		"\n"
		"Files that programs have closed are at their names when this returns. A mount\n"
		"that is in use is left as it is, and the users are named. What a killed\n"
		"daemon left (\"Transport endpoint is not connected\") is cleaned up.\n",
	.notes = "example: idemfs umount out\n",
	.options = { rows },
};
