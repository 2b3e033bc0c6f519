/* SPDX-License-Identifier: MIT */
#include "core/trim.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"
#include "base/util.h"
#include "core/quarantine.h"

/* What its bytes take on the disk; holes take nothing. */
static int64_t room_of(int dir, uint64_t id)
{
	char name[32];
	struct stat st;

	snprintf(name, sizeof(name), "%" PRIu64, id);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return (int64_t)st.st_blocks * 512;
}

static int64_t age_ms(const struct partial *p, const struct timespec *now)
{
	return ((int64_t)now->tv_sec - p->time.tv_sec) * 1000 +
	       (now->tv_nsec - p->time.tv_nsec) / 1000000;
}

static int drop(int dir, const struct partial *p, const char *why)
{
	int r = quarantine_drop(dir, p->id);

	if (r == -ENOENT)
		return 0; /* somebody else was faster */
	if (r < 0) {
		log_error("partial %" PRIu64 " cannot be dropped: %s", p->id,
			  strerror(-r));
		return r;
	}
	log_event("\"%s\": partial %" PRIu64 " dropped: %s (--partial-keep)",
		  p->path, p->id, why);
	return 1;
}

static int trim_list(int dir, const struct partial_list *l,
		     const struct options *o)
{
	char limit[32], why[96];
	struct timespec now;
	int64_t total = 0;
	int count = 0, r = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	text_size(o->partial_keep_size, limit, sizeof(limit));
	snprintf(why, sizeof(why), "quarantine had more than %s", limit);
	for (size_t i = 0; i < l->count; i++)
		total += room_of(dir, l->items[i].id);
	for (size_t i = 0; r >= 0 && i < l->count; i++) {
		const struct partial *p = &l->items[i];
		bool full = o->partial_keep_size >= 0 && i + 1 < l->count &&
			    total > o->partial_keep_size;
		bool old = o->partial_keep_ms >= 0 &&
			   age_ms(p, &now) > o->partial_keep_ms;

		if (!full && !old)
			continue;
		total -= room_of(dir, p->id);
		r = drop(dir, p, old ? "it was too old" : why);
		count += r > 0;
	}
	return r < 0 ? r : count;
}

int trim_quarantine(int partialdir, const struct options *o)
{
	struct partial_list l;
	int r;

	if (o->partial_keep_size < 0 && o->partial_keep_ms < 0)
		return 0;
	r = quarantine_list(partialdir, &l);
	if (r < 0)
		return r;
	r = trim_list(partialdir, &l, o);
	partial_list_release(&l);
	return r;
}
