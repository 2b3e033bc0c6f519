/* SPDX-License-Identifier: MIT */
#include "core/marks/running.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"

#define RUNNING_MAX 1024 /* what one mount remembers of running steps */
#define FAILED_MAX 16
#define COMMAND_SHOWN 200 /* bytes of a command */

struct entry {
	const void *key; /* NULL: it has failed */
	char *name, *command;
	uid_t user;
	pid_t pid;
	struct timespec began;
	int64_t since_ms; /* by now_ms(), which no clock setting moves */
	int64_t took_ms;
	int status;
	struct entry *next; /* oldest first */
};

struct list {
	struct entry *first;
	size_t count;
};

struct running {
	const struct events *events; /* const */
	pthread_mutex_t lock;
	struct list now;    /* under lock */
	struct list failed; /* under lock */
};

struct running *running_new(const struct events *events)
{
	struct running *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->events = events;
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

static void entry_free(struct entry *e)
{
	if (!e)
		return;
	free(e->name);
	free(e->command);
	free(e);
}

static struct entry *take(struct list *l, struct entry **at)
{
	struct entry *e = *at;

	*at = e->next;
	e->next = NULL;
	l->count--;
	return e;
}

static void append(struct list *l, struct entry *e)
{
	struct entry **at = &l->first;

	while (*at)
		at = &(*at)->next;
	*at = e;
	l->count++;
}

void running_free(struct running *r)
{
	if (!r)
		return;
	while (r->now.first)
		entry_free(take(&r->now, &r->now.first));
	while (r->failed.first)
		entry_free(take(&r->failed, &r->failed.first));
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static struct entry **find(struct running *r, const void *key)
{
	struct entry **at = &r->now.first;

	while (*at && (*at)->key != key)
		at = &(*at)->next;
	return at;
}

int running_begin(struct running *r, const void *key, const struct step *s,
		  uid_t user, pid_t pid)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->name = strdup(s->mark);
	e->command = strndup(s->command, COMMAND_SHOWN);
	e->key = key;
	e->user = user;
	e->pid = pid;
	e->began = s->ran.began;
	e->since_ms = now_ms();
	if (!e->name || !e->command) {
		entry_free(e);
		return -ENOMEM;
	}
	LOCK_SCOPE(&r->lock);
	if (*find(r, key) || r->now.count == RUNNING_MAX) {
		entry_free(e);
		return -EBUSY;
	}
	append(&r->now, e);
	return 0;
}

/* Forgets earlier failures of a step of this name. */
static void forget_failed_locked(struct running *r, const char *name)
{
	struct entry **at = &r->failed.first;

	while (*at)
		if (!strcmp((*at)->name, name))
			entry_free(take(&r->failed, at));
		else
			at = &(*at)->next;
}

/* Takes @e. */
static void keep_failed_locked(struct running *r, struct entry *e, int status)
{
	forget_failed_locked(r, e->name);
	if (r->failed.count == FAILED_MAX)
		entry_free(take(&r->failed, &r->failed.first));
	e->key = NULL;
	e->status = status;
	e->took_ms = now_ms() - e->since_ms;
	append(&r->failed, e);
}

void running_how(int status, char buf[RUNNING_HOW])
{
	if (status == RUNNING_KILLED)
		snprintf(buf, RUNNING_HOW, "killed");
	else if (status == RUNNING_REFUSED)
		snprintf(buf, RUNNING_HOW, "its mark was not made");
	else if (status > 128)
		snprintf(buf, RUNNING_HOW, "status %d (signal %d)", status,
			 status - 128);
	else
		snprintf(buf, RUNNING_HOW, "status %d", status);
}

static void tell_failed(const struct running *r, const struct entry *e,
			int status)
{
	auto_free char *name = text_escape(e->name);
	auto_free char *command = text_escape(e->command);
	double seconds = (double)(now_ms() - e->since_ms) / 1000.0;
	char how[RUNNING_HOW];

	running_how(status, how);
	events_tell(r->events, LOG_EVENT,
		    "step \"%s\" failed: %s after %.1f s (%s)",
		    name ? name : "?", how, seconds, command ? command : "?");
}

void running_end(struct running *r, const void *key, int status)
{
	struct entry **at, *e;

	LOCK_SCOPE(&r->lock);
	at = find(r, key);
	if (!*at)
		return;
	e = take(&r->now, at);
	if (!status) {
		forget_failed_locked(r, e->name);
		entry_free(e);
		return;
	}
	tell_failed(r, e, status);
	keep_failed_locked(r, e, status);
}

void running_drop(struct running *r, const void *key)
{
	running_end(r, key, RUNNING_KILLED);
}

static void each_of(struct running *r, const struct list *l, running_fn each,
		    void *arg)
{
	LOCK_SCOPE(&r->lock);
	for (const struct entry *e = l->first; e; e = e->next)
		each(arg, &(struct running_step){
				  .name = e->name,
				  .command = e->command,
				  .user = e->user,
				  .pid = e->pid,
				  .began = e->began,
				  .took_ms = e->key ? now_ms() - e->since_ms
						    : e->took_ms,
				  .status = e->status,
			  });
}

void running_each(struct running *r, running_fn each, void *arg)
{
	each_of(r, &r->now, each, arg);
}

void failed_each(struct running *r, running_fn each, void *arg)
{
	each_of(r, &r->failed, each, arg);
}
