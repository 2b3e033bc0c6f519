/* SPDX-License-Identifier: MIT */
/*
 * wait: news that this thread is about to wait for other threads, or for the
 * disk, and that it has done so.  A mount then lets another thread read requests.
 *
 * Both calls are made under any lock of the core.
 */
#ifndef IDEMFS_CORE_PROCESS_WAIT_H
#define IDEMFS_CORE_PROCESS_WAIT_H

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

#endif
