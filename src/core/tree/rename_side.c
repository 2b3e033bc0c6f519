/* SPDX-License-Identifier: MIT */
#include "core/tree/rename_side.h"

#include <fcntl.h>
#include <linux/fs.h>

#include "base/util.h"
#include "core/flush/flush.h"
#include "core/flush/vouched.h"
#include "core/flush/write_ahead.h"
#include "core/version/pending.h"
#include "core/version/shown.h"

static bool is_vouched(const struct versions *t, const struct rename_side *s)
{
	return s->exists && !s->dir->marks &&
	       vouched_has(versions_rooms(t)->vouched, &s->st);
}

/* May @s, of the type that @over has, not have its bytes on disk? */
static bool must_flush(const struct versions *t, const struct rename_side *s,
		       const struct rename_side *over, unsigned int flags)
{
	struct file_key key = statx_key(&s->st);
	mode_t type = s->st.stx_mode & S_IFMT;

	if (!s->exists || !is_vouched(t, over) ||
	    (over->st.stx_mode & S_IFMT) != type ||
	    file_key_equal(&s->on_disk, &key))
		return false;
	return type == S_IFREG ||
	       (type == S_IFDIR && (flags & RENAME_EXCHANGE));
}

static int write_out_file(struct versions *t, const struct rename_side *s,
			  const struct file_key *key)
{
	auto_fd fd = -1;
	int r = versions_open_file(t, s->dir, s->name, O_RDONLY, key, &fd);

	if (r < 0)
		return r;
	WAIT_SCOPE(&versions_rooms(t)->wait);
	return way_flush_bytes(s->dir->key.dev == versions_rooms(t)->disk.dev
				       ? versions_rooms(t)->disk.way
				       : WAY_EACH,
			       fd);
}

/* Under no lock: another may have come there.  Then there is a next time. */
static int flush_side(struct versions *t, struct rename_side *s)
{
	struct file_key key = statx_key(&s->st);
	int r = S_ISREG(s->st.stx_mode) ? write_out_file(t, s, &key) : -EISDIR;

	/* A directory, or what may not be read. */
	if (r == -EISDIR || r == -EACCES || r == -EPERM || r == -EWOULDBLOCK)
		r = flush_sync(versions_rooms(t)->flush);
	if (!r)
		s->on_disk = key;
	return r == -ESTALE || r == -ENOENT ? 0 : r;
}

static void write_side_ahead(struct versions *t, const struct rename_side *s,
			     const struct rename_side *to, bool exchange)
{
	const struct write_ahead_rename c = {
		.dir = s->dir,
		.name = s->name,
		.to = to->dir,
		.to_name = to->name,
		.ino = s->st.stx_ino,
		.exchange = exchange,
	};

	if (is_vouched(t, s) || is_vouched(t, to))
		write_ahead_renamed(versions_rooms(t)->write_ahead, &c);
}

/* @s has come to where @over was. */
static void note_over(struct versions *t, const struct rename_side *s,
		      const struct rename_side *over)
{
	if (!s->exists || !is_vouched(t, over))
		return;
	if (rename_side_is_dir(s))
		vouched_forget_fresh(versions_rooms(t)->vouched);
	else
		vouched_placed(versions_rooms(t)->vouched, &s->st, true);
}

bool rename_sides_must_flush(const struct versions *t,
			     const struct rename_side *from,
			     const struct rename_side *to, unsigned int flags)
{
	return must_flush(t, from, to, flags) ||
	       ((flags & RENAME_EXCHANGE) && must_flush(t, to, from, flags));
}

int rename_sides_flush(struct versions *t, struct rename_side *from,
		       struct rename_side *to, unsigned int flags)
{
	int r = flush_side(t, from);

	return r < 0 || !(flags & RENAME_EXCHANGE) ? r : flush_side(t, to);
}

void rename_sides_foretell(struct versions *t, const struct rename_side *from,
			   const struct rename_side *to, unsigned int flags)
{
	bool exchange = flags & RENAME_EXCHANGE;

	write_side_ahead(t, from, to, exchange);
	if (exchange)
		write_side_ahead(t, to, from, exchange);
}

void rename_sides_came(struct versions *t, const struct rename_side *from,
		       const struct rename_side *to, unsigned int flags)
{
	note_over(t, from, to);
	if (flags & RENAME_EXCHANGE)
		note_over(t, to, from);
}
