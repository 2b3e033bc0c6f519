/* SPDX-License-Identifier: MIT */
#include "cli/mounts/namespaces.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>

#include "base/util.h"
#include "core/process/writer.h"

#define SHOWN 4 /* processes that a sentence names */

static bool is_same(const struct mounted *a, const struct mounted *b)
{
	return a->dev == b->dev && !strcmp(a->what, b->what);
}

static bool sees(const char *pid, const struct mounted *want)
{
	auto_free char *line = NULL;
	bool found = false;
	char path[64];
	size_t room = 0;

	snprintf(path, sizeof(path), "/proc/%.20s/mountinfo", pid);
	auto_file *f = fopen(path, "re");

	while (f && !found && getline(&line, &room, f) > 0) {
		struct mounted m = { 0 };

		found = mountinfo_parse(line, &m) && is_same(&m, want);
		mounted_clear(&m);
	}
	return found;
}

bool namespaces_describe(const struct mounted *m, char *buf, size_t size)
{
	DIR *dir = m->what ? opendir("/proc") : NULL;
	size_t n = 0, found = 0;
	struct dirent *e;
	char command[64];

	while (dir && found < SHOWN && n < size && (e = readdir(dir))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (!isdigit((unsigned char)e->d_name[0]) ||
		    !sees(e->d_name, m))
			continue;
		writer_command(pid, command, sizeof(command));
		n += (size_t)snprintf(buf + n, size - n, "%s%d (%s)",
				      found++ ? ", " : "", pid, command);
	}
	if (dir)
		closedir(dir);
	return found;
}
