/* SPDX-License-Identifier: MIT */
#include "core/process/outcome.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "base/util.h"

#define LOOKS 50	 /* at most, and */
#define LOOK_MS 10	 /*   how far apart */
#define STATUS_MAX 65536 /* bytes of /proc/PID/status */

/* Headers that are older than Linux 6.15 do not have it. */
struct info {
	uint64_t mask, cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define GET_INFO _IOWR(0xff, 11, struct info)
#define INFO_EXIT (1u << 3)

int outcome_watch(pid_t pid)
{
	return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

bool outcome_is_over(int watch)
{
	struct pollfd p = { .fd = watch, .events = POLLIN };

	return watch >= 0 && poll(&p, 1, 0) > 0;
}

static struct writer_fate fate_of_code(int code)
{
	if (code & 0x7f)
		return (struct writer_fate){ WRITER_KILLED, code & 0x7f };
	code = code >> 8 & 0xff;
	return (struct writer_fate){ code ? WRITER_FAILED : WRITER_EXITED,
				     code };
}

/* The process has ended.  Until its parent waits for it, /proc knows how. */
static struct writer_fate fate_of_dead(int watch, pid_t pid)
{
	struct writer_fate fate = writer_fate(pid);
	struct info info = { .mask = INFO_EXIT };

	if (!ioctl(watch, GET_INFO, &info) && (info.mask & INFO_EXIT))
		return fate_of_code(info.exit_code);
	return fate.end == WRITER_CLOSED
		       ? (struct writer_fate){ .end = WRITER_FAILED }
		       : fate;
}

/* Needs no permission, and so waits for no exec (writer.h). */
static bool is_sleeping(pid_t pid)
{
	auto_free char *text = NULL;
	const char *line;
	char name[64];
	size_t size;

	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	if (sys_read_file(AT_FDCWD, name, STATUS_MAX, &text, &size) < 0)
		return false;
	line = strstr(text, "\nState:\t");
	return line && line[strlen("\nState:\t")] == 'S';
}

struct writer_fate outcome_wait(int watch, pid_t pid)
{
	struct writer_fate goes_on = { .end = WRITER_CLOSED };
	struct pollfd p = { .fd = watch, .events = POLLIN };
	unsigned int asleep = 0;

	for (unsigned int i = 0; watch >= 0 && i < LOOKS && asleep < 3; i++) {
		if (poll(&p, 1, LOOK_MS) > 0)
			return fate_of_dead(watch, pid);
		asleep = is_sleeping(pid) ? asleep + 1 : 0;
	}
	return goes_on;
}
