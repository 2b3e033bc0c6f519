/* SPDX-License-Identifier: MIT */
/*
 * stuck DIR FILE [MARK]: a process whose memory cannot be looked at.
 *
 * It has FILE open for writing, and serves a filesystem of its own at DIR.  It
 * is in an mmap(2) of a file there, which waits for a WRITE that is never
 * answered and holds the lock of the process' memory meanwhile.  Then it prints
 * "stuck" and the pid of the process that serves; when that is killed, the wait
 * ends.  It creates MARK, prints "mark" and an errno, or 0, and sleeps.
 */
#define FUSE_USE_VERSION 314
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_INO 2
#define FILE_SIZE 4096
#define VALID 1000.0

static int news[2]; /* a pipe: the WRITE has come */
static int again;   /* the file, opened so that a mapping drops its pages */

static void die(const char *what)
{
	fprintf(stderr, "stuck: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* What is served */

static struct stat attr_of(fuse_ino_t ino)
{
	return (struct stat){
		.st_ino = ino,
		.st_mode = ino == FILE_INO ? S_IFREG | 0666 : S_IFDIR | 0755,
		.st_nlink = 1,
		.st_uid = getuid(),
		.st_gid = getgid(),
		.st_size = ino == FILE_INO ? FILE_SIZE : 0,
	};
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { .ino = FILE_INO,
				      .attr = attr_of(FILE_INO),
				      .attr_timeout = VALID,
				      .entry_timeout = VALID };

	(void)parent;
	(void)name;
	fuse_reply_entry(req, &e);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct stat st = attr_of(ino);

	(void)fi;
	fuse_reply_attr(req, &st, VALID);
}

/* The first open is cached; the second is not. */
static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	static int opens;

	(void)ino;
	fi->direct_io = opens++ > 0;
	fuse_reply_open(req, fi);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	static const char zeros[FILE_SIZE];

	(void)ino;
	(void)off;
	(void)fi;
	fuse_reply_buf(req, zeros, size < FILE_SIZE ? size : FILE_SIZE);
}

static void on_write(fuse_req_t req, fuse_ino_t ino, const char *buf,
		     size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)req;
	(void)ino;
	(void)buf;
	(void)size;
	(void)off;
	(void)fi;
	if (write(news[1], "w", 1) != 1)
		die("pipe");
}

static const struct fuse_lowlevel_ops ops = {
	.lookup = on_lookup,
	.getattr = on_getattr,
	.open = on_open,
	.read = on_read,
	.write = on_write,
};

static pid_t serve(const char *dir)
{
	char *argv[] = { (char *)"stuck", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *se =
		fuse_session_new(&args, &ops, sizeof(ops), NULL);
	pid_t pid;

	if (!se || fuse_session_mount(se, dir) < 0)
		die(dir);
	pid = fork();
	if (pid == 0) {
		fuse_session_loop(se);
		_exit(0);
	}
	close(fuse_session_fd(se)); /* or its end would be no end */
	return pid;
}

/* The stuck process. */

static void *map_again(void *arg)
{
	(void)arg;
	mmap(NULL, FILE_SIZE, PROT_READ, MAP_PRIVATE, again, 0);
	return NULL;
}

/* Leaves a page of the file dirty, and maps what must write it first. */
static void get_stuck(const char *dir)
{
	char path[4096], c, *page;
	pthread_t thread;
	int fd;

	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDWR);
	page = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	again = open(path, O_RDONLY);
	if (fd < 0 || page == MAP_FAILED || again < 0)
		die(path);
	page[0] = 1;
	if (pthread_create(&thread, NULL, map_again, NULL))
		die("thread");
	if (read(news[0], &c, 1) != 1)
		die("pipe");
}

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	char text[64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (write(STDOUT_FILENO, text, (size_t)n) != n)
		die("stdout");
}

int main(int argc, char **argv)
{
	pid_t server;
	int fd;

	if (argc < 3) {
		fputs("usage: stuck DIR FILE [MARK]\n", stderr);
		return 2;
	}
	fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0 || write(fd, "x", 1) != 1)
		die(argv[2]);
	if (argc > 3)
		close(fd); /* a mark would wait for it */
	/* A page that comes later might have to wait for that lock, too. */
	mlockall(MCL_CURRENT);
	if (pipe(news) < 0)
		die("pipe");
	server = serve(argv[1]);
	get_stuck(argv[1]);
	say("stuck %d\n", (int)server);
	if (argc > 3) {
		fd = open(argv[3], O_WRONLY | O_CREAT, 0666);
		say("mark %d\n", fd < 0 ? errno : 0);
	}
	for (;;)
		pause();
}
