/* SPDX-License-Identifier: MIT */
#include "cli/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "cli/target.h"
#include "core/writer.h"

#define SHOWN 4 /* processes that a sentence names */

static bool is_on(int dirfd, const char *name, uint64_t mount_id)
{
	return target_mount_id_at(dirfd, name, 0) == mount_id;
}

static bool holds_link(int proc, const char *name, const char *meaning,
		       uint64_t mount_id, struct holder *h)
{
	if (!is_on(proc, name, mount_id))
		return false;
	snprintf(h->what, sizeof(h->what), "%s", meaning);
	return true;
}

static bool holds_file(int proc, uint64_t mount_id, struct holder *h)
{
	int fd = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *e;
	bool found = false;
	ssize_t n;
	DIR *dir;

	if (fd < 0)
		return false;
	dir = fdopendir(fd);
	if (!dir) {
		close_fd(fd);
		return false;
	}
	while (!found && (e = readdir(dir))) {
		if (!isdigit((unsigned char)e->d_name[0]) ||
		    !is_on(fd, e->d_name, mount_id))
			continue;
		n = readlinkat(fd, e->d_name, h->what, sizeof(h->what) - 1);
		h->what[n > 0 ? n : 0] = '\0';
		found = true;
	}
	closedir(dir);
	return found;
}

static bool holds(const char *name, uint64_t mount_id, struct holder *h)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%.20s", name);
	auto_fd proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return false;
	*h = (struct holder){ .pid = (pid_t)strtol(name, NULL, 10) };
	if (!holds_file(proc, mount_id, h) &&
	    !holds_link(proc, "cwd", "working directory", mount_id, h) &&
	    !holds_link(proc, "root", "root directory", mount_id, h) &&
	    !holds_link(proc, "exe", "running program", mount_id, h))
		return false;
	writer_command(h->pid, h->command, sizeof(h->command));
	return true;
}

/* Who asks has inherited what its shell holds; only if alone it matters. */
static void drop_self(struct holders *h)
{
	size_t kept = 0;

	if (h->count < 2)
		return;
	for (size_t i = 0; i < h->count; i++)
		if (h->items[i].pid != getpid())
			h->items[kept++] = h->items[i];
	h->count = kept;
}

int holders_find(uint64_t mount_id, struct holders *ret)
{
	struct holders found = { 0 };
	DIR *dir = opendir("/proc");
	struct dirent *e;

	if (!dir)
		return -errno;
	found.items = calloc(HOLDERS_MAX, sizeof(*found.items));
	if (!found.items) {
		closedir(dir);
		return -ENOMEM;
	}
	while (mount_id && found.count < HOLDERS_MAX && (e = readdir(dir)))
		if (isdigit((unsigned char)e->d_name[0]) &&
		    holds(e->d_name, mount_id, &found.items[found.count]))
			found.count++;
	drop_self(&found);
	closedir(dir);
	*ret = found;
	return 0;
}

void holders_release(struct holders *h)
{
	free(h->items);
	*h = (struct holders){ 0 };
}

void holders_describe(const struct holders *h, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < h->count && i < SHOWN && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%d (%s: %s)",
				      i ? ", " : "", h->items[i].pid,
				      h->items[i].command, h->items[i].what);
	if (h->count > SHOWN && n < size)
		snprintf(buf + n, size - n, " and %zu more", h->count - SHOWN);
}
