/* SPDX-License-Identifier: MIT */
#include "mount/kernel/session.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/log.h"
#include "base/util.h"
#include "core/options/options.h"
#include "mount/kernel/channel.h"
#include "mount/kernel/gate.h"
#include "mount/kernel/read_turn.h"
#include "mount/kernel/spin.h"

#define STREAK 4 /* so many at once are more than one program sends */

/* A thread that answers requests; on its own stack. */
struct worker {
	pthread_t thread;
	struct worker *prev, *next; /* under s->lock */
};

struct session {
	struct session_hooks hooks; /* const */
	struct fuse_session *se;    /* const */
	struct channel *channel;    /* const */
	unsigned int limit;	    /* const: workers that run at once */
	int ended_fd;		    /* const: eventfd */
	struct read_turn turn;	    /* the worker that has it is the reader */
	struct spin spin;	    /* of the reader */
	unsigned int streak;	    /* of the reader: requests without a wait */
	bool crowded;		    /* of the reader: is the machine busy? */
	int load_fd;		    /* const: /proc/loadavg, or -1 */
	unsigned int processors;    /* const: that we may use, 2 at least */
	pthread_mutex_t lock;	    /* under any lock of core's */
	pthread_cond_t wake;	    /* with lock: spares */
	unsigned int running;	    /* under lock: neither waiting nor spare */
	unsigned int spares;	    /* under lock: asleep until needed */
	unsigned int wanted;	    /* under lock: spares told to get up */
	unsigned int threads;	    /* under lock: alive */
	bool ended;		    /* under lock */
	bool started;		    /* const once it serves */
	struct worker *workers;	    /* under lock: all that are alive */
};

/* Of a worker: its session, itself, and the request that it is answering. */
static _Thread_local struct session *mine;
static _Thread_local struct worker *self;
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
	read_turn_drop(&mine->turn, self);
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

/*
 * Sleeps while more workers run than the limit, as after a wait.  False: the
 * session has ended.
 */
static bool rest(struct session *s)
{
	LOCK_SCOPE(&s->lock);
	if (s->ended)
		return false;
	if (s->running <= s->limit)
		return true;
	read_turn_drop(&s->turn, self);
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

	s->hooks.passes(s->hooks.arg, &v);
	if (v.init)
		channel_see(s->channel, buf->mem, n);
	is_tmpfile = v.tmpfile;
	kill_priv = v.kill_priv;
	caller = v.caller;
}

/* Do more threads want to run, anywhere, than there are processors? */
static bool is_machine_busy(struct session *s)
{
	char text[64] = "";
	const char *p;

	/* "0.20 0.18 0.12 1/80 11206": the fourth, before the slash */
	if (pread(s->load_fd, text, sizeof(text) - 1, 0) <= 0)
		return true;
	p = strchr(text, '/');
	while (p && p > text && p[-1] != ' ')
		p--;
	return !p || strtoul(p, NULL, 10) > s->processors;
}

/*
 * Looks for a request before the reader sleeps in read(2); but not while other
 * threads need the processors (spin.h).
 */
static void look_for_request(struct session *s)
{
	int64_t now = now_ns();

	s->crowded = spin_rests(&s->spin, now);
	if (s->crowded)
		return;
	if (read_turn_is_readable(&s->turn)) {
		s->streak++;
		return;
	}
	s->streak = 0;
	if (spin_must_check(&s->spin, now))
		spin_checked(&s->spin, now, is_machine_busy(s));
	while (spin_again(&s->spin, now) && !read_turn_is_readable(&s->turn) &&
	       !fuse_session_exited(s->se))
		now = now_ns();
}

/*
 * May another worker read while this one answers?  A single program sends two
 * or three requests at a time, such as the RELEASE of one file and the LOOKUP
 * of the next.  Waking a second thread takes longer than answering those.  But
 * on a busy machine a single thread gets too small a share of the processors.
 */
static bool must_share(struct session *s)
{
	return s->crowded ||
	       (s->streak >= STREAK && read_turn_is_readable(&s->turn));
}

/* Called by the reader. */
static int receive(struct session *s, struct fuse_buf *buf)
{
	int n;

	look_for_request(s);
	if (fuse_session_exited(s->se))
		return 0;
	n = fuse_session_receive_buf(s->se, buf);
	spin_came(&s->spin, now_ns());
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

/*
 * Once the last worker has written to ended_fd, the session may be freed: it is
 * not touched after that.
 */
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

/* -ECONNABORTED: during a read (fs/fuse/dev.c, fuse_dev_do_read()). */
static bool is_unmounted(int code)
{
	return code == -ENODEV || code == -ECONNABORTED;
}

static void *worker_main(void *arg)
{
	struct session *s = arg;
	struct fuse_buf buf = { 0 };
	struct worker w;

	mine = s;
	self = &w;
	enter(s, &w);
	while (rest(s)) {
		int n;

		if (!read_turn_take(&s->turn, &w))
			continue;
		n = receive(s, &buf);
		if (n <= 0 || must_share(s))
			read_turn_give(&s->turn);
		else
			read_turn_keep(&s->turn, &w);
		if (n == -EINTR)
			continue;
		if (n <= 0) {
			if (n < 0 && !is_unmounted(n))
				log_error("reading requests: %s", strerror(-n));
			fuse_session_exit(s->se);
			end_all(s);
			break;
		}
		fuse_session_process_buf(s->se, &buf);
	}
	free(buf.mem);
	read_turn_drop(&s->turn, &w);
	leave(s, &w);
	return NULL;
}

static void init_spin(struct session *s, bool may_spin)
{
	cpu_set_t set;
	int n;

	s->load_fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	spin_init(&s->spin, may_spin && n > 1);
	/* The program that was just answered runs beside the reader. */
	s->processors = n > 2 ? (unsigned int)n : 2;
}

int session_new(struct fuse_session *se, struct channel *channel,
		const struct options *opt, const struct session_hooks *hooks,
		struct session **ret)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->hooks = *hooks;
	s->se = se;
	s->channel = channel;
	s->limit = opt->threads;
	s->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	read_turn_init(&s->turn, fuse_session_fd(se));
	init_spin(s, opt->spin);
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
	/* Orders the last worker's write before this; poll() does not. */
	if (read(s->ended_fd, &n, sizeof(n)) < 0)
		n = 0; /* it was never started */
	read_turn_release(&s->turn);
	close_fd(s->ended_fd);
	close_fd(s->load_fd);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int session_start(struct session *s, int *ret_fd)
{
	int r = 0;

	*ret_fd = s->ended_fd;
	if (read_turn_watch(&s->turn) < 0)
		log_warn("no thread can be started; requests may be slow");
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
	/* A signal that comes before read(2) is lost, so it is repeated. */
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
