/* SPDX-License-Identifier: MIT */
/*
 * lock: mutexes that can be asked whether this thread holds them.
 *
 * A function called _locked is for a caller that holds a lock, and says first
 * which one: ASSERT_HELD(&t->lock).  That is checked where NDEBUG is not
 * defined (builds of type Debug, and those with a sanitizer); else neither it
 * nor lock_init() costs anything more than a plain mutex does.
 */
#ifndef IDEMFS_BASE_LOCK_H
#define IDEMFS_BASE_LOCK_H

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* Like pthread_mutex_init(); pthread_mutex_destroy() undoes it. */
static inline void lock_init(pthread_mutex_t *m)
{
#ifdef NDEBUG
	pthread_mutex_init(m, NULL);
#else
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
#endif
}

#ifndef NDEBUG
/*
 * Of a mutex of lock_init().  A thread that locks an error-checking mutex which
 * it holds is told so (POSIX, pthread_mutex_lock()); one that tries to is not,
 * with glibc.  So it is locked with a time-out that is over.
 */
static inline bool lock_is_held(const pthread_mutex_t *m)
{
	pthread_mutex_t *own = (pthread_mutex_t *)m;
	const struct timespec over = { 0 };
	int r = pthread_mutex_timedlock(own, &over);

	if (!r)
		pthread_mutex_unlock(own);
	return r == EDEADLK;
}
#endif

#ifdef NDEBUG
#define ASSERT_HELD(m) ((void)(m))
#else
#define ASSERT_HELD(m) assert(lock_is_held(m))
#endif

#endif
