/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include "mark_ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 60
#define LONG_AGO 100000 /* seconds: times that a program has set */
#define RECEIVE OP_COUNT
#define HELLO (OP_COUNT + 1)

enum { IDLE, ASKED, ANSWERED };

/* Shared with one thread of one agent. */
struct box {
	atomic_uint state;
	struct op op;
	char answer[ANSWER_SIZE];
	int fd;
	pid_t pid; /* that was spawned */
};

static struct box (*boxes)[THREADS]; /* [AGENTS] */
static pid_t pids[AGENTS], caller;
static int watches[AGENTS]; /* pidfds */
static int bus[AGENTS][2];  /* descriptors are passed through it */
static char home[PATH_MAX]; /* its whole path: agents begin elsewhere, too */

/* Of this agent: */
static int fds[SLOTS];
static struct {
	char *at;
	size_t size;
} maps[MAPS];

static void futex_wait(atomic_uint *word, unsigned int value)
{
	struct timespec limit = { .tv_sec = 1 };

	syscall(SYS_futex, word, FUTEX_WAIT, value, &limit, NULL, 0);
}

static void futex_wake(atomic_uint *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* --- what an agent does ----------------------------------------------------- */

static void say(struct box *b, const char *text)
{
	snprintf(b->answer, sizeof(b->answer), "%s", text);
}

static void say_result(struct box *b, long r)
{
	say(b, r < 0 ? strerrorname_np(errno) : "ok");
}

static void say_bytes(struct box *b, const char *bytes, long n)
{
	if (n < 0)
		say_result(b, n);
	else
		snprintf(b->answer, sizeof(b->answer), "%ld %08x", n,
			 op_sum(bytes, (size_t)n));
}

static void say_count(struct box *b, long n)
{
	if (n < 0)
		say_result(b, n);
	else
		snprintf(b->answer, sizeof(b->answer), "%ld", n);
}

static void say_stat(struct box *b, int r, const struct stat *st)
{
	char time[32] = "now";

	if (r < 0) {
		say_result(b, r);
		return;
	}
	if (st->st_mtime < LONG_AGO)
		snprintf(time, sizeof(time), "t%lld", (long long)st->st_mtime);
	if (S_ISREG(st->st_mode))
		snprintf(b->answer, sizeof(b->answer), "file %o %lu %lld %s",
			 st->st_mode & 07777, (unsigned long)st->st_nlink,
			 (long long)st->st_size, time);
	else
		say(b, S_ISDIR(st->st_mode) ? "dir" : "link");
}

static void take_slot(struct box *b, int *slot, int fd)
{
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		close(fd);
		errno = EISDIR;
		fd = -1;
	}
	if (fd >= 0)
		*slot = b->fd = fd;
	say_result(b, fd);
}

static int open_again(int fd, unsigned int flags)
{
	char proc[64];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return open(proc, (int)flags | O_CLOEXEC);
}

static int link_fd(int fd, const char *name)
{
	char proc[64];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, proc, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static void cat(struct box *b, const char *path)
{
	static _Thread_local char buf[FILE_MAX * 2];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;
	size_t all = 0;

	while (fd >= 0 && all < sizeof(buf) &&
	       (n = read(fd, buf + all, sizeof(buf) - all)) > 0)
		all += (size_t)n;
	say_bytes(b, buf, n < 0 ? n : (long)all);
	if (fd >= 0)
		close(fd);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(struct box *b, const char *path)
{
	char *found[64];
	size_t n = 0, i;
	struct dirent *e;
	DIR *d = opendir(path);

	if (!d) {
		say_result(b, -1);
		return;
	}
	while (n < 64 && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			found[n++] = strdup(e->d_name);
	closedir(d);
	qsort(found, n, sizeof(*found), by_name);
	say(b, "names");
	for (i = 0; i < n; i++) {
		size_t at = strlen(b->answer);

		snprintf(b->answer + at, sizeof(b->answer) - at, " %s",
			 found[i]);
		free(found[i]);
	}
}

static int set_time(int fd, const char *path, unsigned int v)
{
	struct timespec t[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = v } };

	return path ? utimensat(AT_FDCWD, path, t, 0) : futimens(fd, t);
}

static int set_xattr(int fd, const char *path, unsigned int v)
{
	char text[16];
	size_t n = (size_t)snprintf(text, sizeof(text), "%u", v);

	return path ? setxattr(path, "user.m", text, n, 0)
		    : fsetxattr(fd, "user.m", text, n, 0);
}

static void get_xattr(struct box *b, const char *path)
{
	char text[17] = "";

	if (getxattr(path, "user.m", text, sizeof(text) - 1) < 0)
		say_result(b, -1);
	else
		say(b, text);
}

static void map_slot(struct box *b, int fd, unsigned int at)
{
	bool writes = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
	char *m = mmap(NULL, FILE_MAX, PROT_READ | (writes ? PROT_WRITE : 0),
		       MAP_SHARED, fd, 0);

	if (m != MAP_FAILED)
		maps[at].at = m;
	say_result(b, m == MAP_FAILED ? -1 : 0);
}

/* As programs write: all of it. */
static long write_value(int fd, const struct op *op, bool at)
{
	static _Thread_local char buf[FILE_MAX];

	op_fill(buf, op->l, op->v);
	return at ? pwrite(fd, buf, op->l, op->o) : write(fd, buf, op->l);
}

static void read_value(struct box *b, int fd, const struct op *op, bool at)
{
	static _Thread_local char buf[FILE_MAX];

	say_bytes(b, buf,
		  at ? pread(fd, buf, op->l, op->o) : read(fd, buf, op->l));
}

static long copy_range(int from, int to, const struct op *op)
{
	off_t in = 0, out = op->o;

	return copy_file_range(from, &in, to, &out, op->l, 0);
}

static long send_fd(int fd, unsigned int to)
{
	char byte = 0;
	struct iovec io = { &byte, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u = { { 0 } };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof(u.buf) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(bus[to][0], &m, 0);
}

static int receive_fd(unsigned int me)
{
	char byte;
	struct iovec io = { &byte, 1 };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof(u.buf) };
	int fd = -1;

	if (recvmsg(bus[me][1], &m, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/*
 * The kernel does not say whether an attribute is set by path or by
 * descriptor: a thread that has just looked the path up sets it by path.  So
 * this is an open between the two.
 */
static void forget_path(int fd)
{
	int again = open_again(fd, O_RDONLY);

	if (again >= 0)
		close(again);
}

/* What is done to the descriptor itself. */
static bool do_slot_op(struct box *b, int fd)
{
	const struct op *op = &b->op;

	switch (op->kind) {
	case OP_CLOSE:
		fds[op->s] = -1;
		say_result(b, close(fd));
		return true;
	case OP_DUP:
		take_slot(b, &fds[op->t], fcntl(fd, F_DUPFD_CLOEXEC, 0));
		return true;
	case OP_PASS:
		say_result(b, send_fd(fd, op->v));
		return true;
	case OP_REOPEN:
		take_slot(b, &fds[op->t], open_again(fd, op->f));
		return true;
	case OP_LINKFD:
		say_result(b, link_fd(fd, op->q));
		return true;
	case OP_MAP:
		map_slot(b, fd, op->t);
		return true;
	default:
		return false;
	}
}

static void do_fd_op(struct box *b)
{
	const struct op *op = &b->op;
	int fd = fds[op->s];
	struct stat st;

	if (do_slot_op(b, fd))
		return;
	switch (op->kind) {
	case OP_READ:
	case OP_PREAD:
		read_value(b, fd, op, op->kind == OP_PREAD);
		return;
	case OP_WRITE:
	case OP_PWRITE:
		say_count(b, write_value(fd, op, op->kind == OP_PWRITE));
		return;
	case OP_SEEK:
		say_count(b, lseek(fd, op->o, SEEK_SET));
		return;
	case OP_FTRUNCATE:
		say_result(b, ftruncate(fd, op->o));
		return;
	case OP_FALLOCATE:
		say_result(b, fallocate(fd, (int)op->f, op->o, op->l));
		return;
	case OP_COPY:
		say_count(b, copy_range(fd, fds[op->t], op));
		return;
	case OP_FSYNC:
		say_result(b, fsync(fd));
		return;
	case OP_FSTAT:
		say_stat(b, fstat(fd, &st), &st);
		return;
	case OP_FCHMOD:
		forget_path(fd);
		say_result(b, fchmod(fd, op->v));
		return;
	case OP_FUTIME:
		forget_path(fd);
		say_result(b, set_time(fd, NULL, op->v));
		return;
	case OP_FSETX:
		forget_path(fd);
		say_result(b, set_xattr(fd, NULL, op->v));
		return;
	default:
		return;
	}
}

static void do_map_op(struct box *b)
{
	const struct op *op = &b->op;
	char *at = maps[op->t].at;

	if (op->kind == OP_MREAD) {
		say_bytes(b, at, op->l);
	} else if (op->kind == OP_MWRITE) {
		op_fill(at + op->o, op->l, op->v);
		say(b, "ok");
	} else {
		maps[op->t].at = NULL;
		say_result(b, munmap(at, FILE_MAX));
	}
}

static void do_look_op(struct box *b)
{
	const struct op *op = &b->op;
	struct stat st;

	switch (op->kind) {
	case OP_STAT:
		say_stat(b, stat(op->p, &st), &st);
		return;
	case OP_LSTAT:
		say_stat(b, lstat(op->p, &st), &st);
		return;
	case OP_CAT:
		cat(b, op->p);
		return;
	case OP_LIST:
		list(b, op->p);
		return;
	default:
		get_xattr(b, op->p);
	}
}

static void do_name_op(struct box *b)
{
	const struct op *op = &b->op;

	switch (op->kind) {
	case OP_TRUNCATE:
		say_result(b, truncate(op->p, op->o));
		return;
	case OP_CHMOD:
		say_result(b, chmod(op->p, op->v));
		return;
	case OP_UTIME:
		say_result(b, set_time(-1, op->p, op->v));
		return;
	case OP_SETX:
		say_result(b, set_xattr(-1, op->p, op->v));
		return;
	case OP_UNLINK:
		say_result(b, unlink(op->p));
		return;
	case OP_RMDIR:
		say_result(b, rmdir(op->p));
		return;
	case OP_MKDIR:
		say_result(b, mkdir(op->p, 0755));
		return;
	case OP_SYMLINK:
		say_result(b, symlink(op->q, op->p));
		return;
	case OP_LINK:
		say_result(b, link(op->p, op->q));
		return;
	default:
		say_result(b,
			   renameat2(AT_FDCWD, op->p, AT_FDCWD, op->q, op->f));
	}
}

/* What it has inherited is its parent's. */
static void let_go(void)
{
	for (unsigned int i = 0; i < SLOTS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	for (unsigned int i = 0; i < MAPS; i++)
		if (maps[i].at)
			munmap(maps[i].at, FILE_MAX);
	mark_op_forget();
}

static void live(unsigned int i);

static void spawn(struct box *b)
{
	unsigned int i = b->op.v;
	pid_t pid = fork();

	if (pid == 0) {
		let_go();
		live(i);
	}
	b->pid = pid;
	say_result(b, pid);
}

/* All that the masks o (mappings) and f (slots) have. */
static void settle(struct box *b)
{
	say(b, "ok");
	for (unsigned int i = 0; i < MAPS; i++) {
		if (!(b->op.o & 1u << i))
			continue;
		if (munmap(maps[i].at, FILE_MAX))
			say_result(b, -1);
		maps[i].at = NULL;
	}
	for (unsigned int i = 0; i < SLOTS; i++) {
		if (!(b->op.f & 1u << i))
			continue;
		if (close(fds[i]))
			say_result(b, -1);
		fds[i] = -1;
	}
}

static void do_session_op(struct box *b)
{
	const struct op *op = &b->op;

	switch ((int)op->kind) {
	case OP_SPAWN:
		spawn(b);
		return;
	case OP_SETTLE:
		settle(b);
		return;
	case OP_BEGIN:
		mark_op_begin(op->v, b->answer);
		return;
	case OP_END:
		mark_op_end(op->v, b->answer);
		return;
	case OP_MARK:
		mark_op_make(op->p, b->answer);
		return;
	case OP_UNMARK:
		mark_op_remove(op->p, b->answer);
		return;
	default:
		say(b, "ok"); /* HELLO */
	}
}

static void do_op(struct box *b)
{
	const struct op *op = &b->op;

	b->fd = -1;
	if (op->kind >= OP_SPAWN && op->kind != RECEIVE) {
		do_session_op(b);
		return;
	}
	if (op->kind == OP_OPEN)
		take_slot(b, &fds[op->s],
			  open(op->p, (int)op->f | O_CLOEXEC, op->v));
	else if (op->kind == OP_TMPFILE)
		take_slot(
			b, &fds[op->s],
			open(op->p, (int)op->f | O_TMPFILE | O_CLOEXEC, 0644));
	else if (op->kind == RECEIVE)
		take_slot(b, &fds[op->t], receive_fd(op->agent));
	else if (op->kind == OP_EXIT)
		_exit((int)op->v);
	else if (op->kind <= OP_MAP || op->kind == OP_LINKFD)
		do_fd_op(b);
	else if (op->kind <= OP_UNMAP)
		do_map_op(b);
	else if (op->kind <= OP_LIST || op->kind == OP_GETX)
		do_look_op(b);
	else
		do_name_op(b);
}

static void *serve(void *arg)
{
	struct box *b = arg;

	unsigned int state;

	for (;;) {
		while ((state = atomic_load(&b->state)) != ASKED) {
			futex_wait(&b->state, state);
			if (kill(caller, 0))
				_exit(99);
		}
		do_op(b);
		atomic_store(&b->state, ANSWERED);
		futex_wake(&b->state);
	}
	return NULL;
}

static void live(unsigned int i)
{
	pthread_t id;

	signal(SIGCHLD, SIG_IGN); /* a child is reaped by nobody */
	umask(022);
	memset(fds, -1, sizeof(fds));
	memset(maps, 0, sizeof(maps));
	if (chdir(home))
		_exit(99);
	for (unsigned int t = 1; t < THREADS; t++)
		if (pthread_create(&id, NULL, serve, &boxes[i][t]))
			_exit(99);
	serve(&boxes[i][0]);
}

/* --- the requests that they answer ---------------------------------------- */

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

static void watch(unsigned int i, pid_t pid)
{
	must(pid > 0, "model: fork");
	pids[i] = pid;
	watches[i] = (int)syscall(SYS_pidfd_open, pid, 0);
	must(watches[i] >= 0, "model: pidfd_open");
}

static void start_one(unsigned int i)
{
	pid_t pid;

	memset(boxes[i], 0, sizeof(boxes[i]));
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		live(i);
	watch(i, pid);
}

/* It may be a child of another agent. */
static void reap(unsigned int i)
{
	struct pollfd p = { .fd = watches[i], .events = POLLIN };
	int status;

	while (poll(&p, 1, -1) < 0)
		;
	waitpid(pids[i], &status, 0);
	close(watches[i]);
	pids[i] = 0;
}

void agents_start(const char *dir)
{
	if (!boxes)
		boxes = mmap(NULL, sizeof(*boxes) * AGENTS,
			     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	must(realpath(dir, home), dir);
	caller = getpid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (unsigned int i = 0; i < AGENTS; i++)
		if (bus[i][0] == 0 &&
		    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, bus[i])) {
			perror("model: socketpair");
			exit(2);
		}
	for (unsigned int i = 0; i < AGENTS; i++)
		start_one(i);
}

void agents_stop(void)
{
	for (unsigned int i = 0; i < AGENTS; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	for (unsigned int i = 0; i < AGENTS; i++)
		if (pids[i] > 0)
			reap(i);
}

static void ask(struct box *b, const struct op *op)
{
	b->op = *op;
	atomic_store(&b->state, ASKED);
	futex_wake(&b->state);
}

static bool hear(struct box *b, char *answer, int *ret_fd)
{
	time_t limit = time(NULL) + PATIENCE_S;
	unsigned int state;

	while ((state = atomic_load(&b->state)) != ANSWERED) {
		if (time(NULL) > limit)
			return false;
		futex_wait(&b->state, state);
	}
	snprintf(answer, ANSWER_SIZE, "%s", b->answer);
	*ret_fd = b->fd;
	return true;
}

/* It answers when it has let go of what it has inherited. */
static bool spawn_one(struct box *b, const struct op *op, char *answer)
{
	struct op hello = { .kind = HELLO };
	struct op leave = { .kind = OP_EXIT };
	int fd;

	ask(&boxes[op->v][0], &leave);
	reap(op->v);
	memset(boxes[op->v], 0, sizeof(boxes[op->v]));
	ask(b, op);
	if (!hear(b, answer, &fd))
		return false;
	watch(op->v, b->pid);
	b = &boxes[op->v][0];
	ask(b, &hello);
	return hear(b, answer, &fd);
}

bool agent_do(const struct op *op, char answer[ANSWER_SIZE], int *ret_fd)
{
	struct box *b = &boxes[op->agent][op->thread];
	struct op receive = { .kind = RECEIVE, .agent = op->v, .t = op->t };

	*ret_fd = -1;
	if (op->kind == OP_KILL || op->kind == OP_EXIT) {
		if (op->kind == OP_KILL)
			kill(pids[op->agent], SIGKILL);
		else
			ask(b, op);
		reap(op->agent);
		start_one(op->agent);
		snprintf(answer, ANSWER_SIZE, "ok");
		return true;
	}
	if (op->kind == OP_SPAWN)
		return spawn_one(b, op, answer);
	ask(b, op);
	if (!hear(b, answer, ret_fd))
		return false;
	if (op->kind != OP_PASS || strcmp(answer, "ok") != 0)
		return true;
	b = &boxes[op->v][0];
	ask(b, &receive);
	return hear(b, answer, ret_fd);
}
