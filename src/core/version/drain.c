/* SPDX-License-Identifier: MIT */
#include "core/version/drain.h"

#include <string.h>

#include "base/util.h"
#include "core/flush/failures.h"
#include "core/locks/locks.h"
#include "core/version/authors.h"
#include "core/version/names.h"
#include "idemfs/format.h"

static bool is_joined_locked(const struct version *v, uid_t uid,
			     uint64_t session)
{
	ASSERT_HELD(&v->table->lock);
	if (v->temp.by.uid == uid && v->session == session)
		return true;
	for (unsigned int i = 0; i < v->joined_count; i++)
		if (v->joined[i].uid == uid && v->joined[i].session == session)
			return true;
	return false;
}

void drain_note_joined_locked(struct version *v, uid_t uid, uint64_t session)
{
	struct joined *bigger;

	if (is_joined_locked(v, uid, session))
		return;
	bigger = reallocarray(v->joined, v->joined_count + 1, sizeof(*bigger));
	if (!bigger) {
		v->joined_lost = true;
		return;
	}
	v->joined = bigger;
	v->joined[v->joined_count++] = (struct joined){ uid, session };
}

static void pass_locked(struct version *v, uint64_t from, uint64_t to)
{
	ASSERT_HELD(&v->table->lock);
	if (v->session == from)
		v->session = to;
	for (unsigned int i = 0; i < v->joined_count; i++)
		if (v->joined[i].session == from)
			v->joined[i].session = to;
}

void versions_pass_session(struct versions *t, uint64_t from, uint64_t to)
{
	struct version *v;

	LOCK_SCOPE(&t->lock);
	to = authors_owner_locked(t, to);
	v = t->all;
	for (unsigned int i = 0; i < t->count; i++, v = v->next)
		pass_locked(v, from, to);
	failures_pass(t->rooms->failures, from, to);
	versions_changed_locked(t);
}

static bool is_or_serves(uid_t writer, uid_t uid)
{
	return writer == uid || writer == 0 || writer == geteuid();
}

/* Was @v opened in the session of @d, or is that not known? */
static bool is_of_session_locked(const struct version *v, const struct drain *d)
{
	ASSERT_HELD(&v->table->lock);
	if (v->session == d->session || v->joined_lost)
		return true;
	for (unsigned int i = 0; i < v->joined_count; i++)
		if (v->joined[i].session == d->session)
			return true;
	return false;
}

/* Does the user of @d, root or the daemon's user write @v, in that session? */
static bool concerns_locked(const struct version *v, const struct drain *d)
{
	ASSERT_HELD(&v->table->lock);
	if (v->joined_lost ||
	    (v->session == d->session && is_or_serves(v->temp.by.uid, d->uid)))
		return true;
	for (unsigned int i = 0; i < v->joined_count; i++)
		if (v->joined[i].session == d->session &&
		    is_or_serves(v->joined[i].uid, d->uid))
			return true;
	return false;
}

/* It holds nothing, and what is there stays as it is. */
static bool is_blank(const struct version *v)
{
	int fd = atomic_load(&v->temp.fd);
	struct stat st;

	return atomic_load(&v->temp.tail) < 0 &&
	       (fd < 0 || (fstat(fd, &st) == 0 && st.st_size == 0));
}

/*
 * Was it opened only to be locked, and not to write (`exec 9> lock; flock 9`)?
 * A mark need not wait for it to be true.
 */
static bool is_lock_file_locked(struct versions *t, struct version *v)
{
	ASSERT_HELD(&t->lock);
	return t->rooms->locks && v->state < VERSION_SEALED &&
	       locks_any(t->rooms->locks, &v->line->locks) && is_blank(v);
}

static bool is_waited_for_locked(const struct version *v, const struct drain *d)
{
	ASSERT_HELD(&v->table->lock);
	switch (v->state) {
	case VERSION_SEALED:
		return is_of_session_locked(v, d);
	case VERSION_PENDING:
	case VERSION_HELD:
		return concerns_locked(v, d);
	default:
		return false;
	}
}

/*
 * The oldest version below @limit that is not settled yet, and (@unsealed) not
 * closed yet.
 */
static struct version *oldest_locked(struct versions *t, uint64_t limit,
				     const struct drain *d, bool unsealed)
{
	struct version *v = t->all;

	ASSERT_HELD(&t->lock);
	for (unsigned int i = 0; i < t->count; i++, v = v->next)
		if (v->temp.id < limit && is_waited_for_locked(v, d) &&
		    !(unsealed && v->state == VERSION_SEALED) &&
		    !is_lock_file_locked(t, v))
			return v;
	return NULL;
}

static char *path_locked(const struct version *v)
{
	ASSERT_HELD(&v->table->lock);
	return v->names ? dir_path(v->names->dir, vname_name(v->names)) : NULL;
}

static pid_t writer_pid_locked(const struct version *v)
{
	ASSERT_HELD(&v->table->lock);
	return v->writers ? v->writers->pid : v->temp.pid;
}

static void name_other_locked(struct drain *d, const struct version *v)
{
	char *path = path_locked(v);

	ASSERT_HELD(&v->table->lock);
	if (path && strlen(path) <= IDEMFS_PATH_MAX)
		d->others[d->named++] = path;
	else
		free(path);
}

static void note_others_locked(struct versions *t, struct drain *d)
{
	struct version *v = t->all;

	ASSERT_HELD(&t->lock);
	for (unsigned int i = 0; i < t->count; i++, v = v->next) {
		if (v->state != VERSION_PENDING && v->state != VERSION_HELD)
			continue;
		if (!is_of_session_locked(v, d) || concerns_locked(v, d))
			continue;
		d->count++;
		if (d->named < DRAIN_NAMED_MAX)
			name_other_locked(d, v);
	}
}

/* -EBUSY with the path (malloc'ed) and pid of a version that is still open. */
static int wait_for_older(struct versions *t, struct drain *d, char **ret_path,
			  pid_t *ret_pid)
{
	int64_t until = now_ms() + d->wait_ms;
	struct version *v;
	uint64_t limit;
	int r = 0;

	LOCK_SCOPE(&t->lock);
	limit = t->next_id;
	while ((v = oldest_locked(t, limit, d, false))) {
		/* A closed version waits only for the disk, for any time. */
		struct version *open = oldest_locked(t, limit, d, true);

		if (d->interrupted && atomic_load(d->interrupted))
			return -EINTR;
		if (t->ending || (r == ETIMEDOUT && open)) {
			v = open ? open : v;
			*ret_path = path_locked(v);
			*ret_pid = writer_pid_locked(v);
			return -EBUSY;
		}
		r = versions_wait_until_locked(t, open ? until : -1);
	}
	note_others_locked(t, d);
	return 0;
}

/* Without a lock: see writer_command(). */
static void name_it(struct drain *d, const char *path, pid_t pid)
{
	char command[128];

	writer_command(pid, command, sizeof(command));
	snprintf(d->who, sizeof(d->who),
		 "\"%s\" is still open for writing by pid %d (%s)",
		 path ? path : "?", (int)pid, command);
}

int drain_versions(struct versions *t, struct drain *d)
{
	auto_free char *path = NULL;
	pid_t pid = 0;
	int r = wait_for_older(t, d, &path, &pid);

	if (r == -EBUSY)
		name_it(d, path, pid);
	return r;
}

void drain_release(struct drain *d)
{
	for (unsigned int i = 0; i < d->named; i++)
		free(d->others[i]);
	d->named = d->count = 0;
}

/* A version of @session that was SEALED before turn @limit. */
static bool is_closing_locked(struct versions *t, uint64_t session,
			      uint64_t limit)
{
	struct version *v = t->all;

	ASSERT_HELD(&t->lock);
	for (unsigned int i = 0; i < t->count; i++, v = v->next)
		if (v->state == VERSION_SEALED && v->session == session &&
		    v->turn < limit)
			return true;
	return false;
}

void drain_closed(struct versions *t, uint64_t session)
{
	uint64_t limit;

	if (!session)
		return;
	LOCK_SCOPE(&t->lock);
	limit = t->next_id;
	while (is_closing_locked(t, session, limit))
		versions_wait_locked(t);
}
