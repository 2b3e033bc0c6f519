/* SPDX-License-Identifier: MIT */
/* idemfs mount: puts a mount over a directory, and returns when it answers. */
#include <string.h>

#include "base/util.h"
#include "cli/args/args.h"
#include "cli/args/command.h"
#include "cli/mounts/claim.h"
#include "cli/mounts/daemon.h"
#include "cli/mounts/preflight.h"
#include "cli/screen/say.h"

/* After a mount over ".", the working directory of the shell is below it. */
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

	if (n < 1 || n > 2)
		return command_misuse(&command_mount,
				      n < 1 ? "name a directory"
					    : "too many directories");
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

static int mount_main(int argc, char **argv)
{
	struct args a;
	int status;

	args_init(&a);
	if (command_read(&command_mount, argc, argv, &a, &status)) {
		status = mount_paths(&a, argc, argv);
		if (status == EXIT_DONE)
			status = mount_claim(&a);
	}
	args_release(&a);
	return status;
}

const struct command command_mount = {
	.name = "mount",
	.purpose = "make every write below a directory atomic",
	.run = mount_main,
	.usage =
		"usage: idemfs mount [OPTIONS] DIR\n"
		"       idemfs mount [OPTIONS] BACKING MOUNTPOINT\n"
		"\n"
		"Mounts over DIR itself, or shows BACKING at MOUNTPOINT. Returns when the\n"
		"mount answers; what it does is written to .idemfs/log in the directory.\n",
	.notes =
		"From /etc/fstab:  BACKING MOUNTPOINT fuse.idemfs defaults 0 0\n"
		"\n"
		"example: idemfs mount --in-place '*.db' out\n"
		"         ./pipeline.sh out && idemfs umount out\n",
	.options = ARGS_OPTIONS,
};
