/* SPDX-License-Identifier: MIT */
#include "core/process/ancestry.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/process/writer.h"

#define PARENT 4 /* fields of /proc/PID/stat */
#define START 22 /* in clock ticks */
#define STAT_MAX 4096
#define KNOWN 256 /* processes */
#define MOVES 16  /* to another parent, while one is looked at */

struct ancestries {
	ancestry_read read; /* const */
	void *arg;	    /* const */
	pthread_mutex_t lock;
	struct ancestry known[KNOWN]; /* under lock; by number */
};

static size_t read_stat(void *arg, pid_t pid, char *buf, size_t size)
{
	auto_fd fd = -1;
	char name[64];
	ssize_t n;

	(void)arg;
	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : sys_pread_all(fd, buf, size, 0);
	return n < 0 ? 0 : (size_t)n;
}

int ancestries_new(struct ancestries **ret)
{
	return ancestries_new_with(read_stat, NULL, ret);
}

int ancestries_new_with(ancestry_read read, void *arg, struct ancestries **ret)
{
	struct ancestries *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->read = read;
	a->arg = arg;
	pthread_mutex_init(&a->lock, NULL);
	*ret = a;
	return 0;
}

void ancestries_free(struct ancestries *a)
{
	if (!a)
		return;
	pthread_mutex_destroy(&a->lock);
	free(a);
}

uint64_t ancestry_now(void)
{
	static const uint64_t ns = 1000000000;
	uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * ticks +
	       (uint64_t)now.tv_nsec / (ns / ticks);
}

/* When @pid was started, and its parent; false when /proc does not tell. */
static bool look_at(struct ancestries *a, pid_t pid, struct process *ret,
		    pid_t *ret_parent)
{
	char text[STAT_MAX];
	size_t n = a->read(a->arg, pid, text, sizeof(text) - 1);
	long long parent, start;

	text[n] = '\0';
	parent = writer_stat_field(text, PARENT);
	start = writer_stat_field(text, START);
	if (parent < 0 || start < 0)
		return false;
	*ret = (struct process){ pid, (uint64_t)start };
	*ret_parent = (pid_t)parent;
	return true;
}

static bool is_same(const struct process *p, const struct process *q)
{
	return p->pid == q->pid && p->start == q->start;
}

static struct ancestry *slot_of(struct ancestries *a, pid_t pid)
{
	return &a->known[(unsigned int)pid % KNOWN];
}

/* What is known of @p, and of its ancestors, comes at the end of @line. */
static bool recall(struct ancestries *a, const struct process *p,
		   struct ancestry *line)
{
	const struct ancestry *known = slot_of(a, p->pid);

	LOCK_SCOPE(&a->lock);
	if (!known->count || !is_same(&known->line[0], p))
		return false;
	for (unsigned int i = 0; i < known->count && line->count < ANCESTRY_MAX;
	     i++)
		line->line[line->count++] = known->line[i];
	return true;
}

static void remember(struct ancestries *a, const struct ancestry *line)
{
	LOCK_SCOPE(&a->lock);
	*slot_of(a, line->line[0].pid) = *line;
}

void ancestry_of(struct ancestries *a, pid_t pid, struct ancestry *ret)
{
	struct process p;
	pid_t parent;

	*ret = (struct ancestry){ 0 };
	if (pid <= 0)
		return;
	for (pid_t at = pid; at > 0 && ret->count < ANCESTRY_MAX; at = parent) {
		if (!look_at(a, at, &p, &parent))
			break;
		/* The parent has ended, and another one has its number. */
		if (ret->count && p.start > ret->line[ret->count - 1].start)
			break;
		if (recall(a, &p, ret)) {
			if (ret->line[0].pid == at)
				return;
			break;
		}
		ret->line[ret->count++] = p;
	}
	if (ret->count)
		remember(a, ret);
	else
		ret->line[ret->count++] = (struct process){ .pid = pid };
}

/*
 * The parent of @p, which may have another one by now: the one that was known
 * has ended.  False when there is none, or it is not told.
 */
static bool look_at_parent(struct ancestries *a, const struct process *p,
			   pid_t parent, struct process *ret, pid_t *ret_parent)
{
	struct process again;
	pid_t now;

	for (int tries = 0; parent > 0 && tries < MOVES; tries++) {
		/* A later start: another process has the parent's number. */
		if (look_at(a, parent, ret, ret_parent) &&
		    ret->start <= p->start)
			return true;
		if (!look_at(a, p->pid, &again, &now) || !is_same(&again, p) ||
		    now == parent)
			return false;
		parent = now;
	}
	return false;
}

bool ancestry_walk(struct ancestries *a, pid_t pid,
		   bool (*each)(void *arg, const struct process *p), void *arg)
{
	struct process p, above;
	pid_t parent, next;

	if (pid <= 0 || !look_at(a, pid, &p, &parent))
		return false;
	while (!each(arg, &p)) {
		if (!look_at_parent(a, &p, parent, &above, &next))
			return false;
		p = above;
		parent = next;
	}
	return true;
}

bool ancestry_has(const struct ancestry *line, pid_t pid, uint64_t when)
{
	for (unsigned int i = 0; i < line->count && pid > 0; i++)
		if (line->line[i].pid == pid && line->line[i].start <= when)
			return true;
	return false;
}
