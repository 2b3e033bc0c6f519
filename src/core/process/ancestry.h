/* SPDX-License-Identifier: MIT */
/*
 * ancestry: which process a process comes from.
 *
 * A pending version is seen by the process that opened it and by those that
 * come from it (F3): a script's `rm -f`, the worker of a Python pool.  Here is
 * what says who they are.
 *
 * A process is a number and the time at which it was started, since numbers
 * are used again.  /proc/PID/stat tells that time, in field 22, and the parent, in
 * field 4.  The parent is the one of the moment: of a process whose parent has
 * ended, it is init or a subreaper.  So what was once found is kept: a cache knows
 * the ancestors that a process had when it was asked about first, and knows
 * it again by number and start.  It is bounded, and forgets by chance.
 *
 * ancestry_of() reads /proc: the process itself each time, its ancestors as long
 * as they are not known.  That asks for permission, and may wait for an exec of
 * one of them, which may wait for our answers (writer.h): so call it with no lock
 * held, between session_wait_begin() and its end, or what stands for them.  It may
 * be called from any thread; the cache has a lock of its own, which is held over
 * no read and under which no other is taken.
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

/* A process and its ancestors, the nearest first; none of thread 0. */
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
 * Process @pid and its ancestors.  Of one that cannot be looked at, itself
 * alone.
 */
void ancestry_of(struct ancestries *a, pid_t pid, struct ancestry *ret);

/*
 * Is @pid, as it was at time @when, among them?  A process of that number that
 * was started later is another one.
 */
bool ancestry_has(const struct ancestry *line, pid_t pid, uint64_t when);

/* The time now, as processes are dated. */
uint64_t ancestry_now(void);

#endif
