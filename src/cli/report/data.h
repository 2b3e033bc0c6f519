/* SPDX-License-Identifier: MIT */
/*
 * data: what a report tells of, read from the state directory.
 *
 *	struct report r = { .place = ..., .run = ... };
 *	report_gather()    the marks, and what each promoted, counted
 *	report_release()   all but the place, which stays the caller's
 *
 * page.h writes it as a page.
 */
#ifndef IDEMFS_CLI_REPORT_DATA_H
#define IDEMFS_CLI_REPORT_DATA_H

#include "cli/mounts/statedir.h"
#include "cli/read/marklist.h"
#include "cli/read/sessionlog.h"
#include "cli/read/stalelist.h"
#include "cli/report/timeline.h"
#include "core/quarantine/quarantine.h"

struct step_row {
	const struct listed_mark *m;
	uint64_t files, gone, moved, other;
	uint64_t inputs; /* given and learned */
	int64_t bytes;
	bool damaged;
	const char *stale; /* what of it does not hold; NULL: it holds */
};

struct report {
	const struct statedir *place;
	const char *run; /* its marks alone; NULL: all */
	struct marklist marks;
	struct step_row *rows; /* one a mark */
	struct stalelist stale;
	struct partial_list partials;
	struct sessionlog sessions;
	struct timeline line;
	uint64_t files;
	int64_t bytes, took_ms;
	size_t damaged;
};

/* 0 or -errno; what was gathered until then is to be released all the same. */
int report_gather(struct report *r);
void report_release(struct report *r);

/* When the step of @m began and ended, in nanoseconds. */
int64_t report_began(const struct listed_mark *m);
int64_t report_ended(const struct listed_mark *m);

#endif
