/* SPDX-License-Identifier: MIT */
#include "core/flush/vouched.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <xxhash.h>

#include "base/util.h"

#define FIRST_ROOM ((size_t)256)

/* Fingerprints of 64 bits: two equal ones are less likely than a bad disk. */
struct vouched {
	bool never;	 /* const: nothing is vouched for */
	atomic_bool any; /* atomic: there is a mark */
	pthread_mutex_t lock;
	uint64_t *fresh; /* under lock: a hash table; 0: free */
	size_t room;	 /* under lock: a power of two */
	size_t used;	 /* under lock: at most half of that */
};

static bool has_entries(int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool found = !d; /* a file that cannot be looked at may be there */
	struct dirent *e;

	if (!d) {
		close_fd(fd);
		return found;
	}
	while (!found && (e = readdir(d)))
		found = strcmp(e->d_name, ".") != 0 &&
			strcmp(e->d_name, "..") != 0;
	closedir(d);
	return found;
}

int vouched_new(const struct state *state, enum durability_level level,
		struct vouched **ret)
{
	struct vouched *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->never = level == DURABILITY_NONE;
	w->any = !w->never && has_entries(state->marks);
	pthread_mutex_init(&w->lock, NULL);
	*ret = w;
	return 0;
}

void vouched_free(struct vouched *w)
{
	if (!w)
		return;
	pthread_mutex_destroy(&w->lock);
	free(w->fresh);
	free(w);
}

bool vouched_any(const struct vouched *w)
{
	return w && atomic_load(&w->any);
}

/* The table */

static uint64_t print_of(const struct statx *st)
{
	struct file_key key = statx_key(st);
	uint64_t print = XXH3_64bits(&key, sizeof(key));

	return print ? print : 1;
}

/* The slot where it is, or belongs. */
static uint64_t *slot_locked(const struct vouched *w, uint64_t print)
{
	size_t i = print & (w->room - 1);

	while (w->fresh[i] && w->fresh[i] != print)
		i = (i + 1) & (w->room - 1);
	return &w->fresh[i];
}

static bool grow_locked(struct vouched *w)
{
	struct vouched bigger = { .room = w->room ? w->room * 2 : FIRST_ROOM };

	if (bigger.room > 2 * VOUCHED_FRESH_MAX)
		return false;
	bigger.fresh = calloc(bigger.room, sizeof(*bigger.fresh));
	if (!bigger.fresh)
		return false;
	for (size_t i = 0; i < w->room; i++)
		if (w->fresh[i])
			*slot_locked(&bigger, w->fresh[i]) = w->fresh[i];
	free(w->fresh);
	w->fresh = bigger.fresh;
	w->room = bigger.room;
	return true;
}

static void add_locked(struct vouched *w, uint64_t print)
{
	uint64_t *slot;

	if (w->used * 2 >= w->room && !grow_locked(w))
		return;
	slot = slot_locked(w, print);
	w->used += !*slot;
	*slot = print;
}

/* The entries after it move up, so that they are found. */
static void remove_locked(struct vouched *w, uint64_t print)
{
	uint64_t *slot = w->room ? slot_locked(w, print) : NULL;
	size_t i;

	if (!slot || !*slot)
		return;
	*slot = 0;
	w->used--;
	i = (size_t)(slot - w->fresh);
	while (w->fresh[i = (i + 1) & (w->room - 1)]) {
		uint64_t moved = w->fresh[i];

		w->fresh[i] = 0;
		*slot_locked(w, moved) = moved;
	}
}

static void clear_locked(struct vouched *w)
{
	free(steal_ptr(&w->fresh));
	w->room = w->used = 0;
}

/* Queries */

void vouched_cut(struct vouched *w)
{
	if (!w || w->never)
		return;
	LOCK_SCOPE(&w->lock);
	clear_locked(w);
	atomic_store(&w->any, true);
}

void vouched_forget_fresh(struct vouched *w)
{
	if (!vouched_any(w))
		return;
	LOCK_SCOPE(&w->lock);
	clear_locked(w);
}

bool vouched_has(struct vouched *w, const struct statx *st)
{
	if (!vouched_any(w))
		return false;
	LOCK_SCOPE(&w->lock);
	return !w->room || !*slot_locked(w, print_of(st));
}

bool vouched_at(struct vouched *w, struct dir *dir, const char *name)
{
	struct statx st;

	return vouched_any(w) && !dir->marks && !dir_statx(dir, name, &st) &&
	       vouched_has(w, &st);
}

void vouched_placed(struct vouched *w, const struct statx *st, bool over)
{
	if (!vouched_any(w))
		return;
	LOCK_SCOPE(&w->lock);
	if (over)
		remove_locked(w, print_of(st));
	else
		add_locked(w, print_of(st));
}
