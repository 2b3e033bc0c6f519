/* SPDX-License-Identifier: MIT */
#include "core/quarantine/trim.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/text.h"
#include "base/util.h"
#include "core/quarantine/quarantine.h"

struct owner {
	UT_hash_handle hh;
	uid_t uid;
	int64_t kept; /* bytes on the disk that stay */
};

struct trim {
	const struct events *events;
	int dir;
	const struct options *o;
	struct timespec now;
	struct owner *owners;
};

static void owners_free(struct trim *t)
{
	struct owner *one, *next;

	HASH_ITER(hh, t->owners, one, next) {
		HASH_DELETE(hh, t->owners, one);
		free(one);
	}
}

/* Root and the user of the daemon are one.  NULL when out of memory. */
static struct owner *owner_of(struct trim *t, uid_t uid, bool *ret_new)
{
	struct owner *one;

	if (uid == geteuid())
		uid = 0;
	HASH_FIND(hh, t->owners, &uid, sizeof(uid), one);
	*ret_new = !one;
	if (one)
		return one;
	one = calloc(1, sizeof(*one));
	if (!one)
		return NULL;
	one->uid = uid;
	HASH_ADD(hh, t->owners, uid, sizeof(one->uid), one);
	return one;
}

static bool is_old(const struct trim *t, const struct partial *p)
{
	int64_t age = ((int64_t)t->now.tv_sec - p->time.tv_sec) * 1000 +
		      (t->now.tv_nsec - p->time.tv_nsec) / 1000000;

	return t->o->partial_keep_ms >= 0 && age > t->o->partial_keep_ms;
}

/* Is there no room left for it, beside what is newer?  0, 1 or -errno. */
static int is_too_much(struct trim *t, const struct partial *p)
{
	struct owner *owner;
	char name[32];
	struct stat st;
	bool newest;
	int64_t limit = t->o->partial_keep_size;

	snprintf(name, sizeof(name), "%" PRIu64, p->id);
	if (limit < 0 || fstatat(t->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	owner = owner_of(t, st.st_uid, &newest);
	if (!owner)
		return -ENOMEM;
	/* Holes take no blocks. */
	owner->kept += (int64_t)st.st_blocks * 512;
	return !newest && owner->kept > limit;
}

static int drop(const struct trim *t, const struct partial *p, const char *why)
{
	int r = quarantine_drop(t->dir, p->id);

	if (r == -ENOENT)
		return 0; /* another process was faster */
	if (r < 0) {
		events_tell(t->events, LOG_ERROR,
			    "partial %" PRIu64 " cannot be dropped: %s", p->id,
			    strerror(-r));
		return r;
	}
	events_tell(t->events, LOG_EVENT,
		    "\"%s\": partial %" PRIu64 " dropped: %s (--partial-keep)",
		    p->path, p->id, why);
	return 1;
}

static int trim_one(struct trim *t, const struct partial *p)
{
	char limit[32], why[96];
	int r;

	if (is_old(t, p))
		return drop(t, p, "it was too old");
	r = is_too_much(t, p);
	if (r <= 0)
		return r;
	text_size(t->o->partial_keep_size, limit, sizeof(limit));
	snprintf(why, sizeof(why), "its owner had more than %s in quarantine",
		 limit);
	return drop(t, p, why);
}

int trim_quarantine(int partialdir, const struct options *o,
		    const struct events *events)
{
	struct trim t = { .dir = partialdir, .o = o, .events = events };
	struct partial_list l;
	int r, count = 0;

	if (o->partial_keep_size < 0 && o->partial_keep_ms < 0)
		return 0;
	r = quarantine_list(partialdir, &l);
	if (r < 0)
		return r;
	clock_gettime(CLOCK_REALTIME, &t.now);
	for (size_t i = l.count; r >= 0 && i-- > 0;) { /* the newest first */
		r = trim_one(&t, &l.items[i]);
		count += r > 0;
	}
	owners_free(&t);
	partial_list_release(&l);
	return r < 0 ? r : count;
}
