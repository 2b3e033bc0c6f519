/* SPDX-License-Identifier: MIT */
/*
 * options: what a mount can be told, in one place.
 *
 * options_init(), then options_set() for each "key", "value" of the command
 * line (`--key value` and `-o key=value` are the same), then options_finish(),
 * which fills in what depends on the machine and adds the default rules.  The
 * rows of options.c (option.h) say all of each option; a new one needs a row, a
 * field here, and its default in options_init().
 */
#ifndef IDEMFS_CORE_OPTIONS_OPTIONS_H
#define IDEMFS_CORE_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "core/options/option.h"
#include "core/options/rules.h"

/* Whether reads and writes go past this program (mount/kernel/passthrough.h) */
enum passthrough_mode { PASSTHROUGH_AUTO, PASSTHROUGH_OFF, PASSTHROUGH_ON };

enum discard_on {
	DISCARD_KILLED,
	DISCARD_FAILED,
	DISCARD_CRASHED, /* killed by more than a signal that asks to end */
	DISCARD_NEVER
};

/* What a power cut may take (flush.h). */
enum durability_level {
	DURABILITY_NONE,
	DURABILITY_CHECKPOINT,
	DURABILITY_CLOSE
};

/* What becomes of a mark whose outputs are not there any more (stale.h) */
enum stale_action { STALE_WARN, STALE_HIDE };

/* Whether it looks for requests for a moment before it sleeps. */
enum spin_mode { SPIN_OFF, SPIN_AUTO };

struct options {
	unsigned int threads;	 /* workers; processors, within 2 to 8 */
	enum discard_on discard; /* which ends of a writer discard (F8) */
	int64_t open_wait_ms;	 /* how long a mark waits for open versions */
	int64_t drain_ms;	 /* how long an unmount waits for them */
	int64_t cache_ms;	 /* how long the kernel may trust an answer */
	enum durability_level durability;
	int64_t sync_interval_ms;  /* what was promoted is durable after it */
	int64_t partial_keep_size; /* bytes in quarantine; -1: any number */
	int64_t partial_keep_ms;   /* their age; -1: any */
	enum passthrough_mode passthrough;
	enum spin_mode spin;
	bool allow_other;
	enum log_level log_level;
	struct rules *in_place;
	bool in_place_none; /* --in-place none was said: no default rules */
	struct rules *resumable; /* promoted however the writer ends */
	bool resumable_none;	 /* likewise */
	bool finished;		 /* the default rules are there */
	enum stale_action stale;
	char *run_id; /* the group of this run's marks, or NULL */
};

void options_init(struct options *o);
void options_release(struct options *o);

/*
 * '_' and '-' are the same in a key.  -ENOENT: no such key (nothing in @err);
 * -EINVAL: bad value, with one line in @err that says what would be right.
 * "run-id auto" becomes time and host at once.
 */
int options_set(struct options *o, const char *key, const char *value,
		struct err *err);

/*
 * Adds the default rules, unless "in-place none" or "resumable none" was said:
 * behind the user's, which are so tried first.  Does nothing the second time.
 */
int options_finish(struct options *o, struct err *err);

/* In the order in which --help and the manual have them. */
extern const struct option_row options_rows[];

/* The key that is most like @key, or NULL when none is near. */
const char *options_nearest(const char *key);

/* "threads", "discard-on", … as options_print() has them: NULL after the last. */
const char *options_key(unsigned int i);

/* Writes "key value\n" lines of all that is in force, globs last. */
void options_print(const struct options *o, FILE *out);

#endif
