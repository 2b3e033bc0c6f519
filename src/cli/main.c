/* SPDX-License-Identifier: MIT */
/*
 * idemfs: finds the subcommand, and hands it its part of the command line.
 *
 * `idemfs BACKING MOUNTPOINT -o OPTIONS`, as mount(8) calls it for the type
 * fuse.idemfs, is `idemfs mount` of the same words.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/screen/say.h"

static const char help_head[] =
	"idemfs: a filesystem that makes ordinary file writes atomic, and "
	"gives\nunmodified scripts checkpoints\n"
	"\n"
	"usage: idemfs COMMAND [OPTIONS] ...\n"
	"\n";

static const char help_tail[] =
	"\n"
	"idemfs COMMAND --help tells more of each.\n"
	"\n"
	"exit status: 0 done; 1 failed; 2 not understood. That of `run` is "
	"COMMAND's:\n"
	"128 + N when signal N killed it, 127 when it was not found, 126 when "
	"it cannot\n"
	"be executed, 125 when idemfs itself failed or was not understood.\n"
	"\n"
	"example: idemfs run out -- ./pipeline.sh\n";

static int print_help(void)
{
	fputs(help_head, stdout);
	for (size_t i = 0; subcommands[i]; i++)
		printf("  %-8s  %s\n", subcommands[i]->name,
		       subcommands[i]->purpose);
	fputs(help_tail, stdout);
	return say_finish();
}

static int print_version(void)
{
	puts("idemfs " IDEMFS_VERSION);
	return say_finish();
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; subcommands[i]; i++)
		if (!strcmp(subcommands[i]->name, name))
			return subcommands[i];
	return NULL;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Does the command line begin with the two directories of mount(8)? */
static bool is_mount_call(int argc, char **argv)
{
	if (argc < 3 || argv[1][0] == '-' || argv[2][0] == '-')
		return false;
	return strchr(argv[1], '/') || is_directory(argv[1]);
}

static int refuse_command(const char *word)
{
	struct nearest n = { .word = word };

	for (size_t i = 0; subcommands[i]; i++)
		nearest_offer(&n, subcommands[i]->name);
	if (n.best)
		say_error("%s: unknown command. Did you mean idemfs %s?", word,
			  n.best);
	else
		say_error("%s: unknown command. See idemfs --help", word);
	return EXIT_USAGE;
}

static int refuse_option(const char *word)
{
	struct nearest n = { .word = word };

	nearest_offer(&n, "--help");
	nearest_offer(&n, "--version");
	if (n.best)
		say_error("%s: unknown option. Did you mean %s?", word, n.best);
	else
		say_error("%s: unknown option here. Options follow the "
			  "command: see idemfs --help",
			  word);
	return EXIT_USAGE;
}

static int help_of(const char *name)
{
	const struct command *c = find_command(name);

	return c ? command_help(c) : refuse_command(name);
}

/*
 * A standard descriptor that the caller has closed would become the backing
 * directory or the channel to the kernel, and be overwritten as a standard one
 * later.  /dev/null takes its place, opened the wrong way round: to read from
 * it or to write to it is EBADF, as if it were closed still.
 */
static int fill_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is this one. */
		if (open("/dev/null", mode | O_NOCTTY) != fd)
			return -EBADF;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct command *c;

	if (fill_standard() < 0) {
		say_error("/dev/null: %s, and a standard descriptor is closed",
			  strerror(errno));
		return EXIT_RUN_FAILED;
	}
	/* Children are waited for, whatever the caller thought of its own. */
	signal(SIGCHLD, SIG_DFL);
	if (!word) {
		say_error("name a command. See idemfs --help");
		return EXIT_USAGE;
	}
	c = find_command(word);
	if (c)
		return c->run(argc - 1, argv + 1);
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return print_help();
	if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		return print_version();
	if (!strcmp(word, "help"))
		return argc > 2 ? help_of(argv[2]) : print_help();
	if (!strcmp(word, "version"))
		return print_version();
	if (is_mount_call(argc, argv)) {
		argv[0] = (char *)command_mount.name;
		return command_mount.run(argc, argv);
	}
	return word[0] == '-' ? refuse_option(word) : refuse_command(word);
}
