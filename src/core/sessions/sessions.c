/* SPDX-License-Identifier: MIT */
#include "core/sessions/sessions.h"

#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/changes/changes.h"
#include "core/process/outcome.h"
#include "core/process/writer.h"
#include "core/sessions/table.h"
#include "core/version/version.h"

int sessions_new(const struct rooms *rooms, struct versions *t,
		 struct sessions **ret)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->rooms = rooms;
	s->versions = t;
	atomic_store(&s->turn, 1);
	lock_init(&s->lock);
	session_list_init(&s->now);
	session_list_init(&s->ended);
	for (size_t i = 0; i < STRIPES; i++) {
		pthread_mutex_init(&s->stripes[i].lock, NULL);
		for (size_t k = 0; k < STRIPE_THREADS; k++)
			s->stripes[i].threads[k].watch = -1;
	}
	*ret = s;
	return 0;
}

static void free_list(struct session_list *l)
{
	while (l->first)
		session_free(session_list_take(l, &l->first));
}

void sessions_free(struct sessions *s)
{
	if (!s)
		return;
	free_list(&s->now);
	free_list(&s->ended);
	for (size_t i = 0; i < STRIPES; i++) {
		for (size_t k = 0; k < STRIPE_THREADS; k++)
			close_fd(s->stripes[i].threads[k].watch);
		pthread_mutex_destroy(&s->stripes[i].lock);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* --- how it goes, for people ------------------------------------------------ */

void session_how(int status, char buf[SESSION_HOW])
{
	if (status == SESSION_KILLED)
		snprintf(buf, SESSION_HOW, "killed");
	else if (status == SESSION_REFUSED)
		snprintf(buf, SESSION_HOW, "its mark was not made");
	else if (status > 128)
		snprintf(buf, SESSION_HOW, "status %d (signal %d)", status,
			 status - 128);
	else
		snprintf(buf, SESSION_HOW, "status %d", status);
}

static void tell_begun(const struct sessions *s, const struct session *e)
{
	auto_free char *name = text_escape(e->name);
	auto_free char *command = text_escape(e->command);

	events_tell(s->rooms->events, LOG_EVENT,
		    "session \"%s\" began (pid %d, %s)", name ? name : "?",
		    (int)e->process.pid, command ? command : "?");
}

static void tell_ended(const struct sessions *s, const struct session *e)
{
	auto_free char *name = text_escape(e->name);
	auto_free char *command = text_escape(e->command);
	double seconds = (double)e->took_ms / 1000.0;
	char how[SESSION_HOW];

	session_how(e->status, how);
	if (e->failed)
		events_tell(s->rooms->events, LOG_EVENT,
			    "step \"%s\" failed: %s after %.1f s (%s)",
			    name ? name : "?", how, seconds,
			    command ? command : "?");
	events_tell(s->rooms->events, LOG_EVENT,
		    "session \"%s\" ended: %s after %.1f s, %llu file%s "
		    "changed (pid %d)",
		    name ? name : "?", how, seconds,
		    (unsigned long long)e->changed, e->changed == 1 ? "" : "s",
		    (int)e->process.pid);
}

/* --- begin ------------------------------------------------------------------ */

static bool take_process(void *arg, const struct process *p)
{
	*(struct process *)arg = *p;
	return true;
}

/* The process of @by; pid 0 when it cannot be seen. */
static struct process process_of(struct sessions *s, const struct caller *by)
{
	struct process p = { 0 };

	if (by->tid <= 0)
		return p;
	WAIT_SCOPE(&s->rooms->wait);
	ancestry_walk(s->rooms->ancestries, writer_process(by->tid),
		      take_process, &p);
	return p;
}

static struct session *session_new(const void *key,
				   const struct session_spec *spec)
{
	struct session *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->watch = -1;
	e->kind = spec->kind;
	e->learn = spec->learn;
	e->key = key;
	e->user = spec->by->uid;
	e->began = spec->began;
	if (!e->began.tv_sec)
		clock_gettime(CLOCK_REALTIME, &e->began);
	e->since_ms = now_ms();
	e->name = strdup(spec->name);
	e->command = strndup(spec->command, SESSION_COMMAND);
	if (e->name && e->command)
		return e;
	session_free(e);
	return NULL;
}

/* May one more of user @uid run? */
static bool has_room_locked(const struct sessions *s, uid_t uid)
{
	size_t own = 0, others = 0;

	for (const struct session *e = s->now.first; e; e = e->next) {
		own += e->user == uid;
		others += e->user != 0;
	}
	if (uid == 0)
		return own < SESSIONS_MAX;
	return own < SESSIONS_USER && others < SESSIONS_MAX;
}

/*
 * Takes a place for @e, which has no number yet: no caller belongs to it.  If
 * it was not taken, @e is still the caller's.
 */
static int take_place(struct sessions *s, struct session *e)
{
	LOCK_SCOPE(&s->lock);
	if (sessions_find_locked(s, e->key) || !has_room_locked(s, e->user))
		return -EBUSY;
	session_list_append(&s->now, e);
	return 0;
}

static void give_place_back(struct sessions *s, struct session *e)
{
	struct session **at;

	LOCK_SCOPE(&s->lock);
	for (at = &s->now.first; *at != e;)
		at = &(*at)->next;
	session_list_take(&s->now, at);
}

void sessions_watch(struct sessions *s, const struct session_watcher *w)
{
	s->watcher = *w;
}

/* A number for @e; 0 when its process cannot be seen. */
static int number(struct sessions *s, const struct session *e, uint64_t *ret)
{
	/* The name of a step may be a longer path. */
	auto_free char *name = strndup(e->name, AUTHORS_NAME_MAX);
	const struct changes_session in_list = {
		.parent = e->parent,
		.kind = session_kind_name(e->kind),
		.pid = e->process.pid,
		.start = e->process.start,
		.uid = e->user,
		.time = e->began,
		.name = name,
	};

	*ret = 0;
	if (!e->process.pid)
		return 0;
	if (!name)
		return -ENOMEM;
	if (s->rooms->changes)
		return changes_session_begin(s->rooms->changes, &in_list, ret);
	LOCK_SCOPE(&s->lock);
	*ret = ++s->last_id;
	return 0;
}

/* From here on callers belong to it. */
static void publish(struct sessions *s, struct session *e, uint64_t id)
{
	LOCK_SCOPE(&s->lock);
	e->id = id;
	e->begun = true;
	e->up = sessions_owner_locked(s, e->parent);
	if (id && s->watcher.began)
		s->watcher.began(s->watcher.arg, id, e->parent, e->learn,
				 e->user);
	if (id) {
		atomic_fetch_add(&s->seen, 1);
		atomic_fetch_add(&s->turn, 1);
	}
	tell_begun(s, e);
}

static int begin(struct sessions *s, struct session *e, uint64_t *ret_id)
{
	int r = take_place(s, e);

	if (r < 0)
		return r;
	r = number(s, e, ret_id);
	if (r < 0)
		give_place_back(s, e);
	else
		publish(s, e, *ret_id);
	return r;
}

int sessions_begin(struct sessions *s, const void *key,
		   const struct session_spec *spec, uint64_t *ret_id)
{
	pid_t pid = writer_process(spec->by->tid);
	struct session *e;
	uint64_t id;
	int r;

	if (spec->pid && pid > 0 && spec->pid != pid)
		return -EPERM;
	e = session_new(key, spec);
	if (!e)
		return -ENOMEM;
	/* It waits for the answer: so the pidfd is of this process. */
	e->watch = sys_keep_fd(outcome_watch(pid));
	e->process = process_of(s, spec->by);
	e->parent = sessions_of(s, spec->by->tid);
	r = begin(s, e, &id);
	if (r == -EBUSY) {
		sessions_drop_gone(s);
		r = begin(s, e, &id);
	}
	if (r < 0)
		session_free(e);
	else
		*ret_id = id;
	return r;
}

/* --- whose it is ------------------------------------------------------------ */

int sessions_check(struct sessions *s, const void *key, const struct caller *by,
		   uint64_t *ret_id, enum session_kind *ret_kind)
{
	pid_t pid = writer_process(by->tid);
	const struct session *e;

	LOCK_SCOPE(&s->lock);
	e = sessions_find_locked(s, key);
	if (!e)
		return -ENOENT;
	if (e->user != by->uid || e->process.pid != (pid > 0 ? pid : 0) ||
	    outcome_is_over(e->watch))
		return -EPERM;
	*ret_id = e->id;
	*ret_kind = e->kind;
	return 0;
}

/* --- end -------------------------------------------------------------------- */

/* An earlier failure of a step of this name counts no more. */
static void forgive_locked(struct sessions *s, const char *name)
{
	for (struct session *e = s->ended.first; e; e = e->next)
		if (e->failed && !strcmp(e->name, name))
			e->failed = false;
}

/* Forgets the first ones of those that are too many. */
static void trim_locked(struct sessions *s, bool failed, size_t max)
{
	struct session **at;
	size_t n = 0;

	for (const struct session *e = s->ended.first; e; e = e->next)
		n += e->failed == failed;
	for (at = &s->ended.first; *at && n > max;) {
		if ((*at)->failed == failed) {
			session_free(session_list_take(&s->ended, at));
			n--;
		} else {
			at = &(*at)->next;
		}
	}
}

static void keep_ended_locked(struct sessions *s, struct session *e, int status)
{
	close_fd(e->watch);
	e->watch = -1;
	free(e->paths.slots);
	e->paths = (struct path_set){ 0 };
	e->key = NULL;
	e->status = status;
	e->took_ms = now_ms() - e->since_ms;
	clock_gettime(CLOCK_REALTIME, &e->ended);
	if (e->kind == SESSION_STEP) {
		forgive_locked(s, e->name);
		e->failed = status != 0;
	}
	tell_ended(s, e);
	session_list_append(&s->ended, e);
	trim_locked(s, true, SESSIONS_FAILED);
	trim_locked(s, false, SESSIONS_ENDED);
}

/* What would pass up to @e goes past it from here on. */
static void pass_by_locked(const struct sessions *s, const struct session *e)
{
	const struct session_list *lists[] = { &s->now, &s->ended };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (struct session *c = lists[i]->first; c; c = c->next)
			if (e->id && c->up == e->id)
				c->up = e->up;
}

/* What has ended, and what it has left passes to. */
struct left {
	uint64_t id, up;
	int status;
};

static struct left end_locked(struct sessions *s, struct session **at,
			      int status)
{
	struct session *e = session_list_take(&s->now, at);
	struct left left = { e->id, e->up, status };

	pass_by_locked(s, e);
	if (e->id) {
		atomic_fetch_sub(&s->seen, 1);
		atomic_fetch_add(&s->turn, 1);
	}
	if (e->id && s->watcher.ended)
		s->watcher.ended(s->watcher.arg, e->id);
	keep_ended_locked(s, e, status);
	return left;
}

static void pass_up(struct sessions *s, const struct left *left)
{
	if (!left->id)
		return;
	if (s->rooms->changes)
		changes_session_end(s->rooms->changes, left->id,
				    left->status < 0 ? AUTHORS_UNKNOWN
						     : left->status);
	if (s->versions)
		versions_pass_session(s->versions, left->id, left->up);
}

static struct left end(struct sessions *s, const void *key, int status)
{
	struct session **at = &s->now.first;

	LOCK_SCOPE(&s->lock);
	while (*at && (*at)->key != key)
		at = &(*at)->next;
	return *at ? end_locked(s, at, status) : (struct left){ 0 };
}

void sessions_end(struct sessions *s, const void *key, int status)
{
	struct left left = end(s, key, status);

	pass_up(s, &left);
}

void sessions_drop(struct sessions *s, const void *key)
{
	sessions_end(s, key, SESSION_KILLED);
}

/* One whose process is gone though its file is still open. */
static bool drop_gone(struct sessions *s, struct left *ret)
{
	struct session **at = &s->now.first;

	LOCK_SCOPE(&s->lock);
	while (*at && !((*at)->begun && outcome_is_over((*at)->watch)))
		at = &(*at)->next;
	if (!*at)
		return false;
	*ret = end_locked(s, at, SESSION_KILLED);
	return true;
}

void sessions_drop_gone(struct sessions *s)
{
	struct left left;

	while (drop_gone(s, &left))
		pass_up(s, &left);
}

/* --- for status ------------------------------------------------------------- */

static void show(const struct session *e,
		 void (*each)(void *arg, const struct session_info *info),
		 void *arg)
{
	each(arg,
	     &(struct session_info){
		     .id = e->id,
		     .parent = e->parent,
		     .kind = e->kind,
		     .name = e->name,
		     .command = e->command,
		     .user = e->user,
		     .pid = e->process.pid,
		     .began = e->began,
		     .ended = e->ended,
		     .took_ms = e->key ? now_ms() - e->since_ms : e->took_ms,
		     .running = e->key != NULL,
		     .failed = e->failed,
		     .learn = e->learn,
		     .status = e->status,
		     .files = e->changed,
		     .overlaps = e->overlapped,
		     .named = e->overlaps,
		     .named_count = e->named,
	     });
}

void sessions_each(struct sessions *s,
		   void (*each)(void *arg, const struct session_info *info),
		   void *arg)
{
	sessions_drop_gone(s);
	LOCK_SCOPE(&s->lock);
	for (const struct session *e = s->ended.first; e; e = e->next)
		show(e, each, arg);
	for (const struct session *e = s->now.first; e; e = e->next)
		if (e->begun)
			show(e, each, arg);
}
