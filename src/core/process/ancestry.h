/* SPDX-License-Identifier: MIT */
/*
 * ancestry: which processes a process comes from.
 *
 * A pending version is seen by the process that opened it and by the processes
 * that come from it (F3): a script's `rm -f`, the worker of a Python pool.
 *
 * A process is a number and the time at which it was started, since numbers are
 * used again.  /proc/PID/stat tells that time, in field 22, and the parent, in
 * field 4.  The parent is the present one: when a parent has ended, it is init
 * or a subreaper.  So a cache keeps the ancestors that a process had when it
 * was asked about first, and finds them again by number and start.  The cache
 * is bounded, and forgets by chance.
 *
 * ancestry_of() reads /proc: the process itself each time, its ancestors as
 * long as they are not in the cache.  The kernel checks a permission for that,
 * and so the read may wait for an exec of one of these processes, which may
 * wait for our answers (writer.h).  So call it without a lock, between the
 * hooks wait_begin and wait_end.  It may be called from any thread.  The cache
 * has a lock of its own, which is held over no read, and no lock is taken under
 * it.
 */
#ifndef IDEMFS_CORE_PROCESS_ANCESTRY_H
#define IDEMFS_CORE_PROCESS_ANCESTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ANCESTRY_MAX 32 /* generations that are looked at */

struct process {
	pid_t pid;
	uint64_t start; /* clock ticks after the boot; 0: not known */
};

/* A process and its ancestors, the nearest first; empty for thread 0. */
struct ancestry {
	unsigned int count;
	struct process line[ANCESTRY_MAX];
};

struct ancestries;

/* @read reads the text of /proc/@pid/stat: its length, 0 when it is gone. */
typedef size_t (*ancestry_read)(void *arg, pid_t pid, char *buf, size_t size);

int ancestries_new(struct ancestries **ret);
/* Likewise, reading by @read. */
int ancestries_new_with(ancestry_read read, void *arg, struct ancestries **ret);
void ancestries_free(struct ancestries *a); /* NULL is fine */

/*
 * Process @pid and its ancestors.  If it cannot be looked at, only itself.
 */
void ancestry_of(struct ancestries *a, pid_t pid, struct ancestry *ret);

/*
 * Calls @each for process @pid and for its ancestors, the nearest first,
 * however many there are, until it returns true.  False when it never did, or
 * when one of them cannot be looked at.  It asks /proc, and no cache: so the
 * ancestors are the present ones.
 */
bool ancestry_walk(struct ancestries *a, pid_t pid,
		   bool (*each)(void *arg, const struct process *p), void *arg);

/*
 * Is the process that had number @pid at time @when among them?  A process of
 * that number that was started later is another one.
 */
bool ancestry_has(const struct ancestry *line, pid_t pid, uint64_t when);

/* The present time, in the unit of struct process. */
uint64_t ancestry_now(void);

#endif
