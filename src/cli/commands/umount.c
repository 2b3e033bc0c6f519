/* SPDX-License-Identifier: MIT */
/* idemfs umount: takes a mount away, and waits until its daemon has gone. */
#include <string.h>

#include "base/util.h"
#include "cli/args/args.h"
#include "cli/mounts/ending.h"
#include "cli/mounts/probe.h"
#include "cli/mounts/target.h"
#include "cli/mounts/unmount.h"
#include "cli/screen/say.h"

static const char help[] =
	"idemfs umount: settle, unmount, and wait until the daemon has gone\n"
	"\n"
	"usage: idemfs umount [--lazy] DIR\n"
	"\n"
	"Files that programs have closed are at their names when this returns. "
	"A mount\nthat is in use is left as it is, and the users are named. "
	"What a killed\ndaemon left (\"Transport endpoint is not connected\") "
	"is cleaned up.\n"
	"\n"
	"  -l, --lazy            take it out of the tree at once; the daemon "
	"ends when\n"
	"                        the last of its files is closed\n"
	"  -h, --help            this text\n"
	"\n"
	"example: idemfs umount out\n";

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
 * Its daemon cannot be asked for.  FUSE does not let root into a user's mount,
 * but root may take it away; and one whose disk has failed answers nothing.
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

/* Whose daemon does not answer: the kernel knows what is mounted there. */
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

/* This process must not be what keeps "." busy. */
static int umount_from_root(const char *dir, bool lazy, struct err *err)
{
	auto_free char *real = realpath(dir, NULL);

	if (!real || chdir("/") < 0)
		return umount_dir(dir, lazy, err);
	return umount_dir(real, lazy, err);
}

static int umount_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "lazy", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct err err = { 0 };
	bool lazy = false;
	int c, r;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":lh", longs, NULL)) != -1) {
		if (c == 'l') {
			lazy = true;
		} else if (c == 'h') {
			return say_text(help);
		} else {
			args_refuse(c, argv, longs, "umount");
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		say_error("umount: %s. See idemfs umount --help",
			  argc == optind ? "name a mount point"
					 : "one at a time");
		return EXIT_USAGE;
	}
	r = umount_from_root(argv[optind], lazy, &err);
	if (r < 0)
		say_failure(&err, argv[optind], r);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_umount = { "umount", umount_main, help };
