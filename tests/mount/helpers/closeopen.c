/* SPDX-License-Identifier: MIT */
/*
 * closeopen DIR MODE WORKERS ROUNDS: close-to-open, over and over.
 *
 * Each worker writes a file of its own in DIR, lets go of it in the way that
 * MODE names, and at once looks at it again: what was written must be there.
 * Every other round creates the name anew; the others overwrite it.  Workers
 * are threads, but for "exec", "exit" and "other", where they are processes,
 * since a fork of one thread would take along the descriptors of another.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
	int number;
	int rounds;
	char name[64];
	char other[64];
	int ask; /* pipes to the process that looks, in mode "other" */
	int answer;
};

struct mode {
	const char *name;
	void (*round)(struct worker *w, int i);
	bool processes;
};

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *fmt,
								...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "closeopen: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	_exit(1);
}

static int open_or_die(const char *name, int flags, mode_t mode)
{
	int fd = open(name, flags | O_CLOEXEC, mode);

	if (fd < 0)
		die("open %s (flags %#x): %s", name, (unsigned int)flags,
		    strerror(errno));
	return fd;
}

static void close_or_die(int fd, const char *name)
{
	if (close(fd))
		die("close %s: %s", name, strerror(errno));
}

static void write_or_die(int fd, const char *text, const char *name)
{
	ssize_t n = (ssize_t)strlen(text);

	if (write(fd, text, (size_t)n) != n)
		die("write %s: %s", name, strerror(errno));
}

/* The content of round @i: its length differs from round to round. */
static void content(const struct worker *w, int i, char *buf, size_t size)
{
	snprintf(buf, size, "worker %d round %d %.*s\n", w->number, i, i % 50,
		 "..................................................");
}

static int start_writing(struct worker *w, int i)
{
	if (i % 2 == 0 && unlink(w->name) && errno != ENOENT)
		die("unlink %s: %s", w->name, strerror(errno));
	return open_or_die(w->name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
}

static void put(struct worker *w, int i)
{
	char text[128];
	int fd = start_writing(w, i);

	content(w, i, text, sizeof(text));
	write_or_die(fd, text, w->name);
	close_or_die(fd, w->name);
}

static void expect(const struct worker *w, const char *name, int i)
{
	char want[128];
	char got[128];
	int fd = open_or_die(name, O_RDONLY, 0);
	ssize_t n = read(fd, got, sizeof(got) - 1);

	if (n < 0)
		die("read %s: %s", name, strerror(errno));
	got[n] = '\0';
	content(w, i, want, sizeof(want));
	if (strcmp(got, want))
		die("round %d: %s: got '%s', want '%s'", i, name, got, want);
	close_or_die(fd, name);
}

static off_t size_of(const char *name)
{
	struct stat st;

	if (stat(name, &st))
		die("stat %s: %s", name, strerror(errno));
	return st.st_size;
}

static void expect_size(const char *name, off_t want, int i)
{
	off_t got = size_of(name);

	if (got != want)
		die("round %d: %s: size %lld, want %lld", i, name,
		    (long long)got, (long long)want);
}

/* --- a round of each mode ------------------------------------------------ */

static void round_open(struct worker *w, int i)
{
	put(w, i);
	expect(w, w->name, i);
}

static void round_stat(struct worker *w, int i)
{
	char text[128];

	put(w, i);
	content(w, i, text, sizeof(text));
	expect_size(w->name, (off_t)strlen(text), i);
}

static bool is_listed(const char *name)
{
	DIR *d = opendir(".");
	struct dirent *e;
	bool found = false;

	if (!d)
		die("opendir: %s", strerror(errno));
	while ((e = readdir(d)))
		found |= !strcmp(e->d_name, name);
	closedir(d);
	return found;
}

static void round_readdir(struct worker *w, int i)
{
	put(w, i);
	if (!is_listed(w->name))
		die("round %d: %s is not listed after close", i, w->name);
	if (unlink(w->name))
		die("unlink %s: %s", w->name, strerror(errno));
	if (is_listed(w->name))
		die("round %d: %s is listed after unlink", i, w->name);
}

static void round_append(struct worker *w, int i)
{
	int fd;

	if (i == 0)
		unlink(w->name);
	fd = open_or_die(w->name, O_WRONLY | O_CREAT | O_APPEND, 0644);
	write_or_die(fd, "0123456789\n", w->name);
	close_or_die(fd, w->name);
	expect_size(w->name, 11 * ((off_t)i + 1), i);
}

static void round_rename(struct worker *w, int i)
{
	put(w, i);
	if (rename(w->name, w->other))
		die("rename %s: %s", w->name, strerror(errno));
	expect(w, w->other, i);
	if (access(w->name, F_OK) == 0)
		die("round %d: %s is there after rename", i, w->name);
}

static void round_truncate(struct worker *w, int i)
{
	put(w, i);
	if (truncate(w->name, i % 17))
		die("truncate %s: %s", w->name, strerror(errno));
	expect_size(w->name, i % 17, i);
}

static void round_unlink(struct worker *w, int i)
{
	struct stat st;

	put(w, i);
	if (unlink(w->name))
		die("unlink %s: %s", w->name, strerror(errno));
	if (stat(w->name, &st) == 0 || errno != ENOENT)
		die("round %d: %s is there after unlink", i, w->name);
	put(w, i);
	expect(w, w->name, i);
}

static void round_mmap(struct worker *w, int i)
{
	char text[128];
	char *map;
	int fd;

	content(w, i, text, sizeof(text));
	if (i % 2 == 0)
		unlink(w->name);
	fd = open_or_die(w->name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (ftruncate(fd, (off_t)strlen(text)))
		die("ftruncate %s: %s", w->name, strerror(errno));
	map = mmap(NULL, strlen(text), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	if (map == MAP_FAILED)
		die("mmap %s: %s", w->name, strerror(errno));
	close_or_die(fd, w->name);
	memcpy(map, text, strlen(text));
	if (munmap(map, strlen(text)))
		die("munmap %s: %s", w->name, strerror(errno));
	expect(w, w->name, i);
}

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	return status;
}

static void round_exec(struct worker *w, int i)
{
	char text[64];
	char path[80];
	int fd = start_writing(w, i);
	int status;
	pid_t pid;

	snprintf(text, sizeof(text), "#!/bin/sh\nexit %d\n", i % 100);
	write_or_die(fd, text, w->name);
	if (fchmod(fd, 0755))
		die("fchmod %s: %s", w->name, strerror(errno));
	close_or_die(fd, w->name);
	snprintf(path, sizeof(path), "./%s", w->name);
	pid = fork();
	if (pid == 0) {
		execl(path, path, (char *)NULL);
		die("round %d: exec %s: %s", i, path, strerror(errno));
	}
	status = wait_for(pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != i % 100)
		die("round %d: %s: status %#x, want exit %d", i, path,
		    (unsigned int)status, i % 100);
}

static void round_exit(struct worker *w, int i)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		char text[128];
		int fd = start_writing(w, i);

		content(w, i, text, sizeof(text));
		write_or_die(fd, text, w->name);
		_exit(0);
	}
	status = wait_for(pid);
	if (status)
		die("round %d: writer ended with %#x", i, (unsigned int)status);
	expect(w, w->name, i);
}

static void round_other(struct worker *w, int i)
{
	char done;

	put(w, i);
	if (write(w->ask, &i, sizeof(i)) != sizeof(i))
		die("write to the other: %s", strerror(errno));
	if (read(w->answer, &done, 1) != 1)
		die("round %d: the other gave up", i);
}

static void look_for(struct worker *w, int ask, int answer)
{
	int i;

	while (read(ask, &i, sizeof(i)) == sizeof(i)) {
		expect(w, w->name, i);
		if (write(answer, "", 1) != 1)
			die("answer: %s", strerror(errno));
	}
	_exit(0);
}

static void start_other(struct worker *w)
{
	int ask[2];
	int answer[2];

	if (pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	if (fork() == 0) {
		close(ask[1]);
		close(answer[0]);
		look_for(w, ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	w->ask = ask[1];
	w->answer = answer[0];
}

/* --- workers ------------------------------------------------------------- */

static const struct mode modes[] = {
	{ "open", round_open, false },
	{ "stat", round_stat, false },
	{ "readdir", round_readdir, false },
	{ "append", round_append, false },
	{ "rename", round_rename, false },
	{ "truncate", round_truncate, false },
	{ "unlink", round_unlink, false },
	{ "mmap", round_mmap, false },
	{ "exec", round_exec, true },
	{ "exit", round_exit, true },
	{ "other", round_other, true },
};

static const struct mode *mode;

static void *work(void *arg)
{
	struct worker *w = arg;
	int i;

	if (mode->round == round_other)
		start_other(w);
	for (i = 0; i < w->rounds; i++)
		mode->round(w, i);
	return NULL;
}

static void run_threads(struct worker *w, int count)
{
	pthread_t *threads = calloc((size_t)count, sizeof(*threads));
	int i;

	if (!threads)
		die("out of memory");
	for (i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work, &w[i]))
			die("cannot start a thread");
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

static int wait_any(void)
{
	int status;

	if (wait(&status) < 0)
		die("wait: %s", strerror(errno));
	return status;
}

static int run_processes(struct worker *w, int count)
{
	int bad = 0;
	int i;

	for (i = 0; i < count; i++) {
		if (fork() == 0) {
			work(&w[i]);
			_exit(0);
		}
	}
	for (i = 0; i < count; i++)
		bad |= wait_any();
	return bad;
}

int main(int argc, char **argv)
{
	struct worker *w;
	int count;
	size_t m;
	int i;

	if (argc != 5)
		die("usage: closeopen DIR MODE WORKERS ROUNDS");
	for (m = 0; m < sizeof(modes) / sizeof(modes[0]); m++)
		if (!strcmp(argv[2], modes[m].name))
			mode = &modes[m];
	count = atoi(argv[3]);
	w = calloc((size_t)count, sizeof(*w));
	if (!mode || count < 1 || !w || chdir(argv[1]))
		die("no such mode, no workers, or no such directory");
	for (i = 0; i < count; i++) {
		w[i].number = i;
		w[i].rounds = atoi(argv[4]);
		snprintf(w[i].name, sizeof(w[i].name), "worker%d", i);
		snprintf(w[i].other, sizeof(w[i].other), "renamed%d", i);
	}
	if (mode->processes) {
		if (run_processes(w, count))
			die("a worker failed");
	} else {
		run_threads(w, count);
	}
	free(w);
	return 0;
}
