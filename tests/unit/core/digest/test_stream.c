/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "base/sys.h"
#include "core/digest/digest.h"
#include "core/digest/stream.h"
#include "core/version/version.h"
#include "unit/scratch.h"

static struct scratch s;
static struct stream stream;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fd;

static void setup(void)
{
	s = scratch_open();
	fd = openat(s.dir, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	cr_assert_geq(fd, 0);
	stream_init(&stream, &lock);
	stream.from_empty = true;
}

static void teardown(void)
{
	stream_release(&stream);
	close(fd);
	scratch_close(&s);
}

TestSuite(stream, .init = setup, .fini = teardown);

/* Is its digest known, and that of the file? */
static bool is_known(void)
{
	struct digest known, found;
	int64_t size;

	cr_assert_eq(digest_file(fd, &found, &size), 0);
	if (!stream_digest(&stream, size, &known))
		return false;
	cr_assert_eq(memcmp(&known, &found, sizeof(known)), 0);
	return true;
}

static int put(const char *text, off_t off, bool append)
{
	return stream_write(&stream, fd, text, strlen(text), off, append);
}

Test(stream, what_is_written_to_the_end_is_known)
{
	cr_assert_eq(put("one ", 0, false), 0);
	cr_assert_eq(put("two ", 4, false), 0);
	cr_assert_eq(put("three", 0, true), 0);
	cr_assert(is_known());
	cr_assert(scratch_holds(s.dir, "f", "one two three"));
	cr_assert_eq(put("2", 4, false), 0);
	cr_assert_not(is_known());
	cr_assert_eq(stream_truncate(&stream, fd, 0), 0);
	cr_assert_eq(put("anew", 0, false), 0);
	cr_assert(is_known());
}

static struct sys_calls real;
static int calls;

/* Else another might change the bytes, or note it, in between. */
static void is_locked(void)
{
	cr_assert_eq(pthread_mutex_trylock(&lock), EBUSY);
	calls++;
}

static ssize_t locked_pwrite(int to, const void *buf, size_t n, off_t off)
{
	is_locked();
	return real.pwrite(to, buf, n, off);
}

static int locked_ftruncate(int of, off_t size)
{
	is_locked();
	return real.ftruncate(of, size);
}

Test(stream, bytes_change_under_the_lock_that_notes_it)
{
	real = sys;
	sys.pwrite = locked_pwrite;
	sys.ftruncate = locked_ftruncate;
	cr_assert_eq(put("text", 0, false), 0);
	cr_assert_eq(stream_truncate(&stream, fd, 0), 0);
	sys = real;
	cr_assert_eq(calls, 2);
}
