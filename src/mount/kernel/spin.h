/* SPDX-License-Identifier: MIT */
/*
 * spin: how long to look for the next request before going to sleep.
 *
 * A program that works with files sends one request, waits for the answer, and
 * sends the next a few microseconds later.  Going to sleep in between, and
 * being woken from a processor that has halted, costs more than the work
 * itself, on virtual machines above all.  So the thread that waits for requests
 * looks again and again for a moment, but only
 *
 *  - while that pays: a look that finds a request earns further looks, and a
 *    vain one costs them.  When none are left, one request in SPIN_TRY tries
 *    again;
 *  - while no other thread wants the processor.  Every SPIN_CHECK_NS the caller
 *    says whether more threads want to run than there are processors.  And a
 *    look that took long was kept from running.  Then there are no looks for a
 *    while;
 *  - where there is a second processor for the program.
 *
 * No time is burnt when no requests come, or when they come rarely.  All of
 * this is arithmetic on times that the caller gives (nanoseconds of one clock).
 */
#ifndef IDEMFS_MOUNT_KERNEL_SPIN_H
#define IDEMFS_MOUNT_KERNEL_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#define SPIN_MAX_NS 60000    /* no thread looks for longer */
#define SPIN_RARE_NS 1000000 /* a look is not tried for later requests */
#define SPIN_TRY 64
#define SPIN_CREDIT_MAX 8
#define SPIN_STOLEN_NS 1000000 /* a look that takes so long was interrupted */
#define SPIN_CHECK_NS 10000000
#define SPIN_REST_NS \
	INT64_C(10000000) /* no looking after that, doubled each time, */
#define SPIN_REST_MAX_NS (SPIN_REST_NS * 32)

struct spin {
	bool on;	    /* const: it may look at all */
	bool looking;	    /* since the queue was empty */
	bool rare;	    /* the last request came late */
	int credit;	    /* vain looks that are left, twice */
	unsigned int tries; /* requests without a look */
	int64_t empty;	    /* when the queue was seen empty, 0: it was not */
	int64_t looked;	    /* when it was last looked at */
	int64_t rest;	    /* how long others get the processor next */
	int64_t not_before; /* no looking until then */
	int64_t checked;    /* when it was last known that no thread waits */
};

void spin_init(struct spin *s, bool on);
/* Should the caller find out, and say, whether the processors are all busy? */
bool spin_must_check(const struct spin *s, int64_t now);
void spin_checked(struct spin *s, int64_t now, bool busy);
/* Were they busy lately?  To be told also when it may not look. */
bool spin_rests(const struct spin *s, int64_t now);
/* There was nothing at @now: look again (true), or sleep (false)? */
bool spin_again(struct spin *s, int64_t now);
/* A request has come at @now. */
void spin_came(struct spin *s, int64_t now);

#endif
