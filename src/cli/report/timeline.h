/* SPDX-License-Identifier: MIT */
/*
 * timeline: where a moment stands on a line of fixed length.
 *
 * Long stretches in which nothing was done (a pipeline that went on the next
 * day) take a small part of the line, so that what was done can be seen.
 *
 *	timeline_add()      the spans in which something was done, any order
 *	timeline_finish()   once
 *	timeline_at()       0 to 1
 *	timeline_time()     the moment at a place: its inverse
 *	timeline_release()
 */
#ifndef IDEMFS_CLI_REPORT_TIMELINE_H
#define IDEMFS_CLI_REPORT_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

struct timeline_span {
	int64_t from, to; /* any unit */
	double at, end;	  /* by timeline_finish(): where it stands */
};

struct timeline {
	struct timeline_span *spans; /* then merged, in order */
	size_t count;
};

int timeline_add(struct timeline *t, int64_t from, int64_t to); /* -ENOMEM */
void timeline_finish(struct timeline *t);
double timeline_at(const struct timeline *t, int64_t time);
int64_t timeline_time(const struct timeline *t, double at);
void timeline_release(struct timeline *t);

#endif
