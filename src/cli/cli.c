/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"

void cli_error(const char *fmt, ...)
{
	struct err line;
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(line.text, sizeof(line.text), fmt, ap) < 0)
		line.text[0] = '\0';
	va_end(ap);
	text_mask(line.text);
	/* stderr is unbuffered; a buffer of its own makes it one write. */
	dprintf(STDERR_FILENO, "idemfs: %s\n", line.text);
}

int cli_usage(const char *command, const char *what)
{
	cli_error("%s: %s. See idemfs %s --help", command, what, command);
	return EXIT_USAGE;
}

void cli_say(const struct err *err, const char *path, int code)
{
	if (err && err->text[0])
		cli_error("%s", err->text);
	else
		cli_error("%s: %s", path, strerror(-code));
}

int cli_finish_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	cli_error("standard output: %s", strerror(errno));
	return EXIT_FAILED;
}

int cli_print(const char *text)
{
	fputs(text, stdout);
	return cli_finish_stdout();
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	/* A third of the letters may be wrong: "treads", but not "sync". */
	unsigned int limit = 1 + (unsigned int)strnlen(n->word, 63) / 3;
	unsigned int d = text_distance(n->word, candidate);

	if (d > limit || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}
