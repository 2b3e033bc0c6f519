/* SPDX-License-Identifier: MIT */
#include "core/changes/changes.h"

#include <fcntl.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/compare.h"
#include "core/changes/file.h"

#define BACKLOG_MAX ((size_t)64 << 20)
#define DEAD_MAX ((off_t)1 << 20) /* then what marks have told is cut off */
#define LONG ((off_t)256 << 20)	  /* then it is made shorter */
#define NOT_KNOWN UINT64_MAX	  /* no author */

struct changes {
	const struct state *state;   /* const */
	const struct events *events; /* const */
	pthread_mutex_t lock;
	int fd;			/* under lock */
	off_t end;		/* under lock: where the next line goes */
	off_t shortened;	/* under lock: how long it was then */
	uint64_t seq;		/* under lock: the last one given away */
	uint64_t by;		/* under lock: the author of the line before */
	struct authors authors; /* under lock */
	struct changes_file_found last; /* under lock: boot: const; marked,
				      flushed, failed and mixed */
	unsigned int spans;   /* under lock: marks that are being made */
	unsigned long marked; /* under lock: how many were made */
	int root;      /* under lock: records from before a power cut are still
		     to be compared with what is below it; -1: done */
	char *backlog; /* under lock: lines that could not be written yet */
	size_t backlog_size, backlog_room; /* under lock */
	bool lost; /* under lock: there was no memory for some of them, */
	bool gap;  /*   at any time */
};

/*
 * Replaces the file by a new one, @end bytes long.  It is flushed, since on XFS
 * the rename may be on disk before the bytes.  The lock is held meanwhile, as
 * an exception: this happens at a mount, or once in ten thousand changes, and
 * the file is short.
 */
static int swap_locked(struct changes *h, int fd, off_t end)
{
	int r = sys.fdatasync(fd);

	if (!r)
		r = sys.renameat2(h->state->dir, CHANGES_NEW, h->state->dir,
				  CHANGES_NAME, 0);
	if (r < 0) {
		sys.unlinkat(h->state->dir, CHANGES_NEW, 0);
		close_fd(fd);
		return r;
	}
	close_fd(h->fd);
	h->fd = fd;
	h->end = end;
	return 0;
}

/* Appending */

static void keep_locked(struct changes *h, const char *text, size_t n)
{
	size_t room = h->backlog_room ? h->backlog_room : 65536;
	char *bigger;

	while (room < h->backlog_size + n)
		room *= 2;
	bigger = room > BACKLOG_MAX ? NULL : realloc(h->backlog, room);
	if (!bigger) {
		h->lost = h->gap = true;
		h->by = NOT_KNOWN;
		return;
	}
	h->backlog = bigger;
	h->backlog_room = room;
	memcpy(h->backlog + h->backlog_size, text, n);
	h->backlog_size += n;
}

static int write_backlog_locked(struct changes *h)
{
	int r = sys_pwrite_all(h->fd, h->backlog, h->backlog_size, h->end);

	if (r < 0)
		return r;
	h->end += (off_t)h->backlog_size;
	h->backlog_size = h->backlog_room = 0;
	free(steal_ptr(&h->backlog));
	return 0;
}

static void append_locked(struct changes *h, const char *text, size_t n)
{
	int r = h->backlog_size ? write_backlog_locked(h) : 0;

	if (!r)
		r = sys_pwrite_all(h->fd, text, n, h->end);
	if (!r) {
		h->end += (off_t)n;
		return;
	}
	if (!h->backlog_size)
		events_tell(h->events, LOG_WARN,
			    STATE_DIR "/" CHANGES_NAME
				      ": %s; no mark can be made "
				      "until that is over",
			    strerror(-r));
	keep_locked(h, text, n);
}

/* Start */

/* Where the next line goes. */
static struct authors_place here_locked(const struct changes *h)
{
	return (struct authors_place){ h->end + (off_t)h->backlog_size, h->by,
				       h->seq };
}

/* What is before @here is now at @first, and without what was told. */
static void move_places_locked(struct changes *h, off_t first,
			       const struct authors_place *here)
{
	for (size_t i = 0; i < h->authors.count; i++) {
		struct author *who = &h->authors.items[i];

		if (who->first.at >= 0)
			who->first =
				(struct authors_place){ first, 0, here->seq };
		if (who->last_at >= 0)
			who->last_at = here->at;
		who->begin = *here;
	}
}

/*
 * A new file of the records of @map that are true below h->root.  It ends with
 * author 0.
 */
static int tidy_locked(struct changes *h, struct pathmap *map)
{
	off_t end;
	int fd, r = changes_file_write(h->state->dir, &h->last, &h->authors,
				       map, h->root, &fd, &end);

	if (!r)
		r = swap_locked(h, fd, end);
	if (r < 0)
		return r;
	h->root = -1;
	h->by = 0;
	move_places_locked(h, 0, &(struct authors_place){ end, 0, h->seq });
	return 0;
}

/*
 * If there is no room for a new file, the old one is kept until the next mark,
 * since the user may mount to make room.  Its last line may be torn.
 */
static int keep_old_locked(struct changes *h)
{
	h->end = lseek(h->fd, 0, SEEK_END);
	if (h->end < 0)
		return -errno;
	append_locked(h, "\n", 1);
	h->by = NOT_KNOWN;
	return 0;
}

/* All sessions have ended, and author 0 owns what they left: @map. */
static void take_over(struct changes *h, const struct pathmap *map)
{
	struct author *nobody = &h->authors.items[0];

	h->seq = (uint64_t)time(NULL) << 20;
	/* Greater than any, also when the file was lost. */
	if (h->last.used > h->seq)
		h->seq = h->last.used;
	if (h->last.last <= h->last.flushed)
		h->last.flushed = h->seq; /* all is on disk */
	if (pathmap_is_empty(map)) {
		h->last.marked = h->seq; /* all is told */
		h->last.mixed = false;
	} else {
		nobody->first = (struct authors_place){ .seq = h->seq };
	}
	nobody->marked = h->last.marked;
	nobody->marked_at = h->last.marked_at;
	nobody->last = h->last.last;
}

static int go_on(struct changes *h, int root)
{
	struct pathmap *map = pathmap_new();
	char boot[CHANGES_BOOT];
	int r = map ? changes_file_load(h->fd, map, &h->last, NULL) : -ENOMEM;

	changes_file_boot(boot);
	/* The same: no power was cut. */
	h->root = strcmp(h->last.boot, boot) ? root : -1;
	memcpy(h->last.boot, boot, sizeof(boot));
	if (!r) {
		take_over(h, map);
		r = tidy_locked(h, map);
	}
	if (is_no_room(r))
		r = keep_old_locked(h);
	pathmap_free(map);
	return r;
}

int changes_open(const struct state *state, int root,
		 const struct events *events, struct changes **ret)
{
	struct changes *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->state = state;
	h->events = events;
	h->fd = -1;
	pthread_mutex_init(&h->lock, NULL);
	r = authors_init(&h->authors);
	if (!r)
		h->fd = sys_open_file(state->dir, CHANGES_NAME,
				      O_RDWR | O_CREAT);
	if (!r)
		r = h->fd < 0 ? h->fd : go_on(h, root);
	if (r < 0)
		changes_close(h);
	else
		*ret = h;
	return r;
}

void changes_close(struct changes *h)
{
	if (!h)
		return;
	close_fd(h->fd);
	pthread_mutex_destroy(&h->lock);
	authors_release(&h->authors);
	free(h->backlog);
	free(h);
}

struct reading {
	int (*each)(void *arg, const struct record *r);
	void *arg;
	struct compare_cut cut;
};

static int read_one(void *arg, const struct record *r, uint32_t node)
{
	struct reading *m = arg;

	return compare_cut_holds(&m->cut, r, node) ? m->each(m->arg, r) : 0;
}

int changes_read_each(const struct state *state, int root,
		      int (*each)(void *arg, const struct record *r), void *arg)
{
	auto_fd fd = sys_open_file(state->dir, CHANGES_NAME, O_RDONLY);
	struct reading m = { .each = each, .arg = arg };
	struct changes_file_found found;
	struct pathmap *map = NULL;
	char boot[CHANGES_BOOT];
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	map = pathmap_new();
	r = map ? changes_file_load(fd, map, &found, NULL) : -ENOMEM;
	changes_file_boot(boot);
	/* The same: no power was cut. */
	if (!r)
		r = compare_cut_begin(strcmp(boot, found.boot) ? root : -1, map,
				      &m.cut);
	if (!r)
		r = pathmap_each(map, read_one, &m);
	pathmap_free(map);
	return r;
}

static int apply_one(void *arg, const struct record *r)
{
	return pathmap_apply(arg, r, 0);
}

int changes_read(const struct state *state, int root, struct pathmap *into)
{
	return changes_read_each(state, root, apply_one, into);
}

static int first_one(void *arg, const struct record *r, uint32_t node)
{
	uint64_t *first = arg;

	(void)node;
	*first = r->seq;
	return 1;
}

int changes_read_first(const struct state *state, uint64_t *ret)
{
	auto_fd fd = sys_open_file(state->dir, CHANGES_NAME, O_RDONLY);
	struct changes_file_found found;
	struct pathmap *map = NULL;
	int r;

	*ret = UINT64_MAX;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	map = pathmap_new();
	r = map ? changes_file_load(fd, map, &found, NULL) : -ENOMEM;
	if (!r)
		r = pathmap_each(map, first_one, ret);
	pathmap_free(map);
	return r < 0 ? r : 0;
}

/* Sessions */

/* Appends `# by` to @text, if @id is another author than that of the line before. */
static size_t turn_to_locked(struct changes *h, uint64_t id,
			     char text[CHANGES_LINE])
{
	if (id == h->by)
		return 0;
	h->by = id;
	return changes_file_by(id, text);
}

int changes_session_begin(struct changes *h, const struct changes_session *s,
			  uint64_t *ret_id)
{
	struct changes_session spec = *s;
	struct author *who;
	int r;

	LOCK_SCOPE(&h->lock);
	spec.parent = authors_owner(&h->authors, s->parent);
	r = authors_begin(&h->authors, h->seq + 1, &spec);
	if (r < 0)
		return r;
	who = authors_find(&h->authors, ++h->seq);
	who->begin = here_locked(h);
	append_locked(h, who->line, strlen(who->line));
	*ret_id = h->seq;
	return 0;
}

void changes_session_end(struct changes *h, uint64_t id, int status)
{
	struct timespec now;
	char text[CHANGES_LINE];
	struct author *who;

	clock_gettime(CLOCK_REALTIME, &now);
	LOCK_SCOPE(&h->lock);
	who = id ? authors_find(&h->authors, id) : NULL;
	if (!who || who->ended)
		return;
	authors_end(&h->authors, id, ++h->seq, status, &now);
	append_locked(h, text, authors_write_ended(who, text));
}

/* Changes */

static void note_author_locked(struct changes *h, const struct record *r,
			       const struct authors_place *here)
{
	struct author *who = authors_find(&h->authors, r->session);

	who->last = r->seq;
	who->last_at = here->at;
	if (who->first.at < 0)
		who->first = *here;
}

void changes_add(struct changes *h, struct record *r)
{
	char text[CHANGES_LINE + RECORD_MAX];
	struct authors_place here;
	size_t used;
	ssize_t n;

	LOCK_SCOPE(&h->lock);
	here = here_locked(h);
	r->seq = ++h->seq;
	if (r->session)
		r->session = authors_owner(&h->authors, r->session);
	used = turn_to_locked(h, r->session, text);
	n = record_encode(r, text + used);
	note_author_locked(h, r, &here);
	if (n > 0) {
		append_locked(h, text, used + (size_t)n);
		return;
	}
	append_locked(h, text, used);
	events_tell(h->events, LOG_WARN,
		    "a path of more than %d bytes was changed: the next mark "
		    "fails, since it cannot tell so",
		    IDEMFS_PATH_MAX);
	h->lost = h->gap = true;
}

void changes_hashed(struct changes *h, uint64_t seq, uint64_t ino,
		    const struct digest *d)
{
	char text[CHANGES_LINE];
	size_t n = changes_file_hashed(seq, ino, d, text);

	LOCK_SCOPE(&h->lock);
	append_locked(h, text, n);
}

/* May what marks have told come between what they have not? */
static bool is_mixed_locked(const struct changes *h)
{
	return h->last.mixed || h->authors.count > 1;
}

/* Flushes */

uint64_t changes_seq(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return h->seq;
}

void changes_flushed(struct changes *h, uint64_t seq)
{
	char text[CHANGES_LINE];

	LOCK_SCOPE(&h->lock);
	if (seq <= h->last.flushed)
		return;
	h->last.flushed = seq;
	append_locked(h, text, changes_file_flushed(seq, text));
}

int changes_sync(struct changes *h)
{
	auto_fd fd = -1;

	pthread_mutex_lock(&h->lock);
	fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	pthread_mutex_unlock(&h->lock);
	return fd < 0 ? -errno : sys.fdatasync(fd);
}

void changes_failed(struct changes *h)
{
	char text[CHANGES_LINE];

	LOCK_SCOPE(&h->lock);
	h->last.failed = h->seq;
	append_locked(h, text, changes_file_failed(h->seq, text));
}

/* The earliest place of what no mark has told. */
static struct authors_place first_locked(const struct changes *h)
{
	struct authors_place first = here_locked(h);

	for (size_t i = 0; i < h->authors.count; i++) {
		const struct author *who = &h->authors.items[i];

		if (who->first.at >= 0 && who->first.at < first.at)
			first = who->first;
	}
	return first;
}

/* Of all authors, what is neither told nor on disk. */
static struct author_told *unflushed_locked(const struct changes *h)
{
	uint64_t after = h->last.flushed > h->last.marked ? h->last.flushed
							  : h->last.marked;

	return changes_file_told(&h->authors, after);
}

int changes_unflushed(struct changes *h, struct pathmap *into,
		      uint64_t *ret_failed)
{
	auto_free struct author_told *told = NULL;
	struct changes_pick pick = { .upto = UINT64_MAX };
	struct authors_place from;
	auto_fd fd = -1;

	pthread_mutex_lock(&h->lock);
	fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	from = first_locked(h);
	told = unflushed_locked(h);
	pick.count = h->authors.count;
	pick.mixed = is_mixed_locked(h);
	*ret_failed = h->last.failed;
	pthread_mutex_unlock(&h->lock);
	if (fd < 0)
		return -errno;
	if (!told)
		return -ENOMEM;
	pick.told = told;
	if (pick.mixed)
		pathmap_mix(into);
	return changes_file_read(fd, &from, &pick, into);
}

/* Spans */

/* Does what changes_open() had no room for. */
static int judge_locked(struct changes *h)
{
	struct pathmap *map = pathmap_new();
	struct changes_file_found found;
	int r = map ? 0 : -ENOMEM;

	if (!r && h->backlog_size)
		r = write_backlog_locked(h);
	if (!r)
		r = changes_file_load(h->fd, map, &found, NULL);
	if (!r)
		r = tidy_locked(h, map);
	pathmap_free(map);
	return r;
}

static int told_by_id(const void *a, const void *b)
{
	const struct author_told *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct author_told *told_of(const struct changes_span *s,
					 uint64_t id)
{
	const struct author_told key = { .id = id };

	return s->count ? bsearch(&key, s->told, s->count, sizeof(key),
				  told_by_id)
			: NULL;
}

/* Adds @who, or sets its last seq if @s has it. */
static void take_author_locked(struct changes *h, struct changes_span *s,
			       struct author_told *into,
			       const struct author *who)
{
	const struct author_told *had = told_of(s, who->id);

	*into = (struct author_told){ who->id, 0, who->last };
	if (had) {
		into->after = had->after;
	} else {
		into->after = authors_told(&h->authors, who);
		if (into->after < h->last.marked)
			into->after = h->last.marked;
	}
	if (who->first.at >= 0 && who->first.at < s->from.at)
		s->from = who->first;
}

/* Those that have ended, and whose records are told, may be many. */
static bool may_tell(const struct changes_span *s, const struct author *who)
{
	return !who->ended || who->first.at >= 0 || told_of(s, who->id);
}

/* Whose records @s has, if it ends now. */
static int take_authors_locked(struct changes *h, struct changes_span *s)
{
	const struct authors *a = &h->authors;
	struct author_told *told = calloc(a->count, sizeof(*told));
	size_t n = 0;

	if (!told)
		return -ENOMEM;
	for (size_t i = 0; i < a->count; i++)
		if (may_tell(s, &a->items[i]) &&
		    authors_owned(a, a->items[i].id, s->scope, h->seq))
			take_author_locked(h, s, &told[n++], &a->items[i]);
	free(s->told);
	s->told = told;
	s->count = n;
	return 0;
}

static int begin_locked(struct changes *h, uint64_t scope,
			struct changes_span *ret)
{
	const struct author *who;
	int r = h->root < 0 ? 0 : judge_locked(h);

	if (r < 0)
		return r;
	scope = authors_owner(&h->authors, scope);
	who = authors_find(&h->authors, scope);
	*ret = (struct changes_span){
		.scope = scope,
		.before = who->marked_at.tv_sec ? who->marked_at : who->began,
		.from = here_locked(h),
	};
	ret->fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	if (ret->fd < 0)
		return -errno;
	r = take_authors_locked(h, ret);
	if (r < 0)
		close_fd(ret->fd);
	else
		h->spans++;
	return r;
}

int changes_begin(struct changes *h, uint64_t scope, struct changes_span *ret)
{
	LOCK_SCOPE(&h->lock);
	return begin_locked(h, scope, ret);
}

/* Has any author a record between those of @s?  In the file they are in order. */
static bool has_between_locked(const struct changes *h,
			       const struct changes_span *s)
{
	for (size_t i = 0; i < h->authors.count; i++) {
		const struct author *who = &h->authors.items[i];

		if (who->last && who->last_at >= s->from.at &&
		    !told_of(s, who->id))
			return true;
	}
	return h->last.mixed;
}

int changes_cut(struct changes *h, struct changes_span *s)
{
	const struct author *who;
	int r = 0;

	LOCK_SCOPE(&h->lock);
	if (h->backlog_size)
		r = write_backlog_locked(h);
	if (!r && h->lost)
		r = -EIO;
	h->lost &= r == 0; /* said once */
	if (!r)
		r = take_authors_locked(h, s);
	s->to = h->end;
	s->by = h->by;
	s->upto = h->seq;
	s->others = is_mixed_locked(h);
	s->mixed = has_between_locked(h, s);
	who = authors_find(&h->authors, s->scope);
	s->begin = who->id ? who->begin : s->from;
	s->since = s->begin.seq;
	return r;
}

bool changes_is_empty(const struct changes_span *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->told[i].last > s->told[i].after)
			return false;
	return true;
}

int changes_replay(const struct changes_span *s, struct pathmap *into)
{
	const struct changes_pick pick = { .told = s->told,
					   .count = s->count,
					   .upto = s->upto,
					   .mixed = s->mixed };

	if (s->mixed)
		pathmap_mix(into);
	/* Read to the end: digests of its records may have come later. */
	return changes_file_read(s->fd, &s->from, &pick, into);
}

int changes_each(const struct changes_span *s,
		 int (*each)(void *arg, const struct record *r), void *arg)
{
	return changes_file_each(s->fd, &s->begin, s->upto, each, arg);
}

/* From where on the file is needed. */
static struct authors_place needed_locked(const struct changes *h)
{
	struct authors_place from = first_locked(h);

	for (size_t i = 1; i < h->authors.count; i++) {
		const struct author *who = &h->authors.items[i];

		if (who->whole && !who->ended && who->begin.at < from.at)
			from = who->begin;
	}
	return from;
}

/* The file was cut off at @from, which is at @begin now. */
static void shift_places_locked(struct changes *h,
				const struct authors_place *from, off_t begin)
{
	off_t by = begin - from->at;

	for (size_t i = 0; i < h->authors.count; i++) {
		struct author *who = &h->authors.items[i];

		if (who->first.at >= 0)
			who->first.at += by;
		who->last_at += by;
		if (who->begin.at < from->at)
			who->begin = *from;
		who->begin.at += by;
	}
}

/* Takes the records that marks have told out of the file. */
static void cut_off_locked(struct changes *h, const struct authors_place *from)
{
	off_t begin, end;
	int fd, r;

	authors_drop(&h->authors, from->at);
	r = changes_file_write_rest(h->state->dir, &h->last, &h->authors, h->fd,
				    from, &fd, &begin, &end);
	if (!r)
		r = swap_locked(h, fd, end);
	if (!r)
		shift_places_locked(h, from, begin);
}

static void maybe_cut_off_locked(struct changes *h)
{
	struct authors_place from;

	if (h->spans || h->backlog_size || h->end <= DEAD_MAX)
		return;
	from = needed_locked(h);
	if (from.at > DEAD_MAX && from.at > h->end - from.at)
		cut_off_locked(h, &from);
}

/* What marks have told of all authors but those of @s. */
static bool is_all_told_locked(const struct changes *h,
			       const struct changes_span *s)
{
	for (size_t i = 0; i < h->authors.count; i++) {
		const struct author *who = &h->authors.items[i];

		if (who->first.at >= 0 && !told_of(s, who->id))
			return false;
	}
	return true;
}

static void note_told_locked(struct changes *h, const struct changes_span *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct author *who = authors_find(&h->authors, s->told[i].id);

		if (who->last <= s->upto)
			who->first.at = -1;
		else if (who->first.at >= 0 && who->first.at < s->to)
			who->first =
				(struct authors_place){ s->to, s->by, s->upto };
	}
}

static void note_mark_locked(struct changes *h, const struct changes_span *s,
			     const struct timespec *made)
{
	const struct author *who = authors_find(&h->authors, s->scope);
	char text[AUTHORS_LINE];

	h->marked++;
	authors_marked(&h->authors, s->scope, s->upto, made);
	note_told_locked(h, s);
	if (!s->scope && s->upto >= who->marked && is_all_told_locked(h, s)) {
		h->last.marked = s->upto;
		h->last.marked_at = *made;
		h->last.mixed = false;
		append_locked(h, text, changes_file_marked(&h->last, text));
	} else {
		append_locked(h, text, authors_write_told(who, text));
	}
	maybe_cut_off_locked(h);
}

void changes_end(struct changes *h, struct changes_span *s,
		 const struct timespec *made)
{
	close_fd(steal_fd(&s->fd));
	pthread_mutex_lock(&h->lock);
	h->spans--;
	if (made)
		note_mark_locked(h, s, made);
	pthread_mutex_unlock(&h->lock);
	free(steal_ptr(&s->told));
}

bool changes_is_whole(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return !h->backlog_size && !h->gap;
}

bool changes_is_told(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return h->spans > 0;
}

/* Shorter */

bool changes_is_long(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return h->end > LONG && h->end > 4 * h->shortened && !h->spans;
}

/* All that no mark has told, to be written into a shorter file. */
struct shorter {
	struct author_told *told;
	struct authors authors; /* as they were at to */
	struct changes_file_found last;
	struct authors_place from, to; /* what comes later is copied */
	uint64_t upto;
	unsigned long marked;
	bool begun;
	int fd;	   /* of the old file */
	int new;   /* and of the new one */
	off_t end; /* of the new one */
};

static int begin_shorter_locked(struct changes *h, struct shorter *s)
{
	int r = h->spans ? -EAGAIN : 0;

	if (!r && h->root >= 0)
		r = judge_locked(h);
	if (!r && h->backlog_size)
		r = write_backlog_locked(h);
	if (!r)
		r = authors_copy(&h->authors, &s->authors);
	if (r < 0)
		return r;
	s->told = changes_file_told(&h->authors, h->last.marked);
	s->last = h->last;
	s->last.used = s->upto = h->seq;
	s->last.mixed = is_mixed_locked(h);
	s->from = first_locked(h);
	s->to = here_locked(h);
	s->marked = h->marked;
	s->fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	if (s->fd < 0)
		return -errno;
	if (!s->told)
		return -ENOMEM;
	h->spans++;
	s->begun = true;
	return 0;
}

static int write_shorter(struct changes *h, struct shorter *s)
{
	struct pathmap *map = pathmap_new();
	const struct changes_pick pick = { .told = s->told,
					   .count = s->authors.count,
					   .upto = s->upto,
					   .mixed = s->last.mixed,
					   .moves = true };
	int r = map ? 0 : -ENOMEM;

	if (!r && pick.mixed)
		pathmap_mix(map);
	if (!r)
		r = changes_file_read(s->fd, &s->from, &pick, map);
	if (!r)
		r = changes_file_write(h->state->dir, &s->last, &s->authors,
				       map, -1, &s->new, &s->end);
	pathmap_free(map);
	/* What is long is flushed without the lock. */
	if (!r)
		(void)sys.fdatasync(s->new);
	return r;
}

static int copy_later_locked(struct changes *h, struct shorter *s)
{
	char buf[16384];
	ssize_t n = 1;
	int r = 0;

	if (s->to.by && s->to.by != NOT_KNOWN) {
		n = (ssize_t)changes_file_by(s->to.by, buf);
		r = sys_pwrite_all(s->new, buf, (size_t)n, s->end);
		s->end += n;
	}
	for (off_t at = s->to.at; !r && n > 0; at += n) {
		n = sys_pread_all(h->fd, buf, sizeof(buf), at);
		r = n < 0 ? (int)n
			  : sys_pwrite_all(s->new, buf, (size_t)n, s->end);
		s->end += n > 0 ? n : 0;
	}
	return r;
}

/* What came before s->to has got shorter, and now ends at @end. */
static void shorten_places_locked(struct changes *h, const struct shorter *s,
				  off_t end)
{
	const struct authors_place junction = { end, s->to.by, s->upto };

	for (size_t i = 0; i < h->authors.count; i++) {
		struct author *who = &h->authors.items[i];

		if (who->last_at >= s->to.at)
			who->last_at += end - s->to.at;
		else
			who->last_at = who->first.at < 0 ? -1 : 0;
		if (who->first.at >= s->to.at)
			who->first.at += end - s->to.at;
		else if (who->first.at >= 0)
			who->first = (struct authors_place){ .seq = s->upto };
		if (who->begin.at >= s->to.at)
			who->begin.at += end - s->to.at;
		else
			who->begin = junction;
	}
	authors_drop(&h->authors, 0);
}

/* Copies what has been appended meanwhile, if nothing else has happened. */
static int finish_shorter(struct changes *h, struct shorter *s)
{
	off_t first;
	int r = 0;

	LOCK_SCOPE(&h->lock);
	if (h->spans > 1 || h->marked != s->marked || h->backlog_size)
		r = -EAGAIN;
	if (!r)
		r = copy_later_locked(h, s);
	if (r < 0) {
		sys.unlinkat(h->state->dir, CHANGES_NEW, 0);
		close_fd(s->new);
		return r;
	}
	first = s->end - (h->end - s->to.at);
	r = swap_locked(h, s->new, s->end);
	if (!r)
		shorten_places_locked(h, s, first);
	h->shortened = h->end;
	return r;
}

int changes_shorten(struct changes *h)
{
	struct shorter s = { .fd = -1 };
	int r;

	pthread_mutex_lock(&h->lock);
	r = begin_shorter_locked(h, &s);
	pthread_mutex_unlock(&h->lock);
	if (!r)
		r = write_shorter(h, &s);
	if (!r)
		r = finish_shorter(h, &s);
	pthread_mutex_lock(&h->lock);
	h->spans -= s.begun;
	pthread_mutex_unlock(&h->lock);
	close_fd(s.fd);
	authors_release(&s.authors);
	free(s.told);
	return r;
}
