/* SPDX-License-Identifier: MIT */
/*
 * options: what a mount can be told, in one place.
 *
 * options_init(), then options_set() for each "key", "value" of the command
 * line (`--key value` and `-o key=value` are the same), then options_finish(),
 * which fills in what depends on the machine and adds the default rule.
 */
#ifndef IDEMFS_CORE_OPTIONS_OPTIONS_H
#define IDEMFS_CORE_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
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
	bool spin; /* look for requests for a moment before sleeping */
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
 * Keys: threads N (1 to 64), discard-on killed|failed|crashed|never,
 * open-wait SECONDS
 * (fractions allowed, "5", "0.5", "2m"), drain SECONDS, cache SECONDS,
 * durability none|checkpoint|close, sync-interval SECONDS,
 * partial-keep SIZE,AGE ("1G,14d", or "1G:14d"; "all" is no limit),
 * passthrough auto|off|on, stale hide|warn, spin auto|off,
 * allow-other (value NULL or ""),
 * log-level error|warn|info|debug,
 * run-id ID ("auto": time and host, as soon as it is set),
 * in-place GLOB, resumable GLOB (repeatable; "none" forbids the defaults and
 * adds nothing).
 * The default rules stand last in each list unless "none" was given, so that a
 * user's rules are tried first.
 * '_' and '-' are the same in a key.  -ENOENT: no such key (nothing in @err);
 * -EINVAL: bad value, with one line in @err that says what would be right.
 */
int options_set(struct options *o, const char *key, const char *value,
		struct err *err);
/* Does nothing the second time. */
int options_finish(struct options *o, struct err *err);

/* "5", "0.5", "5s", "200ms", "2m", "1h", "14d" in milliseconds, or -EINVAL. */
int64_t options_duration(const char *value);

/* The key that is most like @key, or NULL when none is near. */
const char *options_nearest(const char *key);

/* "threads", "discard-on", …: NULL after the last. */
const char *options_key(unsigned int i);

/* Writes "key value\n" lines of all that is in force. */
void options_print(const struct options *o, FILE *out);

const char *discard_on_name(enum discard_on d);
const char *durability_name(enum durability_level d);
const char *passthrough_mode_name(enum passthrough_mode m);
const char *stale_action_name(enum stale_action a);

#endif
