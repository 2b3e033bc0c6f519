/* SPDX-License-Identifier: MIT */
#include "core/flush/failures.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "base/events.h"
#include "base/util.h"

/* Without padding, which the hash would see. */
struct whose {
	uint64_t session;
	uint64_t uid;
};

struct failure {
	UT_hash_handle hh;
	struct whose whose; /* the key */
	int code;
	char path[256];
};

struct failures {
	const struct events *events; /* const */
	pthread_mutex_t lock;
	struct failure *all;	    /* under lock */
	char mark[UNTOLD_MARK_MAX]; /* under lock: of the last one */
};

int failures_new(const struct events *events, struct failures **ret)
{
	struct failures *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	u->events = events;
	pthread_mutex_init(&u->lock, NULL);
	*ret = u;
	return 0;
}

static void drop_locked(struct failures *u, struct failure *one)
{
	HASH_DELETE(hh, u->all, one);
	free(one);
}

void failures_free(struct failures *u)
{
	struct failure *one, *next;

	if (!u)
		return;
	HASH_ITER(hh, u->all, one, next)
		drop_locked(u, one);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

/* Root and the user of the daemon are one. */
static struct whose whose(uid_t uid, uint64_t session)
{
	return (struct whose){ session, uid == geteuid() ? 0 : uid };
}

static struct failure *find_locked(struct failures *u, struct whose key)
{
	struct failure *one;

	HASH_FIND(hh, u->all, &key, sizeof(key), one);
	return one;
}

static void put_locked(struct failures *u, struct failure *one)
{
	struct failure *old = find_locked(u, one->whose);

	if (old)
		drop_locked(u, old);
	HASH_ADD(hh, u->all, whose, sizeof(one->whose), one);
}

void failures_note(struct failures *u, uid_t uid, uint64_t session,
		   const char *path, int code)
{
	struct failure *one = calloc(1, sizeof(*one));

	if (!one) {
		events_tell(u->events, LOG_ERROR,
			    "no memory to tell a mark of a failure");
		return;
	}
	one->whose = whose(uid, session);
	one->code = code;
	snprintf(one->path, sizeof(one->path), "%s", path);
	LOCK_SCOPE(&u->lock);
	put_locked(u, one);
}

void failures_pass(struct failures *u, uint64_t from, uint64_t to)
{
	struct failure *one, *next;

	LOCK_SCOPE(&u->lock);
	HASH_ITER(hh, u->all, one, next) {
		if (one->whose.session != from)
			continue;
		HASH_DELETE(hh, u->all, one);
		one->whose.session = to;
		put_locked(u, one);
	}
}

static int take_locked(struct failures *u, struct failure *one, char *why,
		       size_t size)
{
	if (!one)
		return 0;
	if (one->path[0])
		snprintf(why, size, "\"%s\" was not promoted: %s", one->path,
			 strerror(-one->code));
	else
		snprintf(why, size,
			 "what was promoted before is not on disk: %s",
			 strerror(-one->code));
	drop_locked(u, one);
	return -EIO;
}

int failures_take(struct failures *u, uid_t uid, uint64_t session, char *why,
		  size_t size)
{
	struct failure *one;

	LOCK_SCOPE(&u->lock);
	one = find_locked(u, whose(uid, session));
	if (!one)
		one = find_locked(u, whose(FAILURES_OF_ALL, 0));
	return take_locked(u, one, why, size);
}

int failures_take_any(struct failures *u, char *why, size_t size)
{
	LOCK_SCOPE(&u->lock);
	return take_locked(u, u->all, why, size);
}

void failures_set_mark(struct failures *u, const char *why)
{
	LOCK_SCOPE(&u->lock);
	snprintf(u->mark, sizeof(u->mark), "%s", why);
}

void failures_get_mark(struct failures *u, char why[UNTOLD_MARK_MAX])
{
	LOCK_SCOPE(&u->lock);
	memcpy(why, u->mark, UNTOLD_MARK_MAX);
}
