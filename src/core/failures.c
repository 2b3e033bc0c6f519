/* SPDX-License-Identifier: MIT */
#include "core/failures.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/util.h"

struct failure {
	UT_hash_handle hh;
	uid_t uid;
	int code;
	char path[256];
};

struct failures {
	pthread_mutex_t lock;
	struct failure *all; /* under lock: by user */
};

int failures_new(struct failures **ret)
{
	struct failures *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	pthread_mutex_init(&f->lock, NULL);
	*ret = f;
	return 0;
}

static void drop_locked(struct failures *f, struct failure *one)
{
	HASH_DELETE(hh, f->all, one);
	free(one);
}

void failures_free(struct failures *f)
{
	struct failure *one, *next;

	if (!f)
		return;
	HASH_ITER(hh, f->all, one, next)
		drop_locked(f, one);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

/* Root and the user of the daemon are as one. */
static uid_t whose(uid_t uid)
{
	return uid == geteuid() ? 0 : uid;
}

static struct failure *find_locked(struct failures *f, uid_t uid)
{
	struct failure *one;

	HASH_FIND(hh, f->all, &uid, sizeof(uid), one);
	return one;
}

void failures_note(struct failures *f, uid_t uid, const char *path, int code)
{
	struct failure *one;

	uid = whose(uid);
	LOCK_SCOPE(&f->lock);
	one = find_locked(f, uid);
	if (!one) {
		one = calloc(1, sizeof(*one));
		if (!one) {
			log_error("no memory to tell a mark of a failure");
			return;
		}
		one->uid = uid;
		HASH_ADD(hh, f->all, uid, sizeof(one->uid), one);
	}
	one->code = code;
	snprintf(one->path, sizeof(one->path), "%s", path);
}

static int take_locked(struct failures *f, struct failure *one, char *why,
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
	drop_locked(f, one);
	return -EIO;
}

int failures_take(struct failures *f, uid_t uid, char *why, size_t size)
{
	struct failure *one;

	LOCK_SCOPE(&f->lock);
	one = find_locked(f, whose(uid));
	if (!one)
		one = find_locked(f, FAILURES_OF_ALL);
	return take_locked(f, one, why, size);
}

int failures_take_any(struct failures *f, char *why, size_t size)
{
	LOCK_SCOPE(&f->lock);
	return take_locked(f, f->all, why, size);
}
