/* SPDX-License-Identifier: MIT */
#include "core/process/writer.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/process/cmdline.h"

/* Bits of a task's flags, as the kernel shows them in /proc/TID/stat. */
#define TASK_EXITING 0x4
#define TASK_SIGNALED 0x400

#define STAT_MAX 8192 /* bytes; a line of 52 numbers and a short name */
#define STATUS_MAX 65536

/*
 * The name in field 2 may hold ')' and spaces.  No later field does.
 */
long long writer_stat_field(const char *text, int field)
{
	const char *p = strrchr(text, ')');
	char *end;
	long long v;

	if (!p || !strchr(text, '('))
		return -1;
	for (int i = 2; i < field; i++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return -1;
	}
	errno = 0;
	v = strtoll(p + 1, &end, 10);
	if (errno || end == p + 1 || (*end != ' ' && *end != '\n' && *end))
		return -1;
	return v;
}

struct writer_fate writer_parse_stat(const char *text, bool code_readable)
{
	long long flags = writer_stat_field(text, 9);
	long long code = writer_stat_field(text, 52);
	struct writer_fate fate = { .end = WRITER_CLOSED };

	if (flags < 0 || code < 0 || !(flags & TASK_EXITING))
		return fate;

	/*
	 * If the exit code may be read, it decides: a thread that dies because
	 * another called exit_group(0) is "signaled" as well.
	 */
	if (!code_readable) {
		fate.end = flags & TASK_SIGNALED ? WRITER_KILLED
						 : WRITER_EXITED;
	} else if (code & 0x7f) {
		fate.end = WRITER_KILLED;
		fate.code = (int)(code & 0x7f);
	} else {
		fate.code = (int)(code >> 8 & 0xff);
		fate.end = fate.code ? WRITER_FAILED : WRITER_EXITED;
	}
	return fate;
}

/* Reads up to @size bytes of /proc/PID/@file: how many, 0 when it fails. */
static size_t read_proc(pid_t pid, const char *file, char *buf, size_t size)
{
	auto_fd fd = -1;
	char name[64];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/%s", pid, file);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = sys_pread_all(fd, buf, size, 0);
	return n < 0 ? 0 : (size_t)n;
}

/*
 * The statm of the thread that this one asked about last, kept open: a thread
 * that closes one file often closes many.  If another thread has that number
 * since, the kernel tells nothing through this descriptor.
 */
static _Thread_local struct {
	pid_t tid;
	int fd;
} asked = { 0, -1 };

static ssize_t read_statm(pid_t tid, char *buf, size_t size)
{
	ssize_t n = asked.tid == tid ? pread(asked.fd, buf, size, 0) : -1;
	char name[64];

	if (n > 0)
		return n;
	close_fd(asked.fd);
	asked.tid = 0;
	snprintf(name, sizeof(name), "/proc/%d/statm", tid);
	asked.fd = open(name, O_RDONLY | O_CLOEXEC);
	if (asked.fd < 0)
		return -1;
	asked.tid = tid;
	return pread(asked.fd, buf, size, 0);
}

/*
 * Is the thread without memory, because it is exiting or the kernel's own?
 * Before this, no file of /proc may be read for which a permission is checked:
 * that read could wait for an exec, which waits for our answer (writer.h).
 */
static bool has_no_memory(pid_t tid)
{
	char buf[64];
	ssize_t n = read_statm(tid, buf, sizeof(buf));

	return n >= 2 && buf[0] == '0' && buf[1] == ' ';
}

bool writer_is_dying(pid_t tid)
{
	if (tid <= 0)
		return false;
	return has_no_memory(tid) || (kill(tid, 0) < 0 && errno == ESRCH);
}

void writer_wait_dead(pid_t pid, int ms)
{
	auto_fd fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0)
		poll(&p, 1, ms);
}

struct writer_fate writer_fate(pid_t tid)
{
	struct writer_fate closed = { .end = WRITER_CLOSED };
	auto_free char *text = NULL;
	bool code_readable;
	char name[64], c;
	size_t size;

	if (tid <= 0 || !has_no_memory(tid))
		return closed;

	/*
	 * The kernel checks the permission before it finds that there is no
	 * exe, and field 52 needs the same permission.  So ENOENT says that we
	 * have it, EACCES that we do not.
	 */
	snprintf(name, sizeof(name), "/proc/%d/exe", tid);
	code_readable = readlinkat(AT_FDCWD, name, &c, 1) < 0 &&
			errno == ENOENT;
	snprintf(name, sizeof(name), "/proc/%d/stat", tid);
	if (sys_read_file(AT_FDCWD, name, STAT_MAX, &text, &size) < 0)
		return closed;
	return writer_parse_stat(text, code_readable);
}

/* The process of a thread that is not its leader; or @tid. */
static pid_t read_tgid(pid_t tid)
{
	auto_free char *text = NULL;
	const char *line;
	char name[64];
	size_t size;
	long v;

	snprintf(name, sizeof(name), "/proc/%d/status", tid);
	if (sys_read_file(AT_FDCWD, name, STATUS_MAX, &text, &size) < 0)
		return tid;
	/* The name in the first line has its newlines escaped. */
	line = strstr(text, "\nTgid:");
	if (!line)
		return tid;
	v = strtol(line + strlen("\nTgid:"), NULL, 10);
	return v > 0 && v <= INT_MAX ? (pid_t)v : tid;
}

bool writer_is_thread_of(pid_t tid, pid_t pid)
{
	if (tid <= 0 || pid <= 0)
		return false;
	/* No signal is sent.  EPERM: it exists, but we may not signal it. */
	return syscall(SYS_tgkill, pid, tid, 0) == 0 || errno == EPERM;
}

/*
 * The processes of the last threads that were asked for.  A program that writes
 * with many threads writes many files with them, and to read status takes as
 * long as to make a file.  The kernel confirms a process before it is believed.
 */
#define KNOWN 16

static _Thread_local struct {
	pid_t tid, pid;
} known[KNOWN];

pid_t writer_process(pid_t tid)
{
	pid_t pid;

	if (tid <= 0 || writer_is_thread_of(tid, tid))
		return tid;
	pid = known[tid % KNOWN].tid == tid ? known[tid % KNOWN].pid : 0;
	if (writer_is_thread_of(tid, pid))
		return pid;
	pid = read_tgid(tid);
	known[tid % KNOWN].tid = tid;
	known[tid % KNOWN].pid = pid;
	return pid;
}

/* Ends the full @buf with dots, and not within a character. */
static void mark_as_cut(char *buf, size_t size)
{
	size_t n = size - 1;

	if (n <= 3) {
		while (n > 0 && buf[n - 1] == ' ')
			n--;
	} else {
		n -= 3;
		while (n > 0 && ((unsigned char)buf[n] & 0xc0) == 0x80)
			n--;
		memcpy(buf + n, "...", 3);
		n += 3;
	}
	buf[n] = '\0';
}

void writer_command(pid_t pid, char *buf, size_t size)
{
	bool cut;
	size_t n = 0;

	if (size == 0)
		return;
	if (pid > 0)
		n = cmdline_read(pid, buf, size);
	/* To tell its name the kernel waits for nothing. */
	if (n == 0 && pid > 0)
		n = read_proc(pid, "comm", buf, size);
	cut = n == size;

	/* Arguments end in NUL, and may hold lines. */
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)buf[i] < 0x20 || buf[i] == 0x7f)
			buf[i] = ' ';
	if (cut && buf[n - 1] != ' ') {
		mark_as_cut(buf, size);
		return;
	}
	while (n > 0 && buf[n - 1] == ' ')
		n--;
	if (n == 0) {
		snprintf(buf, size, "?");
		return;
	}
	buf[n] = '\0';
}

static void describe_signal(int sig, char *buf, size_t size)
{
	const char *name = sig > 0 ? sigabbrev_np(sig) : NULL;

	if (sig <= 0)
		snprintf(buf, size, "killed by a signal");
	else if (name)
		snprintf(buf, size, "killed by signal %d (SIG%s)", sig, name);
	else
		snprintf(buf, size, "killed by signal %d", sig);
}

void writer_describe(struct writer_fate fate, char *buf, size_t size)
{
	switch (fate.end) {
	case WRITER_CLOSED:
		snprintf(buf, size, "closed");
		break;
	case WRITER_EXITED:
		snprintf(buf, size, "exited");
		break;
	case WRITER_FAILED:
		snprintf(buf, size, "exited with status %d", fate.code);
		break;
	case WRITER_KILLED:
		describe_signal(fate.code, buf, size);
		break;
	}
}
