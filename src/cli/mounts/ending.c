/* SPDX-License-Identifier: MIT */
#include "cli/mounts/ending.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/param.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "base/util.h"
#include "cli/mounts/namespaces.h"
#include "cli/screen/say.h"
#include "mount/serve/serve.h"

void ending_watch(const struct target *t, struct ending *ret)
{
	struct ending e = ENDING_CLOSED;
	/* Only through the daemon itself can this be opened, so that it shows
	 * whether the number is that of the daemon here. */
	auto_fd pidfd = (int)syscall(SYS_pidfd_open, t->pid, 0);
	auto_fd root = target_open_root(t);

	e.pid = t->pid;
	if (root >= 0) {
		e.end = target_open_end(t);
		e.pidfd = steal_fd(&pidfd);
	}
	if (mountinfo_get(t->mount_id, &e.what) < 0)
		mounted_clear(&e.what);
	*ret = e;
}

void ending_release(struct ending *e)
{
	close_fd(e->pidfd);
	close_fd(e->end);
	mounted_clear(&e->what);
	*e = (struct ending)ENDING_CLOSED;
}

/* Has it ended?  Waits for that at most @ms; -1: as long as it takes. */
static bool is_over(const struct ending *e, int64_t ms)
{
	struct pollfd p = { .fd = e->pidfd, .events = POLLIN };
	int64_t end = now_ms() + ms, left = ms;
	int n;

	do {
		n = poll(&p, 1, (int)left);
		left = ms < 0 ? ms : MAX(end - now_ms(), 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

void ending_hurry(const struct ending *e, const char *dir)
{
	char who[512];

	if (namespaces_describe(&e->what, who, sizeof(who)))
		say_error("%s: unmounted here, but another mount namespace has "
			  "a copy, with process %s. Once what is open there "
			  "is closed, or --drain is over, it is dead",
			  dir, who);
	if (e->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, e->pidfd, SIGTERM, NULL, 0);
}

int ending_tell(const struct ending *e, const char *dir, struct err *err)
{
	auto_free char *text = NULL;
	size_t size;

	if (e->end < 0)
		return 0;
	if (sys_read_fd(e->end, sizeof(err->text), &text, &size) < 0 || !size)
		return err_set(err, -EIO,
			       "%s: its daemon was killed while it ended. "
			       "Mount it again to see what is missing",
			       dir);
	return strcmp(text, MOUNT_END_WELL) ? err_set(err, -EIO, "%s", text)
					    : 0;
}

int ending_wait(const struct ending *e, const char *dir, struct err *err)
{
	if (e->pidfd < 0)
		return 0;
	if (!is_over(e, ENDING_PATIENCE_MS)) {
		ending_hurry(e, dir);
		is_over(e, -1);
	}
	return ending_tell(e, dir, err);
}
