/* SPDX-License-Identifier: MIT */
#include "core/process/cmdline.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"

#define PATIENCE_MS 500

/* The one thread that reads, and what it reads. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* with lock: state has */
	enum {
		HERE,		/* there is no thread */
		AWAY,		/* it reads, and a caller waits for it */
		BACK,		/* it has ended; the caller takes the text */
		LOST,		/* it reads, and no caller waits any more */
	} state;		/* under lock */
	pid_t pid;		/* under lock: of this process */
	size_t size;		/* under lock: of the text */
	char text[CMDLINE_MAX]; /* under lock */
} reader = { .lock = PTHREAD_MUTEX_INITIALIZER,
	     .changed = PTHREAD_COND_INITIALIZER };

static ssize_t read_text(pid_t pid, char *buf, size_t size)
{
	auto_fd fd = -1;
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/cmdline", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : sys_pread_all(fd, buf, size, 0);
}

static void *go_and_read(void *arg)
{
	char text[CMDLINE_MAX];
	ssize_t n;
	pid_t pid;

	(void)arg;
	pthread_mutex_lock(&reader.lock);
	pid = reader.pid;
	pthread_mutex_unlock(&reader.lock);
	n = read_text(pid, text, sizeof(text));
	LOCK_SCOPE(&reader.lock);
	if (reader.state == AWAY) {
		reader.size = n < 0 ? 0 : (size_t)n;
		memcpy(reader.text, text, reader.size);
		reader.state = BACK;
	} else {
		reader.state = HERE;
	}
	pthread_cond_broadcast(&reader.changed);
	return NULL;
}

/* It blocks all signals: they are for threads that look at what they set. */
static int start(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	int r;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setsigmask_np(&attr, &all);
	r = pthread_create(&thread, &attr, go_and_read, NULL);
	pthread_attr_destroy(&attr);
	return -r;
}

/* Waits while the state is @one or @other, but not for ever: false then. */
static bool wait_while_locked(int one, int other, int64_t until)
{
	while ((int)reader.state == one || (int)reader.state == other)
		if (cond_wait_until(&reader.changed, &reader.lock, until))
			break;
	/* It may have come at the last moment. */
	return (int)reader.state != one && (int)reader.state != other;
}

size_t cmdline_read(pid_t pid, char *buf, size_t size)
{
	int64_t until = now_ms() + PATIENCE_MS;
	bool back;

	LOCK_SCOPE(&reader.lock);
	if (!wait_while_locked(AWAY, BACK, until) || reader.state == LOST)
		return 0;
	reader.pid = pid;
	if (start() < 0)
		return 0;
	reader.state = AWAY;
	back = wait_while_locked(AWAY, AWAY, until);
	reader.state = back ? HERE : LOST;
	pthread_cond_broadcast(&reader.changed);
	if (!back)
		return 0;
	if (size > reader.size)
		size = reader.size;
	memcpy(buf, reader.text, size);
	return size;
}
