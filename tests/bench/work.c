/* SPDX-License-Identifier: MIT */
/*
 * work: one piece of work of tools/bench, timed.
 *
 *	work [--by-hand] [--durable] OP DIR COUNT SIZE
 *
 * --by-hand does what careful programs do on any filesystem: write a temp in
 * the same directory, and rename it; --durable flushes the temp before and the
 * directory after.  COUNT and SIZE are, for
 *
 *	create overwrite append openread stat unlink rename
 *				files, and bytes of one (an append: 100)
 *	write read		blocks, and bytes of one, of one file
 *	rewrite			blocks of SIZE at random places of a file of
 *				REWRITTEN bytes
 *	appendbig		100 bytes to a file of SIZE MiB, COUNT times
 *	readdir			listings of a directory of SIZE names
 *	writers			files, by WRITERS threads
 *	dirwriters		likewise, each thread in a directory of its own
 *	dirwriter		the same files, by one thread
 *	mark			one mark (by hand: a syncfs) after COUNT files
 *
 * What the work needs is made before the clock starts, and left for the next.
 * Prints nanoseconds for one of COUNT.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REWRITTEN (64L << 20)
#define WRITERS 8
#define APPENDED 100

static bool by_hand, durable;
static int dir_fd;
static long count, size;
static char *data; /* of @size, or of APPENDED bytes */

static void die(const char *what)
{
	fprintf(stderr, "work: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static const char *name_of(char *buf, const char *kind, long i)
{
	snprintf(buf, 64, "%s%ld", kind, i);
	return buf;
}

static int open_or_die(const char *name, int flags)
{
	int fd = openat(dir_fd, name, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		die(name);
	return fd;
}

static void write_all(int fd, size_t n)
{
	if (write(fd, data, n) != (ssize_t)n)
		die("write");
}

static void close_or_die(int fd)
{
	if (close(fd) < 0)
		die("close");
}

static void copy_all(const char *from, int to)
{
	int fd = open_or_die(from, O_RDONLY);
	ssize_t n;

	while ((n = copy_file_range(fd, NULL, to, NULL, 1L << 30, 0)) > 0)
		;
	if (n < 0)
		die("copy_file_range");
	close(fd);
}

/* By hand: the temp, and what puts it at its place. */

static int begin(const char *name, char *temp, int flags)
{
	const char *base = strrchr(name, '/');
	int above = base ? (int)(base + 1 - name) : 0;

	if (!by_hand)
		return open_or_die(name, flags);
	snprintf(temp, 80, "%.*s.%s.tmp", above, name, name + above);
	return open_or_die(temp, O_WRONLY | O_CREAT | O_TRUNC);
}

static void end(int fd, const char *name, const char *temp)
{
	if (durable && fsync(fd) < 0)
		die("fsync");
	close_or_die(fd);
	if (!by_hand)
		return;
	if (renameat(dir_fd, temp, dir_fd, name) < 0)
		die("rename");
	if (durable && fsync(dir_fd) < 0)
		die("fsync of the directory");
}

static void write_file(const char *name)
{
	char temp[80];
	int fd = begin(name, temp, O_WRONLY | O_CREAT | O_TRUNC);

	write_all(fd, (size_t)size);
	end(fd, name, temp);
}

static void append(const char *name)
{
	char temp[80];
	int fd = begin(name, temp, O_WRONLY | O_APPEND);

	if (by_hand)
		copy_all(name, fd);
	write_all(fd, APPENDED);
	end(fd, name, temp);
}

/* The works: what is made before, and what is timed */

static void make_files(void)
{
	char name[64];
	struct stat st;

	for (long i = 0; i < count; i++)
		if (fstatat(dir_fd, name_of(name, "f", i), &st, 0) < 0 ||
		    st.st_size != size)
			write_file(name);
}

static void remove_files(void)
{
	char name[64];

	for (long i = 0; i < count; i++)
		unlinkat(dir_fd, name_of(name, "f", i), 0);
}

static void each_file(void (*work)(const char *name))
{
	char name[64];

	for (long i = 0; i < count; i++)
		work(name_of(name, "f", i));
}

static void write_files(void)
{
	each_file(write_file);
}

static void append_files(void)
{
	each_file(append);
}

static void stat_one(const char *name)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, 0) < 0)
		die(name);
}

static void stat_files(void)
{
	each_file(stat_one);
}

/* What was written last has not been looked at yet. */
static void make_and_stat(void)
{
	make_files();
	stat_files();
}

static void read_one(const char *name)
{
	int fd = open_or_die(name, O_RDONLY);

	while (read(fd, data, (size_t)size) > 0)
		;
	close(fd);
}

static void read_files(void)
{
	each_file(read_one);
}

static void make_and_read(void)
{
	make_files();
	read_files();
}

static void unlink_one(const char *name)
{
	if (unlinkat(dir_fd, name, 0) < 0)
		die(name);
}

static void unlink_files(void)
{
	each_file(unlink_one);
}

static void rename_one(const char *name)
{
	if (renameat(dir_fd, name, dir_fd, "renamed") < 0)
		die(name);
}

static void rename_files(void)
{
	each_file(rename_one);
}

static void write_big(void)
{
	char temp[80];
	int fd = begin("big", temp, O_WRONLY | O_CREAT | O_TRUNC);

	for (long i = 0; i < count; i++)
		write_all(fd, (size_t)size);
	end(fd, "big", temp);
}

static void read_big(void)
{
	int fd = open_or_die("big", O_RDONLY);

	while (read(fd, data, (size_t)size) > 0)
		;
	close(fd);
}

static void make_and_read_big(void)
{
	write_big();
	read_big();
}

static void make_big_of(const char *name, long bytes)
{
	struct stat st;
	int fd;

	if (!fstatat(dir_fd, name, &st, 0) && st.st_size >= bytes)
		return;
	fd = open_or_die(name, O_WRONLY | O_CREAT | O_TRUNC);
	for (long i = 0; i < bytes; i += 4096)
		if (write(fd, data, 4096) != 4096)
			die(name);
	close_or_die(fd);
}

static void make_rewritten(void)
{
	make_big_of("rewritten", REWRITTEN);
}

static void rewrite(void)
{
	char temp[80];
	int fd = begin("rewritten", temp, O_WRONLY);
	uint32_t at = 1;

	if (by_hand)
		copy_all("rewritten", fd);
	for (long i = 0; i < count; i++) {
		at = at * 1664525u + 1013904223u;
		if (pwrite(fd, data, (size_t)size,
			   (long)(at % (REWRITTEN / size)) * size) != size)
			die("pwrite");
	}
	end(fd, "rewritten", temp);
}

static void make_appended(void)
{
	make_big_of("appended", size << 20);
}

static void append_big(void)
{
	for (long i = 0; i < count; i++)
		append("appended");
}

static void make_names(void)
{
	char name[64];

	for (long i = 0; i < size; i++)
		close(open_or_die(name_of(name, "n", i), O_WRONLY | O_CREAT));
}

static void list(void)
{
	for (long i = 0; i < count; i++) {
		DIR *d = fdopendir(openat(dir_fd, ".", O_RDONLY | O_DIRECTORY));
		long n = 0;

		if (!d)
			die("opendir");
		while (readdir(d))
			n++;
		closedir(d);
		if (n < size)
			die("a name is missing");
	}
}

static void *writer(void *arg)
{
	char name[64];

	for (long i = (intptr_t)arg; i < count; i += WRITERS)
		write_file(name_of(name, "f", i));
	return NULL;
}

static void run_writers(void *(*job)(void *arg))
{
	pthread_t thread[WRITERS];

	for (intptr_t i = 0; i < WRITERS; i++)
		if (pthread_create(&thread[i], NULL, job, (void *)i) != 0)
			die("pthread_create");
	for (int i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
}

static void writers(void)
{
	run_writers(writer);
}

/* One for each writer. */
static void make_dirs(void)
{
	char name[64];

	for (long i = 0; i < WRITERS; i++)
		if (mkdirat(dir_fd, name_of(name, "d", i), 0755) < 0 &&
		    errno != EEXIST)
			die(name);
	for (long i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "d%ld/f%ld", i % WRITERS, i);
		unlinkat(dir_fd, name, 0);
	}
}

static void *dir_writer(void *arg)
{
	char name[64];

	for (long i = (intptr_t)arg; i < count; i += WRITERS) {
		snprintf(name, sizeof(name), "d%ld/f%ld", i % WRITERS, i);
		write_file(name);
	}
	return NULL;
}

static void dir_writers(void)
{
	run_writers(dir_writer);
}

static void dir_writer_alone(void)
{
	for (intptr_t i = 0; i < WRITERS; i++)
		dir_writer((void *)i);
}

/* A mark of its own flushes what was written before, as syncfs does by hand. */
static void make_marked(void)
{
	remove_files();
	if (by_hand && syncfs(dir_fd) < 0)
		die("syncfs");
	if (!by_hand)
		close_or_die(
			open_or_die(".checkpoints/bench", O_WRONLY | O_CREAT));
	unlinkat(dir_fd, ".checkpoints/bench", 0);
	write_files();
}

static void mark(void)
{
	if (by_hand) {
		if (syncfs(dir_fd) < 0)
			die("syncfs");
		return;
	}
	close_or_die(open_or_die(".checkpoints/bench", O_WRONLY | O_CREAT));
}

static const struct op {
	const char *name;
	void (*prepare)(void);
	void (*work)(void);
	bool once; /* the time is of the whole, not of one of COUNT */
} ops[] = {
	{ "create", remove_files, write_files, false },
	{ "overwrite", make_files, write_files, false },
	{ "append", make_files, append_files, false },
	{ "openread", make_and_read, read_files, false },
	{ "stat", make_and_stat, stat_files, false },
	{ "unlink", make_files, unlink_files, false },
	{ "rename", make_files, rename_files, false },
	{ "write", NULL, write_big, false },
	{ "read", make_and_read_big, read_big, false },
	{ "rewrite", make_rewritten, rewrite, false },
	{ "appendbig", make_appended, append_big, false },
	{ "readdir", make_names, list, false },
	{ "writers", remove_files, writers, false },
	{ "dirwriters", make_dirs, dir_writers, false },
	{ "dirwriter", make_dirs, dir_writer_alone, false },
	{ "mark", make_marked, mark, true },
};

static const struct op *op_of(const char *name)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	fprintf(stderr, "work: no work '%s'\n", name);
	exit(2);
}

static void make_data(void)
{
	size_t room = size > 4096 ? (size_t)size : 4096;

	data = malloc(room);
	if (!data)
		die("malloc");
	for (size_t i = 0; i < room; i++)
		data[i] = (char)(i * 31 + i / 7);
}

int main(int argc, char **argv)
{
	const struct op *op;
	int64_t start, spent;
	int i = 1;

	for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
		by_hand |= !strcmp(argv[i], "--by-hand");
		durable |= !strcmp(argv[i], "--durable");
	}
	if (argc - i != 4) {
		fprintf(stderr, "usage: work [--by-hand] [--durable] OP DIR "
				"COUNT SIZE\n");
		return 2;
	}
	op = op_of(argv[i]);
	dir_fd = open(argv[i + 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		die(argv[i + 1]);
	count = atol(argv[i + 2]);
	size = atol(argv[i + 3]);
	make_data();
	if (op->prepare)
		op->prepare();
	start = now();
	op->work();
	spent = now() - start;
	printf("%lld\n", (long long)(spent / (op->once ? 1 : count)));
	return 0;
}
