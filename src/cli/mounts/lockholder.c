/* SPDX-License-Identifier: MIT */
#include "cli/mounts/lockholder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/state.h"

#define LOCK_MAX 4096

/* The process that the lock file names, or -1. */
static pid_t read_pid(int lock)
{
	char text[LOCK_MAX];
	ssize_t n = sys_pread_all(lock, text, sizeof(text) - 1, 0);
	long pid;

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return sscanf(text, "pid %ld", &pid) == 1 && pid > 0 ? (pid_t)pid : -1;
}

/* Undoes the kernel's \040 in place. */
static void unescape_octal(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && strspn(s + 1, "01234567") >= 3) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
				       (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/*
 * Is this line of mountinfo that of an idemfs over @backing?  The source of a
 * FUSE mount has '_' for characters that would part two options.
 */
static bool is_mount_of(char *line, const char *backing)
{
	char *source = strstr(line, " - fuse.idemfs ");
	size_t i;

	if (!source)
		return false;
	source += strlen(" - fuse.idemfs ");
	source[strcspn(source, " ")] = '\0';
	unescape_octal(source);
	for (i = 0; backing[i] && source[i]; i++)
		if (source[i] != backing[i] &&
		    !(source[i] == '_' && strchr(",\\", backing[i])))
			return false;
	return source[i] == backing[i];
}

/*
 * Does @pid still serve @backing at some place?  Yes, if that cannot be known.
 * A process that is dying has no mounts any more (EINVAL), but may keep the
 * lock for as long as a flush of its disk takes.
 */
static bool is_serving(pid_t pid, const char *backing)
{
	auto_free char *line = NULL;
	char path[64];
	size_t size = 0;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	auto_file *f = fopen(path, "re");

	if (!f)
		return errno == EACCES || errno == EPERM;
	while (getline(&line, &size, f) > 0)
		if (is_mount_of(line, backing))
			return true;
	return false;
}

static bool is_locked(int lock)
{
	if (flock(lock, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(lock, LOCK_UN);
	return false;
}

enum lockholder lockholder_look(const char *backing, pid_t *ret_pid)
{
	auto_fd root = open(backing, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd lock =
		root < 0 ? -1
			 : sys_open_file(root, STATE_DIR "/lock", O_RDONLY);
	struct stat st;
	pid_t pid;

	/* The lock file of another user may say anything. */
	if (lock < 0 || fstat(lock, &st) < 0 || st.st_uid != geteuid())
		return LOCKHOLDER_GONE;
	pid = read_pid(lock);
	auto_fd pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return LOCKHOLDER_GONE;
	*ret_pid = pid;
	if (is_serving(pid, backing))
		return LOCKHOLDER_SERVES;
	/*
	 * Another process may have that number by now; only for a holder of
	 * the lock it is worth to wait.
	 */
	return is_locked(lock) ? LOCKHOLDER_PASSES : LOCKHOLDER_GONE;
}
