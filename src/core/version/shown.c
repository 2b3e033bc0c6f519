/* SPDX-License-Identifier: MIT */
#include "core/version/shown.h"

#include "base/util.h"
#include "core/version/promise.h"

struct version_facts version_facts(const struct version *v)
{
	return (struct version_facts){
		.table = v->table,
		.id = v->temp.id,
		.owner = v->owner,
		.line = v->line,
		.replaces = v->replaces,
		.base = v->base_key,
		.near = v->temp.near,
	};
}

int version_temp_fd(const struct version *v)
{
	return atomic_load(&v->temp.fd);
}

bool version_is_bare(const struct version *v)
{
	/* Once there is a temp, what else is const of it is known, too. */
	return atomic_load(&v->temp.fd) >= 0 &&
	       (v->temp.bare || !v->replaces) && !atomic_load(&v->changed);
}

void version_note_changed(struct version *v)
{
	atomic_store(&v->changed, true);
}

int version_stat_shown(struct version *v, struct stat *ret)
{
	bool empty = v->temp.truncated && atomic_load(&v->temp.fd) < 0;
	struct stat base;
	int r = version_stat(v, ret);

	if (r < 0)
		return r;
	/* It has no temp until it is opened. */
	if (empty)
		ret->st_size = ret->st_blocks = 0;
	/*
	 * The temp gets its own number when it is promoted.  Until then that of
	 * the base, which is open, is not given to another file.
	 */
	if (!v->temp.truncated && v->temp.base >= 0 &&
	    !fstat(v->temp.base, &base)) {
		ret->st_dev = base.st_dev;
		ret->st_ino = base.st_ino;
	}
	/* The kernel refuses to link a file that has no link. */
	if (!ret->st_nlink && version_is_named(v))
		ret->st_nlink = 1;
	return 0;
}

unsigned long versions_tails(struct versions *t)
{
	return atomic_load(&t->tails.begun);
}

void versions_thread_seen(struct versions *t, pid_t tid)
{
	promises_seen(t->promises, tid);
}

void versions_count_all(struct versions *t, struct versions_counts *ret)
{
	*ret = (struct versions_counts){
		.promoted = atomic_load(&t->promoted),
		.promoted_bytes = atomic_load(&t->promoted_bytes),
		.discarded = atomic_load(&t->discarded),
		.failed = atomic_load(&t->failed),
		.owners_lost = temps_owners_lost(t->rooms->temps),
		.at_close = t->promises,
	};
	promises_count(t->promises, &ret->flushed, &ret->flushes);
}
