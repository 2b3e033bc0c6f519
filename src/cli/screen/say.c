/* SPDX-License-Identifier: MIT */
#include "cli/screen/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"

void say_error(const char *fmt, ...)
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

void say_failure(const struct err *err, const char *path, int code)
{
	if (err && err->text[0])
		say_error("%s", err->text);
	else
		say_error("%s: %s", path, strerror(-code));
}

int say_finish(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_DONE;
	say_error("standard output: %s", strerror(errno));
	return EXIT_FAILED;
}
