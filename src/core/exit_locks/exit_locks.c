/* SPDX-License-Identifier: MIT */
#include "core/exit_locks/exit_locks.h"

#include "base/lock.h"
#include "base/util.h"
#include "core/locks/locks.h"
#include "core/process/writer.h"
#include "core/version/pending.h"

struct will {
	pid_t pid;	      /* const */
	struct lineage *line; /* const: a reference */
	struct will *next;    /* under w->lock */
	uint64_t number;      /* under w->lock: grows */
	bool taken;	      /* under w->lock: a thread executes it */
};

struct exit_locks {
	struct versions *versions; /* const */
	struct locks *locks;	   /* const */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* with lock: one has been executed */
	struct will *all;	/* under lock: newest first, taken ones too */
	uint64_t next;		/* under lock */
};

int exit_locks_new(struct versions *t, struct locks *locks,
		   struct exit_locks **ret)
{
	struct exit_locks *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->versions = t;
	w->locks = locks;
	lock_init(&w->lock);
	pthread_cond_init(&w->changed, NULL);
	*ret = w;
	return 0;
}

void exit_locks_free(struct exit_locks *w)
{
	if (!w)
		return;
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

pid_t exit_locks_process(struct exit_locks *w, pid_t tid)
{
	if (!versions_count(w->versions) || !writer_is_dying(tid))
		return 0;
	return writer_process(tid);
}

/* Its address is the owner and the handle: no other has that number. */
static uint64_t executor(const struct will *will)
{
	return (uintptr_t)will;
}

/* True if it is the first of its process that no thread has taken. */
static bool add(struct exit_locks *w, struct will *will)
{
	bool first = true;

	LOCK_SCOPE(&w->lock);
	for (struct will *other = w->all; other; other = other->next)
		if (other->pid == will->pid && !other->taken)
			first = false;
	will->number = w->next++;
	will->next = w->all;
	w->all = will;
	return first;
}

bool exit_locks_leave(struct exit_locks *w, struct lineage *line, pid_t pid,
		      uint64_t owner, uint64_t handle, pid_t *ret_pid)
{
	struct will *will = malloc(sizeof(*will));

	if (!will)
		return false;
	*will = (struct will){ .pid = pid, .line = lineage_get(line) };
	locks_leave(w->locks, &line->locks, owner, handle, executor(will));
	/* From here on it may be executed, and gone. */
	*ret_pid = add(w, will) ? pid : 0;
	return true;
}

/* The oldest of @pid: it stays in the list, for exit_locks_wait(). */
static struct will *take(struct exit_locks *w, pid_t pid)
{
	struct will *found = NULL;

	LOCK_SCOPE(&w->lock);
	for (struct will *will = w->all; will; will = will->next)
		if (will->pid == pid && !will->taken)
			found = will;
	if (found)
		found->taken = true;
	return found;
}

static void take_out(struct exit_locks *w, struct will *will)
{
	struct will **at = &w->all;

	LOCK_SCOPE(&w->lock);
	while (*at != will)
		at = &(*at)->next;
	*at = will->next;
	pthread_cond_broadcast(&w->changed);
}

static void execute(struct exit_locks *w, struct will *will)
{
	locks_answer(w->locks, locks_drop_handle(w->locks, &will->line->locks,
						 executor(will)));
	take_out(w, will);
	lineage_put(will->line);
	free(will);
}

static void wait_for_end(struct versions *t, pid_t pid)
{
	WAIT_SCOPE(&versions_rooms(t)->wait);
	writer_wait_dead(pid, WILL_DEATH_MS);
	versions_wait_sealed(t, pid, WILL_SEAL_MS);
}

void exit_locks_drop(struct exit_locks *w, pid_t pid)
{
	struct will *will;

	if (!pid)
		return;
	wait_for_end(w->versions, pid);
	while ((will = take(w, pid)))
		execute(w, will);
}

static bool any_before_locked(const struct exit_locks *w,
			      const struct lineage *line, uint64_t number)
{
	ASSERT_HELD(&w->lock);
	for (struct will *will = w->all; will; will = will->next)
		if (will->line == line && will->number < number)
			return true;
	return false;
}

/* Is any left in @line?  *ret_number: one that comes now would get it. */
static bool any_left(struct exit_locks *w, const struct lineage *line,
		     uint64_t *ret_number)
{
	LOCK_SCOPE(&w->lock);
	*ret_number = w->next;
	return any_before_locked(w, line, w->next);
}

void exit_locks_wait(struct exit_locks *w, const struct lineage *line)
{
	uint64_t number;

	if (!any_left(w, line, &number))
		return;
	WAIT_SCOPE(&versions_rooms(w->versions)->wait);
	LOCK_SCOPE(&w->lock);
	while (any_before_locked(w, line, number))
		pthread_cond_wait(&w->changed, &w->lock);
}
