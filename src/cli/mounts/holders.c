/* SPDX-License-Identifier: MIT */
#include "cli/mounts/holders.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/sys.h"
#include "base/util.h"
#include "cli/mounts/target.h"
#include "core/process/writer.h"

#define SHOWN 4		     /* processes that a sentence names */
#define STUCK_MS 250	     /* at one process */
#define STUCK_MAX 8	     /* processes that are passed over */
#define FDINFO_MAX (1 << 20) /* an epoll or inotify descriptor says much */

static bool holds_link(int proc, const char *name, const char *meaning,
		       uint64_t mount_id, struct holder *h)
{
	if (target_mount_id_at(proc, name, 0) != mount_id)
		return false;
	snprintf(h->what, sizeof(h->what), "%s", meaning);
	return true;
}

/* fdinfo/N tells the mount, and, unlike fd/N, never makes one wait. */
static bool is_on(int fdinfo, const char *name, uint64_t mount_id)
{
	static const char key[] = "\nmnt_id:";
	auto_free char *text = NULL;
	const char *line;
	size_t size;

	if (sys_read_file(fdinfo, name, FDINFO_MAX, &text, &size) < 0)
		return false;
	line = strstr(text, key);
	return line && strtoull(line + strlen(key), NULL, 10) == mount_id;
}

static void read_name(int proc, const char *number, char *buf, size_t size)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "fd/%.20s", number);
	n = readlinkat(proc, link, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
}

static bool holds_file(int proc, uint64_t mount_id, struct holder *h)
{
	int fd = openat(proc, "fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool found = false;

	if (!dir) {
		close_fd(fd);
		return false;
	}
	while (!found && (e = readdir(dir))) {
		found = isdigit((unsigned char)e->d_name[0]) &&
			is_on(fd, e->d_name, mount_id);
		if (found)
			read_name(proc, e->d_name, h->what, sizeof(h->what));
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

/* Shared by a child that looks and the process that wants to know. */
struct scan {
	uint64_t mount_id;
	pid_t from; /* processes below are done */
	int out;
	volatile pid_t *looking; /* at this one: shared memory */
};

/* In the child: writes a record for each holder to the pipe. */
static void __attribute__((noreturn)) scan_child(const struct scan *s)
{
	pid_t parent = getppid(), pid;
	DIR *dir = opendir("/proc");
	struct dirent *e;
	struct holder h;

	while (dir && (e = readdir(dir))) {
		pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (pid < s->from || pid == 0 || pid == parent ||
		    pid == getpid())
			continue;
		*s->looking = pid;
		if (holds(e->d_name, s->mount_id, &h) &&
		    write(s->out, &h, sizeof(h)) < 0)
			break;
	}
	_exit(0);
}

/* Takes records until the pipe closes; false: it is stuck, or has enough. */
static bool collect(int in, const struct scan *s, struct holders *found)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	pid_t last = 0;
	ssize_t n;

	while (found->count < HOLDERS_MAX) {
		if (poll(&p, 1, STUCK_MS) <= 0) {
			if (*s->looking == last)
				return false;
			last = *s->looking;
			continue;
		}
		n = read(in, &found->items[found->count],
			 sizeof(*found->items));
		if (n != sizeof(*found->items))
			return true;
		found->count++;
	}
	return false;
}

/* One child; false when it got stuck at *s->looking. */
static bool scan_from(struct scan *s, struct holders *found)
{
	bool done;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return true;
	s->out = ends[1];
	pid = fork();
	if (pid == 0)
		scan_child(s);
	close_fd(ends[1]);
	done = pid < 0 || collect(ends[0], s, found);
	close_fd(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return done;
}

int holders_find(uint64_t mount_id, struct holders *ret)
{
	struct holders found = { 0 };
	struct scan s = { .mount_id = mount_id };
	void *shared = mmap(NULL, sizeof(pid_t), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return -errno;
	s.looking = shared;
	found.items = calloc(HOLDERS_MAX, sizeof(*found.items));
	for (int i = 0; mount_id && found.items && i < STUCK_MAX; i++) {
		if (scan_from(&s, &found) || found.count == HOLDERS_MAX)
			break;
		s.from = *s.looking + 1;
	}
	munmap(shared, sizeof(pid_t));
	if (!found.items)
		return -ENOMEM;
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
