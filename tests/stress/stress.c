/* SPDX-License-Identifier: MIT */
/*
 * stress [DIR] [--seconds N] [--ops N] [--seed N] [--processes N]
 *        [--threads N] [--only OP,OP...] [--by-hand]
 *
 * Many threads of many processes do what programs do to files below DIR, a
 * mount, at random: create, overwrite, append, update, read, map, list,
 * rename, unlink, mark, die.  Every content tells by itself whether it is
 * whole (whole.h), so each look at a file is a check of the contract:
 *
 *	no thread ever reads a torn file (F1, F4, F8)
 *	a writer that has closed finds what it wrote (F2), but for names that
 *	others write too, where it finds something whole
 *	appended records and counted-up slots are all there (F4)
 *	no call fails but for the errors that its name can bring about
 *	nothing of the state directory or a temp is ever listed (F14)
 *
 * --by-hand writes by temp and rename, and so must pass on any filesystem.
 * Without DIR it tests itself: by hand on a plain directory, which must pass,
 * then plainly there, where it must find torn files.
 *
 * Prints the seed and the counts; exit status 1 when something was wrong.
 * There is no test framework here: it must run under ThreadSanitizer.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "worker.h"

#define RECORDS 400 /* appended to one log, before the next begins */

static struct {
	const char *name;
	unsigned int weight; /* of 100; set before anything starts */
} op_table[OP_COUNT] = {
	{ "overwrite", 22 }, { "read", 26 },   { "map", 6 },	{ "rename", 6 },
	{ "unlink", 4 },     { "append", 12 }, { "update", 8 }, { "own", 10 },
	{ "list", 3 },	     { "die", 2 },     { "mark", 1 },
};

/* --- operations ------------------------------------------------------------ */

static void do_overwrite(struct worker *w)
{
	int flags = O_WRONLY | O_TRUNC | O_CREAT;
	char name[64];
	unsigned int n = take_name(w, name, sizeof(name));
	int r;

	if (!opt.by_hand && pick(w, 4) == 0)
		flags &= ~O_CREAT;
	begin_writing(n);
	r = put(w, name, flags);
	end_writing(n);
	check_result(w, "overwrite", name, r, flags & O_CREAT ? 0 : ENOENT);
	give_name(n);
}

static void do_read(struct worker *w)
{
	char name[64];
	unsigned int taken = take_name(w, name, sizeof(name));
	ssize_t n = get(w, name);

	if (n >= 0)
		check_whole(w, name, w->buf, (size_t)n);
	else
		check_result(w, "read", name, (int)n, ENOENT);
	give_name(taken);
}

static void map_name(struct worker *w, const char *name)
{
	struct stat st;
	char *map;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		check_result(w, "open to map", name, -errno, ENOENT);
		return;
	}
	if (fstat(fd, &st) || st.st_size == 0) {
		wrong(w, "%s: no size to map", name);
		close(fd);
		return;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED) {
		wrong(w, "mmap %s: %s", name, strerror(errno));
		return;
	}
	check_whole(w, name, map, (size_t)st.st_size);
	munmap(map, (size_t)st.st_size);
}

static void do_map(struct worker *w)
{
	char name[64];
	unsigned int n;

	if (opt.expect_torn)
		return; /* a file cut short would end us by SIGBUS */
	n = take_name(w, name, sizeof(name));
	map_name(w, name);
	give_name(n);
}

static void do_rename(struct worker *w)
{
	char from[64], to[64];
	unsigned int n = take_name(w, from, sizeof(from));
	unsigned int m = (n + 1 + (unsigned int)pick(w, NAMES - 1)) % NAMES;

	/* With one name locked, a thread only tries to lock a second. */
	snprintf(to, sizeof(to), "d%u/s%u", m % 3, m);
	if (pthread_mutex_trylock(&name_lock[m]) == 0) {
		if (begin_rename(n)) {
			if (rename(from, to))
				check_result(w, "rename", from, -errno, ENOENT);
			end_rename(n);
		}
		give_name(m);
	}
	give_name(n);
}

static void do_unlink(struct worker *w)
{
	char name[64];
	unsigned int n = take_name(w, name, sizeof(name));

	if (unlink(name))
		check_result(w, "unlink", name, -errno, ENOENT);
	give_name(n);
}

/* Every ticket is one record at the end of one log. */
static void do_append(struct worker *w)
{
	unsigned int ticket = atomic_fetch_add(&shared->appended, 1);
	char record[RECORD_SIZE];
	char name[64];
	int fd;
	int r;

	snprintf(name, sizeof(name), "log-%u", ticket / RECORDS);
	fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		check_result(w, "append to", name, -errno, 0);
		return;
	}
	record_fill(record, w->number, ticket);
	r = write_all(fd, record, RECORD_SIZE);
	if (close(fd) && !r)
		r = -errno;
	check_result(w, "append to", name, r, 0);
}

/* Counts up in a slot of its own, of a file that all update. */
static void do_update(struct worker *w)
{
	off_t at = (off_t)w->number * RECORD_SIZE;
	char record[RECORD_SIZE];
	unsigned int who, last;
	int fd = open("slots", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		check_result(w, "update", "slots", -errno, 0);
		return;
	}
	if (pread(fd, record, RECORD_SIZE, at) != RECORD_SIZE ||
	    record_check(record, &who, &last) || who != w->number)
		wrong(w, "slots: '%.30s' in its slot", record);
	else if (last != w->slot)
		wrong(w, "slots: %u in its slot, %u was written", last,
		      w->slot);
	record_fill(record, w->number, ++w->slot);
	if (pwrite(fd, record, RECORD_SIZE, at) != RECORD_SIZE)
		wrong(w, "slots: pwrite: %s", strerror(errno));
	if (close(fd))
		wrong(w, "slots: close: %s", strerror(errno));
}

/* Names of its own: what was closed must be there, and only that. */
static void do_own(struct worker *w)
{
	char name[64], other[64];
	unsigned int who, seq;
	struct stat st;
	ssize_t n;
	int r;

	snprintf(name, sizeof(name), "own%u-%u", w->number,
		 (unsigned int)pick(w, 3));
	snprintf(other, sizeof(other), "moved%u", w->number);
	r = put(w, name, O_WRONLY | O_CREAT | O_TRUNC);
	if (r) {
		check_result(w, "own", name, r, 0);
		return;
	}
	if (stat(name, &st))
		wrong(w, "stat %s after close: %s", name, strerror(errno));
	if (pick(w, 2) && rename(name, other))
		wrong(w, "rename %s after close: %s", name, strerror(errno));
	n = get(w, access(name, F_OK) ? other : name);
	if (n < 0) {
		wrong(w, "read %s after close: %s", name, strerror((int)-n));
		return;
	}
	check_whole(w, name, w->buf, (size_t)n);
	if (sscanf(w->buf, "whole %u %u", &who, &seq) != 2 ||
	    who != w->number || seq != w->seq)
		wrong(w, "%s: '%.20s' after close of %u", name, w->buf, w->seq);
	if (n != st.st_size)
		wrong(w, "%s: size %lld, read %zd", name, (long long)st.st_size,
		      n);
	if (pick(w, 3) == 0 && unlink(access(name, F_OK) ? other : name))
		wrong(w, "unlink of its own: %s", strerror(errno));
}

static void do_list(struct worker *w)
{
	DIR *d = opendir(".");
	struct dirent *e;

	if (!d) {
		wrong(w, "opendir: %s", strerror(errno));
		return;
	}
	while ((e = readdir(d)))
		if (!strncmp(e->d_name, ".idemfs", 7))
			wrong(w, "%s is listed", e->d_name);
	closedir(d);
}

/* Starts this program anew, to write half of a content and to be killed. */
static void do_die(struct worker *w)
{
	char *argv[] = { (char *)opt.self, (char *)"--die", NULL, NULL };
	char *envp[] = { NULL };
	char name[64];
	int status;
	unsigned int n;
	pid_t pid;
	int r;

	if (opt.by_hand)
		return;
	/* It comes from this process, and so would join what that writes. */
	n = take_name(w, name, sizeof(name));
	argv[2] = name;
	r = posix_spawn(&pid, opt.self, NULL, NULL, argv, envp);
	if (r)
		wrong(w, "cannot start '%s': %s", opt.self, strerror(r));
	else if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		wrong(w, "who should have been killed ended with %#x",
		      (unsigned int)status);
	give_name(n);
	if (!r)
		do_read(w);
}

static int die(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, "half", 4) != 4)
		return 1;
	raise(SIGKILL);
	return 1;
}

static void do_mark(struct worker *w)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), ".checkpoints/w%u.done", w->number);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	/* Among writers that never rest, one may be open for too long. */
	if (fd < 0)
		check_result(w, "mark", name, -errno, EBUSY);
	else
		close(fd);
}

static void (*const op_do[OP_COUNT])(struct worker *w) = {
	do_overwrite, do_read, do_map,	do_rename, do_unlink, do_append,
	do_update,    do_own,  do_list, do_die,	   do_mark,
};

/* --- workers --------------------------------------------------------------- */

static enum op pick_op(struct worker *w)
{
	unsigned int sum = 0;
	unsigned int at;
	int i;

	for (i = 0; i < OP_COUNT; i++)
		sum += op_table[i].weight;
	at = (unsigned int)pick(w, sum);
	for (i = 0; at >= op_table[i].weight; i++)
		at -= op_table[i].weight;
	return (enum op)i;
}

static unsigned long long total(void)
{
	unsigned long long n = 0;

	for (int i = 0; i < OP_COUNT; i++)
		n += atomic_load(&shared->count[i]);
	return n;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	for (i = 0; !atomic_load(&shared->stop); i++) {
		enum op op = pick_op(w);

		op_do[op](w);
		atomic_fetch_add(&shared->count[op], 1);
		if (opt.ops && i % 16 == 0 && total() >= opt.ops)
			atomic_store(&shared->stop, true);
	}
	return NULL;
}

static int run_process(unsigned int process)
{
	struct worker *all = calloc(opt.threads, sizeof(*all));
	pthread_t *ids = calloc(opt.threads, sizeof(*ids));
	unsigned int i;

	if (!all || !ids)
		return 1;
	for (i = 0; i < NAMES; i++)
		pthread_mutex_init(&name_lock[i], NULL);
	for (i = 0; i < opt.threads; i++) {
		all[i].number = process * opt.threads + i;
		all[i].random = opt.seed * 1000 + all[i].number;
		all[i].buf = malloc(READ_MAX + WHOLE_HEAD);
		if (!all[i].buf || pthread_create(&ids[i], NULL, work, &all[i]))
			return 1;
	}
	for (i = 0; i < opt.threads; i++) {
		pthread_join(ids[i], NULL);
		free(all[i].buf);
	}
	free(all);
	free(ids);
	return 0;
}

/* --- before and after ------------------------------------------------------ */

static int prepare(void)
{
	unsigned int workers = opt.processes * opt.threads;
	char record[RECORD_SIZE];
	unsigned int i;
	int fd;
	int r = 0;

	if (chdir(opt.dir) || (mkdir(".checkpoints", 0755) && errno != EEXIST))
		return -errno;
	for (i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%u", i);
		if (mkdir(name, 0755) && errno != EEXIST)
			return -errno;
	}
	fd = open("slots", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	for (i = 0; !r && i < workers; i++) {
		record_fill(record, i, 0);
		r = write_all(fd, record, RECORD_SIZE);
	}
	if (close(fd) && !r)
		r = -errno;
	return r;
}

static void check_log(struct worker *w, unsigned int number, char *seen)
{
	char name[64];
	unsigned int who, ticket;
	ssize_t n;

	snprintf(name, sizeof(name), "log-%u", number);
	n = get(w, name);
	if (n < 0 || n % RECORD_SIZE) {
		wrong(w, "%s: %zd at the end", name, n);
		return;
	}
	for (ssize_t at = 0; at < n; at += RECORD_SIZE) {
		if (record_check(w->buf + at, &who, &ticket) ||
		    ticket / RECORDS != number || seen[ticket % RECORDS]++)
			wrong(w, "%s: record at %zd is torn or there twice",
			      name, at);
	}
}

static void check_end(void)
{
	struct worker w = { .buf = malloc(READ_MAX + WHOLE_HEAD) };
	unsigned int tickets = atomic_load(&shared->appended);
	char name[64];
	unsigned int i, k;

	for (i = 0; w.buf && i * RECORDS < tickets; i++) {
		char seen[RECORDS] = { 0 };

		check_log(&w, i, seen);
		for (k = 0; k < RECORDS && i * RECORDS + k < tickets; k++)
			if (!seen[k])
				wrong(&w, "log-%u: record %u is lost", i, k);
	}
	for (i = 0; w.buf && i < NAMES; i++) {
		ssize_t n;

		snprintf(name, sizeof(name), "d%u/s%u", i % 3, i);
		n = get(&w, name);
		if (n >= 0)
			check_whole(&w, name, w.buf, (size_t)n);
	}
	if (!w.buf)
		wrong(&w, "out of memory");
	free(w.buf);
}

static void let_run(unsigned int processes)
{
	struct timespec tick = { .tv_nsec = 50000000 };
	time_t end = time(NULL) + opt.seconds;
	int status;

	while (processes > 0) {
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0 && status) {
			fprintf(stderr, "stress: a process ended with %#x\n",
				(unsigned int)status);
			atomic_fetch_add(&shared->wrong, 1);
			atomic_store(&shared->stop, true);
		}
		if (pid > 0)
			processes--;
		else
			nanosleep(&tick, NULL);
		if (!opt.ops && time(NULL) >= end)
			atomic_store(&shared->stop, true);
	}
}

static void print_counts(void)
{
	printf("seed %llu: %llu operations:", (unsigned long long)opt.seed,
	       total());
	for (int i = 0; i < OP_COUNT; i++)
		printf(" %s %llu", op_table[i].name,
		       (unsigned long long)atomic_load(&shared->count[i]));
	printf(", %d wrong\n", atomic_load(&shared->wrong));
}

/* How much was wrong, or -1 when it could not even begin. */
static int stress(void)
{
	unsigned int i;
	int r;

	memset(shared, 0, sizeof(*shared));
	r = prepare();
	if (r) {
		fprintf(stderr, "stress: %s: %s\n", opt.dir, strerror(-r));
		return -1;
	}
	fflush(stdout);
	for (i = 0; i < opt.processes; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(run_process(i));
		if (pid < 0)
			return -1;
	}
	let_run(opt.processes);
	if (!opt.expect_torn)
		check_end();
	print_counts();
	return atomic_load(&shared->wrong);
}

/* --- without a mount -------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static int test_itself(void)
{
	const char *tmp = getenv("TMPDIR");
	char dir[4096];
	int bad;

	snprintf(dir, sizeof(dir), "%s/stress.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir)) {
		perror(dir);
		return 1;
	}
	opt.dir = dir;
	opt.seconds = 3;
	opt.by_hand = true;
	/* Slots are no matter of temp and rename: one file, many places. */
	bad = stress() != 0;
	if (bad)
		fprintf(stderr, "stress: wrong where nothing can be\n");
	opt.by_hand = false;
	opt.expect_torn = true;
	opt.seconds = 60;
	if (stress() <= 0) {
		fprintf(stderr, "stress: no torn file where there must be\n");
		bad = 1;
	}
	if (chdir("/") || nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		perror(dir);
	return bad;
}

/* Leaves the operations of the comma list @names; -1 for one unknown. */
static int choose(const char *names)
{
	unsigned int chosen = 0;
	size_t n;
	int i;

	for (; *names; names += n + (names[n] == ',')) {
		n = strcspn(names, ",");
		for (i = 0; i < OP_COUNT; i++)
			if (n == strlen(op_table[i].name) &&
			    !strncmp(names, op_table[i].name, n))
				break;
		if (i == OP_COUNT)
			return -1;
		chosen |= 1u << i;
	}
	for (i = 0; i < OP_COUNT; i++)
		if (!(chosen & 1u << i))
			op_table[i].weight = 0;
	return chosen ? 0 : -1;
}

static int usage(void)
{
	fprintf(stderr, "usage: stress [DIR] [--seconds N] [--ops N] "
			"[--seed N] [--processes N] [--threads N] "
			"[--only OP,OP...] [--by-hand]\n");
	return 2;
}

static int parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		unsigned long long n;

		if (!strcmp(argv[i], "--by-hand")) {
			opt.by_hand = true;
			continue;
		}
		if (argv[i][0] != '-' && !opt.dir) {
			opt.dir = argv[i];
			continue;
		}
		if (i + 1 == argc)
			return -1;
		n = strtoull(argv[i + 1], NULL, 10);
		if (!strcmp(argv[i], "--seconds"))
			opt.seconds = (unsigned int)n;
		else if (!strcmp(argv[i], "--ops"))
			opt.ops = n;
		else if (!strcmp(argv[i], "--seed"))
			opt.seed = n;
		else if (!strcmp(argv[i], "--only") && !choose(argv[i + 1]))
			;
		else if (!strcmp(argv[i], "--processes") && n > 0)
			opt.processes = (unsigned int)n;
		else if (!strcmp(argv[i], "--threads") && n > 0)
			opt.threads = (unsigned int)n;
		else
			return -1;
		i++;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc == 3 && !strcmp(argv[1], "--die"))
		return die(argv[2]);
	opt.seed = (uint64_t)time(NULL);
	if (n <= 0 || parse(argc, argv))
		return usage();
	opt.self = self;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	if (!opt.dir)
		return test_itself();
	return stress() ? 1 : 0;
}
