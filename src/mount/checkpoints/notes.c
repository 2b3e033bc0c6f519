/* SPDX-License-Identifier: MIT */
/*
 * notes: what is written into a mark that is open.
 *
 * The mark itself is there since it was opened: that is what a shell is told of.
 * Its note is kept in memory, and goes to it at close and fsync, whole.  A mark
 * whose note will not come, as it is too long or its opener was killed, is taken
 * back.
 */
#include <string.h>

#include "base/util.h"
#include "core/marks/maker.h"
#include "core/marks/mark.h"
#include "idemfs/format.h"
#include "mount/fs/fs.h"

/* Under text_lock: what cannot be kept is missing in the note. */
static int resize_locked(struct handle *h, size_t size)
{
	int r = size > IDEMFS_NOTE_MAX ? -EFBIG
				       : handle_resize_text_locked(h, size);

	if (r < 0)
		h->lost = r;
	return r;
}

int marks_write(struct handle *h, const char *buf, size_t size, off_t off)
{
	size_t end = (size_t)off + size;
	int r = 0;

	LOCK_SCOPE(&h->text_lock);
	if (off < 0 || end < size)
		return -EFBIG;
	if (end > h->size)
		r = resize_locked(h, end);
	if (r < 0)
		return r;
	memcpy(h->text + off, buf, size);
	h->edits++;
	return 0;
}

int notes_truncate(struct handle *h, off_t size)
{
	int r;

	if (size < 0)
		return -EFBIG;
	LOCK_SCOPE(&h->text_lock);
	r = resize_locked(h, (size_t)size);
	if (!r)
		h->edits++;
	return r;
}

/* A copy of what is not saved yet, and its number; NULL when all is. */
static int take_note(struct handle *h, char **ret_note, size_t *ret_size,
		     unsigned int *ret_edits)
{
	LOCK_SCOPE(&h->text_lock);
	if (h->edits == h->saved)
		return 0;
	*ret_note = malloc(h->size + 1);
	if (!*ret_note)
		return -ENOMEM;
	if (h->size)
		memcpy(*ret_note, h->text, h->size);
	*ret_size = h->size;
	*ret_edits = h->edits;
	return 0;
}

static void note_is_saved(struct handle *h, unsigned int edits)
{
	LOCK_SCOPE(&h->text_lock);
	h->saved = edits;
}

/* Another user may have made the mark anew since it was opened. */
static int may_note(struct dir *dir, const char *name, uid_t uid)
{
	struct maker m;
	int r = maker_of(dir, name, &m);

	return r < 0 || maker_is(&m, uid) ? r : -EPERM;
}

/*
 * A note goes to the mark at close and fsync.  save_lock is held over the
 * fsync, for that of two closes at once the newer one is stored last.
 */
int marks_save(struct fs *fs, struct handle *h)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL, *note = NULL;
	struct file_key key;
	unsigned int edits;
	size_t size;
	int r;

	if (h->node->control)
		return 0;
	LOCK_SCOPE(&h->save_lock);
	r = take_note(h, &note, &size, &edits);
	if (r < 0 || !note)
		return r;
	r = fs_place(fs, h->node, &dir, &name, &key);
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
	int r = fs_place(fs, h->node, &dir, &name, &key);

	if (r < 0 || !dir_has(dir, name, &key))
		return 0;
	r = checkpoint_remove(fs->versions, dir, name);
	if (!r)
		standing_tidy(fs->standing);
	return r == -ENOENT ? 0 : r;
}

static bool is_killed(struct fs *fs, struct handle *h, pid_t tid)
{
	return fs->opt->discard != DISCARD_NEVER && tid > 0 &&
	       writer_process(tid) == h->opener &&
	       writer_fate(tid).end == WRITER_KILLED;
}

int marks_flush(struct fs *fs, struct handle *h, pid_t tid)
{
	int lost, r;

	if (h->node->control || !handle_can_write(h))
		return 0;
	pthread_mutex_lock(&h->text_lock);
	lost = h->lost;
	pthread_mutex_unlock(&h->text_lock);
	if (!lost && !is_killed(fs, h, tid))
		return marks_save(fs, h);
	r = take_back(fs, h);
	return r < 0 ? r : lost;
}
