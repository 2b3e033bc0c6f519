/* SPDX-License-Identifier: MIT */
#include "mount/session.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/log.h"
#include "base/util.h"
#include "core/commit.h"
#include "mount/channel.h"
#include "mount/fs.h"
#include "mount/gate.h"

/* On the stack of its thread. */
struct worker {
	pthread_t thread;
	struct worker *prev, *next; /* under s->lock */
};

struct session {
	struct fs *fs;		 /* const */
	struct fuse_session *se; /* const */
	unsigned int limit;	 /* const: workers that run at once */
	int ended_fd;		 /* const: eventfd */
	pthread_mutex_t receive; /* one reads, and passes the gate */
	pthread_mutex_t lock;	 /* under any lock of core's */
	pthread_cond_t wake;	 /* with lock: spares */
	unsigned int running;	 /* under lock: neither waiting nor spare */
	unsigned int spares;	 /* under lock: asleep until needed */
	unsigned int wanted;	 /* under lock: spares told to get up */
	unsigned int threads;	 /* under lock: alive */
	bool ended;		 /* under lock */
	bool started;		 /* const once it serves */
	struct worker *workers;	 /* under lock: all that are alive */
};

/* Of a worker: its session, and the kind of request it is answering. */
static _Thread_local struct session *mine;
static _Thread_local bool is_tmpfile, kill_priv;
static _Thread_local struct caller caller; /* of what kills them */

bool session_is_tmpfile(void)
{
	return is_tmpfile;
}

const struct caller *session_kills_priv(void)
{
	return kill_priv ? &caller : NULL;
}

static void *worker_main(void *arg);

static int spawn_locked(struct session *s)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, worker_main, s);
	pthread_attr_destroy(&attr);
	if (r)
		return -r;
	s->running++;
	s->threads++;
	return 0;
}

static void call_spare_locked(struct session *s)
{
	if (s->spares > s->wanted) {
		s->wanted++;
		s->running++;
		pthread_cond_broadcast(&s->wake);
	} else if (spawn_locked(s) < 0) {
		log_warn("no thread can be started; requests may be slow");
	}
}

void session_wait_begin(void)
{
	if (!mine)
		return;
	LOCK_SCOPE(&mine->lock);
	if (--mine->running == 0 && !mine->ended)
		call_spare_locked(mine);
}

void session_wait_end(void)
{
	if (!mine)
		return;
	LOCK_SCOPE(&mine->lock);
	mine->running++;
}

/* More run than should, after a wait: this one sleeps.  False: all is over. */
static bool rest(struct session *s)
{
	LOCK_SCOPE(&s->lock);
	if (s->ended)
		return false;
	if (s->running <= s->limit)
		return true;
	s->running--;
	s->spares++;
	while (!s->wanted && !s->ended)
		pthread_cond_wait(&s->wake, &s->lock);
	s->spares--;
	if (s->ended) {
		s->running++;
		return false;
	}
	s->wanted--;
	return true;
}

static void pass_gate(struct session *s, const struct fuse_buf *buf, size_t n)
{
	struct gate_verdict v = gate_look(buf->mem, n);
	struct handle *h = (struct handle *)(uintptr_t)v.release;

	if (h)
		fs_locks_release(s->fs, h);
	if (h && h->writing)
		h->settles = version_seal(&h->w);
	if (v.busy_thread && redirects_any(s->fs->redirects))
		redirect_given_up(s->fs->redirects, v.busy_thread);
	if (v.thread)
		commit_seen(s->fs->versions->commit, v.thread);
	if (v.init)
		channel_see(s->fs->channel, buf->mem, n);
	is_tmpfile = v.tmpfile;
	kill_priv = v.kill_priv;
	caller = v.caller;
}

static int receive(struct session *s, struct fuse_buf *buf)
{
	int n;

	LOCK_SCOPE(&s->receive);
	if (fuse_session_exited(s->se))
		return 0;
	n = fuse_session_receive_buf(s->se, buf);
	if (n > 0)
		pass_gate(s, buf, (size_t)n);
	return n;
}

static void end_all(struct session *s)
{
	LOCK_SCOPE(&s->lock);
	s->ended = true;
	pthread_cond_broadcast(&s->wake);
}

static void enter(struct session *s, struct worker *w)
{
	w->thread = pthread_self();
	w->prev = NULL;
	LOCK_SCOPE(&s->lock);
	w->next = s->workers;
	if (w->next)
		w->next->prev = w;
	s->workers = w;
}

/* Once the last has written, the session may be gone: it is touched no more. */
static void leave(struct session *s, struct worker *w)
{
	int ended_fd = s->ended_fd;
	uint64_t one = 1;
	bool last;

	pthread_mutex_lock(&s->lock);
	if (w->prev)
		w->prev->next = w->next;
	else
		s->workers = w->next;
	if (w->next)
		w->next->prev = w->prev;
	s->running--;
	last = --s->threads == 0;
	pthread_mutex_unlock(&s->lock);
	if (last && write(ended_fd, &one, sizeof(one)) < 0)
		log_error("eventfd: %s", strerror(errno));
}

static void *worker_main(void *arg)
{
	struct session *s = arg;
	struct fuse_buf buf = { 0 };
	struct worker w;

	mine = s;
	enter(s, &w);
	while (rest(s)) {
		int n = receive(s, &buf);

		if (n == -EINTR)
			continue;
		if (n <= 0) {
			if (n < 0 && n != -ENODEV)
				log_error("reading requests: %s", strerror(-n));
			fuse_session_exit(s->se);
			end_all(s);
			break;
		}
		fuse_session_process_buf(s->se, &buf);
	}
	free(buf.mem);
	leave(s, &w);
	return NULL;
}

int session_new(struct fs *fs, struct fuse_session *se, unsigned int threads,
		struct session **ret)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fs = fs;
	s->se = se;
	s->limit = threads;
	s->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&s->receive, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	if (s->ended_fd < 0) {
		int r = -errno;

		session_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void session_free(struct session *s)
{
	uint64_t n;

	if (!s)
		return;
	/* The last worker's write comes before this; poll() orders nothing. */
	if (read(s->ended_fd, &n, sizeof(n)) < 0)
		n = 0; /* it was never started */
	close_fd(s->ended_fd);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->receive);
	free(s);
}

int session_start(struct session *s, int *ret_fd)
{
	int r = 0;

	*ret_fd = s->ended_fd;
	LOCK_SCOPE(&s->lock);
	while (!r && s->threads < s->limit)
		r = spawn_locked(s);
	/* One is enough to serve. */
	s->started = s->threads > 0;
	return s->started ? 0 : r;
}

static void on_signal(int signo)
{
	(void)signo;
}

static void interrupt_all(struct session *s)
{
	LOCK_SCOPE(&s->lock);
	for (struct worker *w = s->workers; w; w = w->next)
		pthread_kill(w->thread, SIGUSR1);
}

void session_stop(struct session *s)
{
	/* Without SA_RESTART: read(2) ends with EINTR. */
	struct sigaction act = { .sa_handler = on_signal };
	struct pollfd p = { .fd = s->ended_fd, .events = POLLIN };

	sigaction(SIGUSR1, &act, NULL);
	fuse_session_exit(s->se);
	end_all(s);
	/* A signal that comes before read(2) is lost: so again. */
	while (session_threads(s) || poll(&p, 1, 0) <= 0) {
		if (!s->started)
			return;
		interrupt_all(s);
		poll(&p, 1, 20);
	}
}

unsigned int session_threads(struct session *s)
{
	LOCK_SCOPE(&s->lock);
	return s->threads;
}
