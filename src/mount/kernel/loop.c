/* SPDX-License-Identifier: MIT */
#include "mount/kernel/loop.h"

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
	struct worker *prev, *next; /* under l->lock */
};

struct loop {
	struct loop_hooks hooks; /* const */
	struct fuse_session *se; /* const */
	struct channel *channel; /* const */
	unsigned int limit;	 /* const: workers that run at once */
	int ended_fd;		 /* const: eventfd */
	struct read_turn turn;	 /* the worker that has it is the reader */
	struct spin spin;	 /* of the reader */
	unsigned int streak;	 /* of the reader: requests without a wait */
	bool crowded;		 /* of the reader: is the machine busy? */
	int load_fd;		 /* const: /proc/loadavg, or -1 */
	unsigned int processors; /* const: that we may use, 2 at least */
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

/* Of a worker: its loop, itself, and the request that it is answering. */
static _Thread_local struct loop *mine;
static _Thread_local struct worker *self;
static _Thread_local bool is_tmpfile, kill_priv;
static _Thread_local struct caller caller; /* of what kills them */

bool loop_is_tmpfile(void)
{
	return is_tmpfile;
}

const struct caller *loop_kills_priv(void)
{
	return kill_priv ? &caller : NULL;
}

static void *worker_main(void *arg);

static int spawn_locked(struct loop *l)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, worker_main, l);
	pthread_attr_destroy(&attr);
	if (r)
		return -r;
	l->running++;
	l->threads++;
	return 0;
}

static void call_spare_locked(struct loop *l)
{
	if (l->spares > l->wanted) {
		l->wanted++;
		l->running++;
		pthread_cond_broadcast(&l->wake);
	} else if (spawn_locked(l) < 0) {
		log_warn("no thread can be started; requests may be slow");
	}
}

void loop_wait_begin(void)
{
	if (!mine)
		return;
	read_turn_drop(&mine->turn, self);
	LOCK_SCOPE(&mine->lock);
	if (--mine->running == 0 && !mine->ended)
		call_spare_locked(mine);
}

void loop_wait_end(void)
{
	if (!mine)
		return;
	LOCK_SCOPE(&mine->lock);
	mine->running++;
}

/*
 * Sleeps while more workers run than the limit, as after a wait.  False: the
 * loop has ended.
 */
static bool rest(struct loop *l)
{
	LOCK_SCOPE(&l->lock);
	if (l->ended)
		return false;
	if (l->running <= l->limit)
		return true;
	read_turn_drop(&l->turn, self);
	l->running--;
	l->spares++;
	while (!l->wanted && !l->ended)
		pthread_cond_wait(&l->wake, &l->lock);
	l->spares--;
	if (l->ended) {
		l->running++;
		return false;
	}
	l->wanted--;
	return true;
}

static void pass_gate(struct loop *l, const struct fuse_buf *buf, size_t n)
{
	struct gate_verdict v = gate_look(buf->mem, n);

	l->hooks.passes(l->hooks.arg, &v);
	if (v.init)
		channel_see(l->channel, buf->mem, n);
	is_tmpfile = v.tmpfile;
	kill_priv = v.kill_priv;
	caller = v.caller;
}

/* Do more threads want to run, anywhere, than there are processors? */
static bool is_machine_busy(struct loop *l)
{
	char text[64] = "";
	const char *p;

	/* "0.20 0.18 0.12 1/80 11206": the fourth, before the slash */
	if (pread(l->load_fd, text, sizeof(text) - 1, 0) <= 0)
		return true;
	p = strchr(text, '/');
	while (p && p > text && p[-1] != ' ')
		p--;
	return !p || strtoul(p, NULL, 10) > l->processors;
}

/*
 * Looks for a request before the reader sleeps in read(2); but not while other
 * threads need the processors (spin.h).
 */
static void look_for_request(struct loop *l)
{
	int64_t now = now_ns();

	l->crowded = spin_rests(&l->spin, now);
	if (l->crowded)
		return;
	if (read_turn_is_readable(&l->turn)) {
		l->streak++;
		return;
	}
	l->streak = 0;
	if (spin_must_check(&l->spin, now))
		spin_checked(&l->spin, now, is_machine_busy(l));
	while (spin_again(&l->spin, now) && !read_turn_is_readable(&l->turn) &&
	       !fuse_session_exited(l->se))
		now = now_ns();
}

/*
 * May another worker read while this one answers?  A single program sends two
 * or three requests at a time, such as the RELEASE of one file and the LOOKUP
 * of the next.  Waking a second thread takes longer than answering those.  But
 * on a busy machine a single thread gets too small a share of the processors.
 */
static bool must_share(struct loop *l)
{
	return l->crowded ||
	       (l->streak >= STREAK && read_turn_is_readable(&l->turn));
}

/* Called by the reader. */
static int receive(struct loop *l, struct fuse_buf *buf)
{
	int n;

	look_for_request(l);
	if (fuse_session_exited(l->se))
		return 0;
	n = fuse_session_receive_buf(l->se, buf);
	spin_came(&l->spin, now_ns());
	if (n > 0)
		pass_gate(l, buf, (size_t)n);
	return n;
}

static void end_all(struct loop *l)
{
	LOCK_SCOPE(&l->lock);
	l->ended = true;
	pthread_cond_broadcast(&l->wake);
}

static void enter(struct loop *l, struct worker *w)
{
	w->thread = pthread_self();
	w->prev = NULL;
	LOCK_SCOPE(&l->lock);
	w->next = l->workers;
	if (w->next)
		w->next->prev = w;
	l->workers = w;
}

/*
 * Once the last worker has written to ended_fd, the loop may be freed: it is
 * not touched after that.
 */
static void leave(struct loop *l, struct worker *w)
{
	int ended_fd = l->ended_fd;
	uint64_t one = 1;
	bool last;

	pthread_mutex_lock(&l->lock);
	if (w->prev)
		w->prev->next = w->next;
	else
		l->workers = w->next;
	if (w->next)
		w->next->prev = w->prev;
	l->running--;
	last = --l->threads == 0;
	pthread_mutex_unlock(&l->lock);
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
	struct loop *l = arg;
	struct fuse_buf buf = { 0 };
	struct worker w;

	mine = l;
	self = &w;
	enter(l, &w);
	while (rest(l)) {
		int n;

		if (!read_turn_take(&l->turn, &w))
			continue;
		n = receive(l, &buf);
		if (n <= 0 || must_share(l))
			read_turn_give(&l->turn);
		else
			read_turn_keep(&l->turn, &w);
		if (n == -EINTR)
			continue;
		if (n <= 0) {
			if (n < 0 && !is_unmounted(n))
				log_error("reading requests: %s", strerror(-n));
			fuse_session_exit(l->se);
			end_all(l);
			break;
		}
		fuse_session_process_buf(l->se, &buf);
	}
	free(buf.mem);
	read_turn_drop(&l->turn, &w);
	leave(l, &w);
	return NULL;
}

static void init_spin(struct loop *l, bool may_spin)
{
	cpu_set_t set;
	int n;

	l->load_fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	spin_init(&l->spin, may_spin && n > 1);
	/* The program that was just answered runs beside the reader. */
	l->processors = n > 2 ? (unsigned int)n : 2;
}

int loop_new(struct fuse_session *se, struct channel *channel,
	     const struct options *opt, const struct loop_hooks *hooks,
	     struct loop **ret)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->hooks = *hooks;
	l->se = se;
	l->channel = channel;
	l->limit = opt->threads;
	l->ended_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	read_turn_init(&l->turn, fuse_session_fd(se));
	init_spin(l, opt->spin);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
	if (l->ended_fd < 0) {
		int r = -errno;

		loop_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

void loop_free(struct loop *l)
{
	uint64_t n;

	if (!l)
		return;
	/* Orders the last worker's write before this; poll() does not. */
	if (read(l->ended_fd, &n, sizeof(n)) < 0)
		n = 0; /* it was never started */
	read_turn_release(&l->turn);
	close_fd(l->ended_fd);
	close_fd(l->load_fd);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

int loop_start(struct loop *l, int *ret_fd)
{
	int r = 0;

	*ret_fd = l->ended_fd;
	if (read_turn_watch(&l->turn) < 0)
		log_warn("no thread can be started; requests may be slow");
	LOCK_SCOPE(&l->lock);
	while (!r && l->threads < l->limit)
		r = spawn_locked(l);
	/* One is enough to serve. */
	l->started = l->threads > 0;
	return l->started ? 0 : r;
}

static void on_signal(int signo)
{
	(void)signo;
}

static void interrupt_all(struct loop *l)
{
	LOCK_SCOPE(&l->lock);
	for (struct worker *w = l->workers; w; w = w->next)
		pthread_kill(w->thread, SIGUSR1);
}

void loop_stop(struct loop *l)
{
	/* Without SA_RESTART: read(2) ends with EINTR. */
	struct sigaction act = { .sa_handler = on_signal };
	struct pollfd p = { .fd = l->ended_fd, .events = POLLIN };

	sigaction(SIGUSR1, &act, NULL);
	fuse_session_exit(l->se);
	end_all(l);
	/* A signal that comes before read(2) is lost, so it is repeated. */
	while (loop_threads(l) || poll(&p, 1, 0) <= 0) {
		if (!l->started)
			return;
		interrupt_all(l);
		poll(&p, 1, 20);
	}
}

unsigned int loop_threads(struct loop *l)
{
	LOCK_SCOPE(&l->lock);
	return l->threads;
}
