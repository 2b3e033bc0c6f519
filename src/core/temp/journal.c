/* SPDX-License-Identifier: MIT */
#include "core/temp/journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#include "base/sys.h"
#include "base/util.h"

#define SUM_DIGITS 16
#define LINE_MAX 192 /* bytes of the first line; longer than it ever is */

struct slots {
	uint32_t *items;
	size_t count, room;
};

struct journal {
	int fd;	    /* const */
	int tmpdir; /* const: the caller's */
	pthread_mutex_t lock;
	bool keep; /* under lock: what is given back waits for a flush */
	struct slots free;    /* under lock */
	struct slots waiting; /* under lock: oldest first */
	uint64_t flushed;     /* under lock: how many have left it so far */
	uint32_t left;	      /* const: slots that recovery has left */
	uint32_t slots;	      /* under lock: slots ever taken, after those */
};

int journal_new(int tmpdir, struct journal **ret)
{
	struct journal *j = calloc(1, sizeof(*j));
	struct stat st;
	int r = 0;

	if (!j)
		return -ENOMEM;
	pthread_mutex_init(&j->lock, NULL);
	j->tmpdir = tmpdir;
	j->fd = sys_open_file(tmpdir, JOURNAL_NAME, O_RDWR | O_CREAT);
	if (j->fd < 0)
		r = j->fd;
	else if (fstat(j->fd, &st) < 0)
		r = -errno;
	if (r < 0) {
		journal_free(j);
		return r;
	}
	j->left = (uint32_t)((st.st_size + JOURNAL_SLOT - 1) / JOURNAL_SLOT);
	*ret = j;
	return 0;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	/* Temps that could not be put away still need their records. */
	if (j->fd >= 0 && !j->left &&
	    j->free.count + j->waiting.count == j->slots)
		sys.unlinkat(j->tmpdir, JOURNAL_NAME, 0);
	close_fd(j->fd);
	pthread_mutex_destroy(&j->lock);
	free(j->free.items);
	free(j->waiting.items);
	free(j);
}

static uint32_t take_slot(struct journal *j)
{
	LOCK_SCOPE(&j->lock);
	if (j->free.count)
		return j->free.items[--j->free.count];
	return j->left + j->slots++;
}

/* When out of memory, a slot stays unused until the next mount. */
static void push(struct slots *s, uint32_t slot)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		uint32_t *bigger =
			reallocarray(s->items, room, sizeof(*bigger));

		if (!bigger)
			return;
		s->items = bigger;
		s->room = room;
	}
	s->items[s->count++] = slot;
}

static void give_slot(struct journal *j, uint32_t slot)
{
	LOCK_SCOPE(&j->lock);
	push(j->keep ? &j->waiting : &j->free, slot);
}

void journal_keep(struct journal *j)
{
	LOCK_SCOPE(&j->lock);
	j->keep = true;
}

uint64_t journal_flush_begin(struct journal *j)
{
	if (!j)
		return 0;
	LOCK_SCOPE(&j->lock);
	return j->flushed + j->waiting.count;
}

void journal_flush_end(struct journal *j, uint64_t begun)
{
	struct slots *w;
	size_t count;

	if (!j)
		return;
	w = &j->waiting;
	LOCK_SCOPE(&j->lock);
	/* Another flush may have ended meanwhile. */
	if (begun <= j->flushed)
		return;
	count = begun - j->flushed;
	for (size_t i = 0; i < count; i++)
		push(&j->free, w->items[i]);
	j->flushed = begun;
	w->count -= count;
	memmove(w->items, w->items + count, w->count * sizeof(*w->items));
}

int journal_fd(const struct journal *j)
{
	return j->fd;
}

static uint64_t sum_of(const char *buf, size_t size)
{
	return XXH3_64bits(buf + SUM_DIGITS, size - SUM_DIGITS);
}

/* Fills in the beginning of @buf, which is @size bytes in all. */
static void put_sum(char *buf, size_t size)
{
	char sum[SUM_DIGITS + 1];

	buf[SUM_DIGITS] = ' ';
	snprintf(sum, sizeof(sum), "%016" PRIx64, sum_of(buf, size));
	memcpy(buf, sum, SUM_DIGITS);
}

static bool sum_is_right(const char *buf, size_t size)
{
	char sum[SUM_DIGITS + 1];

	snprintf(sum, sizeof(sum), "%016" PRIx64, sum_of(buf, size));
	return !memcmp(buf, sum, SUM_DIGITS);
}

/* The first line, without the sum and without its end. */
static int print_line(char *line, size_t size, uint64_t id, size_t record,
		      const struct journal_note *note)
{
	char digest[DIGEST_TEXT];
	int n;

	if (!note)
		return snprintf(line, size, "%" PRIu64 " %zu", id, record);
	digest_text(&note->digest, digest);
	n = snprintf(line, size, "%" PRIu64 " %zu %" PRIu64 " %" PRId64 " %s",
		     id, record, note->order, note->bytes, digest);
	if (note->from)
		n += snprintf(line + n, size - (size_t)n,
			      " %" PRId64 " %" PRIu64 " %" PRId64 " %ld",
			      note->from, note->ino,
			      (int64_t)note->mtime.tv_sec, note->mtime.tv_nsec);
	return n;
}

static int write_slot(int fd, uint32_t slot, uint64_t id,
		      const struct partial *record,
		      const struct journal_note *note)
{
	auto_free char *text = partial_encode(record);
	char buf[JOURNAL_SLOT];
	size_t size = text ? strlen(text) : 0;
	int n;

	if (!text)
		return -ENOMEM;
	/* A path of 4,095 bytes may escape to four times that: then none. */
	if (size > sizeof(buf) - LINE_MAX)
		size = 0;
	if (note && !size)
		return -ENAMETOOLONG;
	n = SUM_DIGITS + 1;
	n += print_line(buf + n, LINE_MAX - (size_t)n, id, size, note);
	buf[n++] = '\n';
	memcpy(buf + n, text, size);
	size += (size_t)n;
	put_sum(buf, size);
	return sys_pwrite_all(fd, buf, size, (off_t)slot * JOURNAL_SLOT);
}

int journal_take(struct journal *j, uint64_t id, const struct partial *record,
		 char ret_name[JOURNAL_NAME_MAX])
{
	uint32_t slot;
	int r;

	if (!j)
		return -EROFS;
	slot = take_slot(j);
	r = write_slot(j->fd, slot, id, record, NULL);
	if (r == -ENOMEM) {
		give_slot(j, slot);
		return r;
	}
	/* If the record cannot be written, the temp only loses its path. */
	snprintf(ret_name, JOURNAL_NAME_MAX, "%" PRIu32 "-%" PRIu64, slot, id);
	return 0;
}

static int parse_name(const char *name, uint32_t *ret_slot, uint64_t *ret_id)
{
	return sscanf(name, "%" SCNu32 "-%" SCNu64, ret_slot, ret_id) == 2
		       ? 0
		       : -EINVAL;
}

int journal_write(struct journal *j, const char *name,
		  const struct partial *record, const struct journal_note *note)
{
	uint32_t slot;
	uint64_t id;
	int r = parse_name(name, &slot, &id);

	return r < 0 ? r : write_slot(j->fd, slot, id, record, note);
}

void journal_give(struct journal *j, const char *name)
{
	give_slot(j, (uint32_t)strtoul(name, NULL, 10));
}

/* Reading */

/* The content of a slot. */
struct slot_text {
	uint64_t id;
	struct partial record;
	struct journal_note note;
	bool noted;
};

/* Parses the line at @line; its length with its end, or 0: not such a line. */
static int parse_line(const char *line, struct slot_text *t, size_t *ret_record)
{
	struct journal_note *note = &t->note;
	char digest[DIGEST_TEXT];
	int end = 0, n;
	int64_t sec = 0;

	n = sscanf(line,
		   "%" SCNu64 " %zu%n %" SCNu64 " %" SCNd64 " %32s%n"
		   " %" SCNd64 " %" SCNu64 " %" SCNd64 " %ld%n",
		   &t->id, ret_record, &end, &note->order, &note->bytes, digest,
		   &end, &note->from, &note->ino, &sec, &note->mtime.tv_nsec,
		   &end);
	note->mtime.tv_sec = sec;
	t->noted = n == 5 || n == 9;
	if (n < 2 || line[end] != '\n' ||
	    (t->noted && digest_parse(digest, &note->digest) < 0))
		return 0;
	return end + 1;
}

/* @buf: @n bytes of a slot, and a NUL. */
static int parse_slot(const char *buf, size_t n, struct slot_text *ret)
{
	struct slot_text t = { 0 };
	const char *line = buf + SUM_DIGITS + 1;
	size_t record, whole;
	int head;

	if (n <= SUM_DIGITS + 1)
		return -ENOENT;
	head = parse_line(line, &t, &record);
	whole = SUM_DIGITS + 1 + (size_t)head + record;
	if (!head || record > JOURNAL_SLOT || whole > n)
		return -ENOENT;
	if (!sum_is_right(buf, whole))
		return -ENOENT;
	if (partial_decode(line + head, record, &t.record) < 0)
		return -ENOENT;
	*ret = t;
	return 0;
}

/* -ENOENT for a slot that holds no record, -ENODATA beyond the last. */
static int read_slot(int fd, uint32_t slot, struct slot_text *ret)
{
	char buf[JOURNAL_SLOT + 1];
	ssize_t n = sys_pread_all(fd, buf, JOURNAL_SLOT,
				  (off_t)slot * JOURNAL_SLOT);

	if (n <= 0)
		return n < 0 ? (int)n : -ENODATA;
	buf[n] = '\0';
	return parse_slot(buf, (size_t)n, ret);
}

int journal_read(int tmpdir, const char *name, struct partial *ret,
		 struct journal_note *ret_note)
{
	struct slot_text t;
	uint64_t id;
	uint32_t slot;
	auto_fd fd = sys_open_file(tmpdir, JOURNAL_NAME, O_RDONLY);
	int r = parse_name(name, &slot, &id);

	if (r < 0)
		return r;
	if (fd < 0)
		return fd;
	r = read_slot(fd, slot, &t);
	if (!r && t.id != id) {
		partial_release(&t.record);
		r = -ENOENT;
	}
	if (r < 0)
		return r == -ENODATA ? -ENOENT : r;
	*ret = t.record;
	if (ret_note)
		*ret_note = t.noted ? t.note : (struct journal_note){ 0 };
	return 0;
}

int journal_each(int tmpdir,
		 int (*each)(void *arg, const char *name,
			     const struct partial *record,
			     const struct journal_note *note),
		 void *arg)
{
	auto_fd fd = sys_open_file(tmpdir, JOURNAL_NAME, O_RDONLY);
	int r = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	for (uint32_t slot = 0; r >= 0 || r == -ENOENT; slot++) {
		char name[JOURNAL_NAME_MAX];
		struct slot_text t;

		r = read_slot(fd, slot, &t);
		if (r == -ENODATA)
			return 0;
		if (r < 0)
			continue;
		snprintf(name, sizeof(name), "%" PRIu32 "-%" PRIu64, slot,
			 t.id);
		r = each(arg, name, &t.record, t.noted ? &t.note : NULL);
		partial_release(&t.record);
	}
	return r;
}

/* Voiding notes */

struct voiding {
	int fd;
	bool any;
};

static int void_note(void *arg, const char *name, const struct partial *record,
		     const struct journal_note *note)
{
	struct voiding *w = arg;
	uint32_t slot;
	uint64_t id;

	if (!note || note->from || parse_name(name, &slot, &id) < 0)
		return 0;
	w->any = true;
	return write_slot(w->fd, slot, id, record, NULL);
}

int journal_void(int tmpdir)
{
	auto_fd fd = sys_open_file(tmpdir, JOURNAL_NAME, O_RDWR);
	struct voiding w = { .fd = fd };
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = journal_each(tmpdir, void_note, &w);
	return r < 0 || !w.any ? r : sys.fsync(fd);
}
