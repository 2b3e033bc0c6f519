/* SPDX-License-Identifier: MIT */
/*
 * wait: news that this thread is about to wait for other threads, or for the
 * disk, and that it has done so.  A mount then lets another thread read requests.
 *
 * Both calls are made under no lock that the thread which takes over may need.
 *
 *	WAIT_SCOPE()	until the end of the enclosing block
 */
#ifndef IDEMFS_CORE_PROCESS_WAIT_H
#define IDEMFS_CORE_PROCESS_WAIT_H

#include "base/util.h"

struct wait_hooks {
	void (*begin)(void *arg);
	void (*end)(void *arg);
	void *arg;
};

static inline void wait_begin(const struct wait_hooks *h)
{
	h->begin(h->arg);
}

static inline void wait_end(const struct wait_hooks *h)
{
	h->end(h->arg);
}

static inline void wait_scope_over(const struct wait_hooks **h)
{
	wait_end(*h);
}

#define WAIT_SCOPE(h)                                     \
	__attribute__((cleanup(wait_scope_over), unused)) \
	const struct wait_hooks *                         \
	UTIL_CAT(wait_scope_, __LINE__) = (wait_begin(h), (h))

#endif
