/* SPDX-License-Identifier: MIT */
#include "cli/read/logfile.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/sys.h"
#include "base/util.h"

static int read_one(int dir, const char *name,
		    void (*each)(void *arg, const struct logline *l), void *arg)
{
	int fd = sys_open_file(dir, name, O_RDONLY);
	auto_file *f = fd < 0 ? NULL : fdopen(fd, "re");
	auto_free char *line = NULL;
	struct logline l;
	size_t size = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (!f) {
		close_fd(fd);
		return -ENOMEM;
	}
	/* The log of a user may be a hole of any size, or one line. */
	if (fseeko(f, -LOGFILE_MAX, SEEK_END) < 0)
		rewind(f);
	while (getline(&line, &size, f) > 0)
		if (logline_parse(line, &l))
			each(arg, &l);
	return 0;
}

int logfile_each(int dir, void (*each)(void *arg, const struct logline *l),
		 void *arg)
{
	int r = read_one(dir, "log.1", each, arg);

	return r < 0 ? r : read_one(dir, "log", each, arg);
}
