/* SPDX-License-Identifier: MIT */
/* idemfs mount: puts a mount over a directory, and returns when it answers. */
#include <string.h>

#include "base/util.h"
#include "cli/args/args.h"
#include "cli/mounts/claim.h"
#include "cli/mounts/daemon.h"
#include "cli/mounts/preflight.h"
#include "cli/screen/say.h"

static const char help[] =
	"idemfs mount: make every write below a directory atomic\n"
	"\n"
	"usage: idemfs mount [OPTIONS] DIR\n"
	"       idemfs mount [OPTIONS] BACKING MOUNTPOINT\n"
	"\n"
	"Mounts over DIR itself, or shows BACKING at MOUNTPOINT. Returns when "
	"the\nmount answers; what it does is written to .idemfs/log in the "
	"directory.\n"
	"\n"
	"  -f, --foreground      stay, and end on Ctrl-C or when unmounted\n" ARGS_HELP
	"  -h, --help            this text\n"
	"\n"
	"From /etc/fstab:  BACKING MOUNTPOINT fuse.idemfs defaults 0 0\n"
	"\n"
	"example: idemfs mount --in-place '*.db' out\n"
	"         ./pipeline.sh out && idemfs umount out\n";

/* The shell of a person who mounts over "." still stands below the mount. */
static void warn_cwd(const struct args *a)
{
	auto_free char *cwd = getcwd(NULL, 0);

	if (cwd && check_is_below(cwd, a->mountpoint))
		say_error("%s: mounted, but this directory was entered before. "
			  "Enter it anew: cd \"$PWD\"",
			  a->dir);
}

static int mount_paths(struct args *a, int argc, char **argv)
{
	struct err err = { 0 };
	int n = argc - optind, r;

	if (a->wait || a->no_join)
		return say_usage("mount", a->wait ? "--wait is for run"
						  : "--no-join is for run");
	if (n < 1 || n > 2) {
		say_error("mount: %s. See idemfs mount --help",
			  n < 1 ? "name a directory" : "too many directories");
		return EXIT_USAGE;
	}
	r = args_paths(a, argv[optind], argv[argc - 1], &err);
	if (r == 0)
		r = args_finish(a, &err);
	if (r < 0) {
		say_failure(&err, argv[optind], r);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int mount_claim(struct args *a)
{
	struct daemon_plan plan = { .args = a };
	struct claim c = { .args = a };
	struct err err = { 0 };
	pid_t pid;
	int r = claim_mount(&c, a->foreground ? NULL : &plan, &pid, NULL, &err);

	if (r < 0) {
		say_failure(&err, a->dir, r);
		return EXIT_FAILED;
	}
	if (a->foreground)
		return daemon_serve(a);
	warn_cwd(a);
	return EXIT_DONE;
}

static int mount_run(struct args *a, int argc, char **argv)
{
	int status;

	if (args_parse(a, argc, argv, false) < 0)
		return EXIT_USAGE;
	if (a->help)
		return say_text(help);
	status = mount_paths(a, argc, argv);
	return status == EXIT_DONE ? mount_claim(a) : status;
}

static int mount_main(int argc, char **argv)
{
	struct args a;
	int status;

	args_init(&a);
	status = mount_run(&a, argc, argv);
	args_release(&a);
	return status;
}

const struct command command_mount = { "mount", mount_main, help };
