/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/notes.h"

#include <string.h>

#include "base/util.h"
#include "core/marks/checkpoint.h"
#include "core/marks/maker.h"
#include "core/marks/mark.h"
#include "core/verify/stale.h"
#include "mount/entry/place.h"
#include "mount/node/handle.h"

/* A copy of what is not saved yet, and its number; NULL when all is. */
static int take_note(struct handle *h, char **ret_note, size_t *ret_size,
		     unsigned int *ret_edits)
{
	LOCK_SCOPE(&h->text.lock);
	if (h->text.edits == h->text.saved)
		return 0;
	*ret_note = malloc(h->text.size + 1);
	if (!*ret_note)
		return -ENOMEM;
	if (h->text.size)
		memcpy(*ret_note, h->text.bytes, h->text.size);
	*ret_size = h->text.size;
	*ret_edits = h->text.edits;
	return 0;
}

static void note_is_saved(struct handle *h, unsigned int edits)
{
	LOCK_SCOPE(&h->text.lock);
	h->text.saved = edits;
}

/* Another user may have made the mark anew since it was opened. */
static int may_note(struct dir *dir, const char *name, uid_t uid)
{
	struct maker m;
	int r = maker_of(dir, name, &m);

	return r < 0 || maker_is(&m, uid) ? r : -EPERM;
}

/*
 * save_lock is held over the fsync, so that of two closes at once the newer
 * note is stored last.
 */
int notes_save(struct fs *fs, struct handle *h)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL, *note = NULL;
	struct file_key key;
	unsigned int edits;
	size_t size;
	int r;

	LOCK_SCOPE(&h->text.save_lock);
	r = take_note(h, &note, &size, &edits);
	if (r < 0 || !note)
		return r;
	r = place_find(fs, h->node, &dir, &name, &key);
	if (!r)
		r = may_note(dir, name, h->by.uid);
	if (!r)
		r = mark_set_note(fs->versions, dir, name, note, size);
	/* Removed meanwhile: there is nothing to note it in. */
	if (r == -ENOENT)
		r = 0;
	if (!r)
		note_is_saved(h, edits);
	return r;
}

/* A mark that was saved, or made anew by others, is another file. */
static int take_back(struct fs *fs, struct handle *h)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = place_find(fs, h->node, &dir, &name, &key);

	if (r < 0 || !dir_has(dir, name, &key))
		return 0;
	r = checkpoint_remove(fs->versions, dir, name);
	if (!r)
		stale_tidy(fs->stale);
	return r == -ENOENT ? 0 : r;
}

static bool is_killed(struct fs *fs, struct handle *h, pid_t tid)
{
	return fs->opt->discard != DISCARD_NEVER && tid > 0 &&
	       writer_process(tid) == h->text.opener &&
	       writer_fate(tid).end == WRITER_KILLED;
}

int notes_flush(struct fs *fs, struct handle *h, pid_t tid)
{
	int lost, r;

	if (!handle_can_write(h))
		return 0;
	pthread_mutex_lock(&h->text.lock);
	lost = h->text.lost;
	pthread_mutex_unlock(&h->text.lock);
	if (!lost && !is_killed(fs, h, tid))
		return notes_save(fs, h);
	r = take_back(fs, h);
	return r < 0 ? r : lost;
}
