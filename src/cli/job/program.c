/* SPDX-License-Identifier: MIT */
#include "cli/job/program.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"

#define FIRST_LINE 256 /* bytes that the kernel looks at */

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

char *program_find(const char *name)
{
	const char *dirs = getenv("PATH");
	size_t n;

	if (strchr(name, '/'))
		return is_program(name) ? strdup(name) : NULL;
	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (;; dirs += n + 1) {
		auto_free char *path = NULL;

		n = strcspn(dirs, ":");
		if (asprintf(&path, "%.*s%s%s", (int)n, dirs, n ? "/" : "./",
			     name) < 0)
			return NULL;
		if (is_program(path))
			return steal_ptr(&path);
		if (!dirs[n])
			return NULL;
	}
}

/* Its first line without "#!", cut into words. */
static bool read_first(const char *path, char line[FIRST_LINE])
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : sys_pread_all(fd, line, FIRST_LINE - 1, 0);

	if (n < 3 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	memmove(line, line + 2, strlen(line + 2) + 1);
	return true;
}

/* "env -S python3 -u": python3. */
static const char *word_of_env(char **words)
{
	const char *w;

	while ((w = strtok_r(NULL, " \t", words)))
		if (*w != '-' && !strchr(w, '='))
			return w;
	return NULL;
}

int program_interpreters(const char *path, char *ret[PROGRAM_MOST])
{
	char line[FIRST_LINE];
	int n = 0;

	while (n < PROGRAM_MOST && read_first(path, line)) {
		char *words = NULL;
		const char *name = strtok_r(line, " \t", &words);
		const char *base = name ? strrchr(name, '/') : NULL;

		if (!name || !(ret[n] = program_find(name)))
			break;
		path = ret[n++];
		if (!base || strcmp(base, "/env") != 0 || n == PROGRAM_MOST)
			continue;
		name = word_of_env(&words);
		if (!name || !(ret[n] = program_find(name)))
			break;
		path = ret[n++];
	}
	return n;
}
