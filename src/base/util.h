/* SPDX-License-Identifier: MIT */
/*
 * util: what every file needs, and nothing with a policy.
 *
 * Cleanup attributes free a local when it goes out of scope; steal_fd() and
 * steal_ptr() hand its value on and disarm the cleanup.  All of them keep
 * errno as it was.
 */
#ifndef IDEMFS_BASE_UTIL_H
#define IDEMFS_BASE_UTIL_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void close_fd(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

static inline void util_close_fd(const int *fd)
{
	close_fd(*fd);
}

static inline void util_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

static inline void util_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void util_unlock(pthread_mutex_t **m)
{
	if (*m)
		pthread_mutex_unlock(*m);
}

#define auto_fd __attribute__((cleanup(util_close_fd))) int
#define auto_free __attribute__((cleanup(util_free)))
#define auto_file __attribute__((cleanup(util_fclose))) FILE

/* Holds @m until the end of the enclosing block. */
#define UTIL_CAT2(a, b) a##b
#define UTIL_CAT(a, b) UTIL_CAT2(a, b)
#define LOCK_SCOPE(m)                                                   \
	__attribute__((cleanup(util_unlock), unused)) pthread_mutex_t * \
	UTIL_CAT(lock_scope_, __LINE__) = (pthread_mutex_lock(m), (m))

static inline int steal_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#define steal_ptr(p)                       \
	__extension__({                    \
		__auto_type steal_ = *(p); \
		*(p) = NULL;               \
		steal_;                    \
	})

/* Does @code say that a disk or a quota is used up? */
static inline bool is_no_room(int code)
{
	return code == -ENOSPC || code == -EDQUOT;
}

/* The time by a clock that never goes back. */
static inline int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t now_ms(void)
{
	return now_ns() / 1000000;
}

static inline struct timespec timespec_of_ns(int64_t ns)
{
	return (struct timespec){ .tv_sec = ns / 1000000000,
				  .tv_nsec = ns % 1000000000 };
}

/* Waits until now_ns() is @until at the latest; 0 or ETIMEDOUT. */
static inline int cond_wait_until_ns(pthread_cond_t *c, pthread_mutex_t *lock,
				     int64_t until)
{
	struct timespec at = timespec_of_ns(until);

	return pthread_cond_clockwait(c, lock, CLOCK_MONOTONIC, &at);
}

/* Likewise, by now_ms(). */
static inline int cond_wait_until(pthread_cond_t *c, pthread_mutex_t *lock,
				  int64_t until)
{
	return cond_wait_until_ns(c, lock, until * 1000000);
}

#endif
