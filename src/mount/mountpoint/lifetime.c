/* SPDX-License-Identifier: MIT */
#include "mount/mountpoint/lifetime.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "base/util.h"

struct member {
	pid_t pid;
	int pidfd;
	bool left;
};

struct lifetime {
	int signals; /* const: signalfd(2) */
	int ends;    /* const: epoll(7) of the members' pidfds */

	pthread_mutex_t lock;
	struct member *members; /* under lock */
	size_t count;		/* under lock */
	bool tied;		/* under lock */
	bool ending;		/* under lock */
};

/* --- signals -------------------------------------------------------------- */

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* Takes a pending signal, or 0. */
static unsigned int take_signal(struct lifetime *l)
{
	struct signalfd_siginfo info;

	return read(l->signals, &info, sizeof(info)) == sizeof(info)
		       ? info.ssi_signo
		       : 0;
}

/* --- members, all under the lock ------------------------------------------ */

static bool is_alive(const struct member *m)
{
	return !is_readable(m->pidfd);
}

/* A pid may have been used again. */
static struct member *find(struct lifetime *l, pid_t pid)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->members[i].pid == pid && is_alive(&l->members[i]))
			return &l->members[i];
	return NULL;
}

static int count_alive(struct lifetime *l, bool needing)
{
	int n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += !(needing && l->members[i].left) &&
		     is_alive(&l->members[i]);
	return n;
}

static bool is_over(struct lifetime *l)
{
	return l->ending || (l->tied && !count_alive(l, false));
}

/*
 * Called by the main thread alone.  To close a pidfd takes it out of @ends,
 * which wakes that thread.
 */
static void drop_dead(struct lifetime *l)
{
	for (size_t i = l->count; i-- > 0;) {
		if (is_alive(&l->members[i]))
			continue;
		close_fd(l->members[i].pidfd);
		l->members[i] = l->members[--l->count];
	}
}

static int add(struct lifetime *l, pid_t pid)
{
	auto_fd pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct epoll_event e = { .events = EPOLLIN };
	struct member *bigger;

	if (pidfd < 0)
		return -errno;
	bigger = reallocarray(l->members, l->count + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	l->members = bigger;
	if (epoll_ctl(l->ends, EPOLL_CTL_ADD, pidfd, &e) < 0)
		return -errno;
	bigger[l->count++] = (struct member){ pid, steal_fd(&pidfd), false };
	return 0;
}

/* --- for others ----------------------------------------------------------- */

int lifetime_new(struct lifetime **ret)
{
	struct lifetime *l = calloc(1, sizeof(*l));
	int r = 0;

	if (!l)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	l->signals = open_signals();
	if (l->signals < 0)
		r = -errno;
	l->ends = epoll_create1(EPOLL_CLOEXEC);
	if (!r && l->ends < 0)
		r = -errno;
	if (r < 0)
		lifetime_free(l);
	else
		*ret = l;
	return r;
}

void lifetime_free(struct lifetime *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		close_fd(l->members[i].pidfd);
	free(l->members);
	close_fd(l->ends);
	close_fd(l->signals);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/*
 * The process that started us may have told the kernel to kill us at its own
 * end.  But processes that join must not lose the mount then.  So from here on
 * this process watches for that end itself.
 */
int lifetime_tie(struct lifetime *l, pid_t pid)
{
	int r;

	LOCK_SCOPE(&l->lock);
	r = add(l, pid);
	if (r < 0) {
		log_warn("process %d cannot be watched: %s", pid, strerror(-r));
		return r;
	}
	l->tied = true;
	prctl(PR_SET_PDEATHSIG, 0);
	return 0;
}

int lifetime_join(struct lifetime *l, pid_t pid)
{
	struct member *m;

	LOCK_SCOPE(&l->lock);
	if (!l->tied)
		return -EPERM;
	if (is_over(l) || is_readable(l->signals))
		return -ESHUTDOWN;
	m = find(l, pid);
	if (!m)
		return pid > 0 ? add(l, pid) : -ESRCH;
	m->left = false;
	return 0;
}

int lifetime_leave(struct lifetime *l, pid_t pid)
{
	struct member *m;

	LOCK_SCOPE(&l->lock);
	m = find(l, pid);
	if (m)
		m->left = true;
	return count_alive(l, true);
}

int lifetime_runs(struct lifetime *l)
{
	LOCK_SCOPE(&l->lock);
	return l->tied ? count_alive(l, true) : -1;
}

bool lifetime_is_ending(struct lifetime *l)
{
	LOCK_SCOPE(&l->lock);
	return is_over(l) || is_readable(l->signals);
}

/* No process can join from here on. */
static void begin_end(struct lifetime *l)
{
	LOCK_SCOPE(&l->lock);
	l->ending = true;
}

static bool is_left_alone(struct lifetime *l)
{
	LOCK_SCOPE(&l->lock);
	drop_dead(l);
	if (!is_over(l))
		return false;
	l->ending = true;
	return true;
}

bool lifetime_wait(struct lifetime *l, int ended)
{
	struct pollfd p[] = { { .fd = ended, .events = POLLIN },
			      { .fd = l->signals, .events = POLLIN },
			      { .fd = l->ends, .events = POLLIN } };
	unsigned int sig;

	for (;;) {
		if (poll(p, ARRAY_SIZE(p), -1) < 0)
			continue;
		if (p[0].revents) {
			begin_end(l);
			return true;
		}
		sig = take_signal(l);
		if (sig) {
			begin_end(l);
			log_info("signal %u: unmounting", sig);
			return false;
		}
		if (p[2].revents && is_left_alone(l)) {
			log_info("the last run has gone: unmounting");
			return false;
		}
	}
}
