/* SPDX-License-Identifier: MIT */
/*
 * threads MODE FILE: how a program of several threads comes to its end while
 * FILE is open for writing.  It writes "content", prints "ready", and then:
 *
 *	main-exits     the main thread calls exit(0), others sleep
 *	main-_exits    the same with _exit(0)
 *	thread-exits   another thread calls exit(0)
 *	main-fails     the main thread calls exit(3)
 *	opener-gone    the thread that opened has ended; the main thread closes
 *	main-gone      the main thread has ended; another closes, then exits
 *	main-gone-exit the main thread has ended; another calls exit(0)
 *	execs          a thread that did not open calls execve of /bin/true
 *	waits          sleeps until killed; the opener is the main thread
 *	waits-opener   sleeps until killed; the opener is another thread
 *	waits-gone     sleeps until killed; the opening thread has ended
 *	segv           another thread stores to NULL
 *	abort          another thread calls abort()
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *mode;
static const char *file;
static int fd = -1;

static int is(const char *name)
{
	return !strcmp(mode, name);
}

static void die(const char *what)
{
	fprintf(stderr, "threads: %s: %s\n", what, strerror(errno));
	_exit(99);
}

static void *open_file(void *arg)
{
	(void)arg;
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, "content", 7) != 7)
		die(file);
	return NULL;
}

static void *sleep_on(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void *open_and_sleep(void *arg)
{
	open_file(arg);
	printf("ready\n");
	fflush(stdout);
	return sleep_on(arg);
}

static void *end_it(void *arg)
{
	char *const argv[] = { (char *)"true", NULL };

	(void)arg;
	if (is("thread-exits"))
		exit(0);
	if (is("execs"))
		execv("/bin/true", argv);
	if (is("segv"))
		raise(SIGSEGV);
	if (is("abort"))
		abort();
	return NULL;
}

/* Lives on after the main thread, which it waits for. */
static void *outlive(void *arg)
{
	pthread_join(*(pthread_t *)arg, NULL);
	if (is("main-gone-exit"))
		exit(0);
	if (close(fd))
		die("close");
	exit(0);
}

static pthread_t start(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, arg))
		die("pthread_create");
	return t;
}

static void end_by_main(void)
{
	static pthread_t self;

	if (is("main-exits"))
		exit(0);
	if (is("main-_exits"))
		_exit(0);
	if (is("main-fails"))
		exit(3);
	if (is("opener-gone")) {
		if (close(fd))
			die("close");
		exit(0);
	}
	if (!strncmp(mode, "main-gone", 9)) {
		self = pthread_self();
		start(outlive, &self);
		pthread_exit(NULL);
	}
}

int main(int argc, char **argv)
{
	int i;

	if (argc != 3)
		return 99;
	mode = argv[1];
	file = argv[2];
	for (i = 0; i < 3; i++)
		start(sleep_on, NULL);
	if (is("waits-opener")) {
		start(open_and_sleep, NULL);
		sleep_on(NULL);
	}
	if (is("opener-gone") || is("waits-gone"))
		pthread_join(start(open_file, NULL), NULL);
	else
		open_file(NULL);
	printf("ready\n");
	fflush(stdout);
	end_by_main();
	if (strncmp(mode, "waits", 5))
		start(end_it, NULL);
	sleep_on(NULL);
	return 99;
}
