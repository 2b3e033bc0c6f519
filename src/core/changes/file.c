/* SPDX-License-Identifier: MIT */
#include "core/changes/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/lines.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/compare.h"

#define FORMAT_LINE "# idemfs-changes 1 "
#define HASHED_LINE "# hashed "
#define MARKED_LINE "# marked "
#define FLUSHED_LINE "# flushed "
#define FAILED_LINE "# failed "
#define LAST_LINE "# last "
#define BY_LINE "# by "
#define MIXED_LINE "# mixed"
#define KEPT_LINE "# kept"

/* Reading */

struct scan {
	struct pathmap *into;				/* or NULL */
	int (*each)(void *arg, const struct record *r); /* or NULL */
	void *arg;
	const struct changes_pick *pick;
	uint64_t by;	/* the author of the lines from here on */
	bool kept;	/* of the next record */
	uint64_t after; /* of its records, those after that are picked */
	struct changes_file_found found;
	struct authors *authors; /* or NULL: only what is in found counts */
};

static void use(struct scan *s, uint64_t seq)
{
	if (seq > s->found.used)
		s->found.used = seq;
}

/* @id is the author from here on. */
static void turn_to(struct scan *s, uint64_t id)
{
	const struct author_told *found;

	if (s->authors && !authors_find(s->authors, id))
		id = 0;
	s->by = id;
	found = author_told_find(s->pick->told, s->pick->count, id);
	s->after = found ? found->after : UINT64_MAX;
}

static int pick_record(struct scan *s, const struct record *r)
{
	if (r->seq > s->pick->upto)
		return 0;
	if (r->seq > s->after)
		return pathmap_apply(s->into, r, 0);
	return s->pick->mixed && r->kind == RECORD_MOVED
		       ? pathmap_carry(s->into, r, s->pick->moves)
		       : 0;
}

static int scan_record(struct scan *s, struct record *r)
{
	if (r->seq > s->found.last)
		s->found.last = r->seq;
	use(s, r->seq);
	if (s->authors) {
		struct author *author = authors_find(s->authors, s->by);

		if (r->seq > author->last)
			author->last = r->seq;
	}
	r->session = s->by;
	r->kept = s->kept;
	s->kept = false;
	if (s->into)
		return pick_record(s, r);
	return s->each && r->seq <= s->pick->upto ? s->each(s->arg, r) : 0;
}

static int scan_hashed(struct scan *s, const char *text)
{
	struct digest d;
	uint64_t seq, ino;
	int used = 0;

	if (!s->into ||
	    sscanf(text, "%" SCNu64 " %" SCNu64 " %n", &seq, &ino, &used) !=
		    2 ||
	    !used || digest_parse(text + used, &d) < 0)
		return 0;
	/* Maybe of bytes that the page cache had lost by then. */
	if (seq <= s->found.failed && seq > s->found.flushed)
		return 0;
	return pathmap_hashed(s->into, seq, ino, &d);
}

static void scan_marked(struct scan *s, const char *text)
{
	struct timespec at;
	uint64_t seq;
	int used = 0;

	if (sscanf(text, "%" SCNu64 " %n", &seq, &used) != 1 || !used ||
	    !record_parse_time(text + used, strlen(text + used), &at) ||
	    !at.tv_sec) /* no mark was made then */
		return;
	use(s, seq);
	if (s->authors)
		authors_marked(s->authors, 0, seq, &at);
	if (seq < s->found.marked)
		return;
	s->found.marked = seq;
	s->found.marked_at = at;
	s->found.mixed = false;
}

/* The greatest there is. */
static void scan_number(uint64_t *greatest, const char *text)
{
	uint64_t seq;

	if (sscanf(text, "%" SCNu64, &seq) == 1 && seq > *greatest)
		*greatest = seq;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* A line that is no record.  If it is wrong in any way, it is passed over. */
static int scan_other(struct scan *s, const char *line, size_t n)
{
	char text[AUTHORS_LINE];
	uint64_t seq = 0;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, line, n);
	text[n] = '\0';
	if (begins(text, HASHED_LINE))
		return scan_hashed(s, text + strlen(HASHED_LINE));
	if (begins(text, MARKED_LINE))
		scan_marked(s, text + strlen(MARKED_LINE));
	else if (begins(text, FLUSHED_LINE))
		scan_number(&s->found.flushed, text + strlen(FLUSHED_LINE));
	else if (begins(text, FAILED_LINE))
		scan_number(&s->found.failed, text + strlen(FAILED_LINE));
	else if (begins(text, LAST_LINE))
		scan_number(&s->found.used, text + strlen(LAST_LINE));
	else if (begins(text, BY_LINE)) {
		scan_number(&seq, text + strlen(BY_LINE));
		turn_to(s, seq);
	} else if (begins(text, MIXED_LINE)) {
		s->found.mixed = true;
	} else if (begins(text, KEPT_LINE)) {
		s->kept = true;
	} else if (begins(text, FORMAT_LINE))
		snprintf(s->found.boot, sizeof(s->found.boot), "%.63s",
			 text + strlen(FORMAT_LINE));
	else if (s->authors && begins(text, "# "))
		return authors_read(s->authors, text + 2);
	return 0;
}

static int scan_line(struct scan *s, struct record_decoder *d, const char *line,
		     size_t n)
{
	bool second = d->half.kind != RECORD_NONE;
	struct record r;
	int got = record_decode(d, line, n, &r);

	if (got > 0)
		return scan_record(s, &r);
	if (d->half.kind != RECORD_NONE && got == 0)
		return 0;
	d->half.kind = RECORD_NONE;
	/* A record that a crash has torn: this may be a first line. */
	if (second)
		return scan_line(s, d, line, n);
	return scan_other(s, line, n);
}

/* A power cut may have left any bytes: what is no line is passed over. */
static int scan(int fd, off_t from, struct scan *s)
{
	auto_free struct record_decoder *d = calloc(1, sizeof(*d));
	struct lines l;
	const char *line;
	size_t n;
	struct stat st;
	int r = d ? 0 : -ENOMEM;

	if (!r && fstat(fd, &st) < 0)
		r = -errno;
	if (!r)
		r = lines_init(&l, fd, from, st.st_size, IDEMFS_LINE_MAX);
	if (r < 0)
		return r;
	for (;;) {
		r = lines_peek(&l, &line, &n);
		if (r == -EBADMSG) {
			lines_skip(&l);
			continue;
		}
		if (r <= 0)
			break;
		r = scan_line(s, d, line, n);
		if (r < 0)
			break;
		lines_take(&l, n);
	}
	lines_release(&l);
	return r;
}

int changes_file_read(int fd, const struct authors_place *from,
		      const struct changes_pick *pick, struct pathmap *into)
{
	struct scan s = { .into = into, .pick = pick };

	turn_to(&s, from->by);
	return scan(fd, from->at, &s);
}

int changes_file_each(int fd, const struct authors_place *from, uint64_t upto,
		      int (*each)(void *arg, const struct record *r), void *arg)
{
	const struct changes_pick pick = { .upto = upto };
	struct scan s = { .each = each, .arg = arg, .pick = &pick };

	turn_to(&s, from->by);
	return scan(fd, from->at, &s);
}

struct author_told *changes_file_told(const struct authors *a, uint64_t marked)
{
	struct author_told *told = calloc(a->count, sizeof(*told));

	for (size_t i = 0; told && i < a->count; i++) {
		uint64_t after = authors_told(a, &a->items[i]);

		told[i].id = a->items[i].id;
		told[i].after = after > marked ? after : marked;
		told[i].last = a->items[i].last;
	}
	return told;
}

/* All untold records. */
static int load_untold(int fd, struct pathmap *into, const struct authors *a,
		       const struct changes_file_found *f)
{
	const struct authors_place from = { 0 };
	auto_free struct author_told *told = changes_file_told(a, f->marked);
	const struct changes_pick pick = { .told = told,
					   .count = a->count,
					   .upto = UINT64_MAX,
					   .mixed = f->mixed,
					   .moves = true };

	if (!told)
		return -ENOMEM;
	if (pick.mixed)
		pathmap_mix(into);
	return changes_file_read(fd, &from, &pick, into);
}

/* Seqs that only the lines of sessions have. */
static void use_authors(struct scan *s)
{
	for (size_t i = 0; i < s->authors->count; i++) {
		const struct author *author = &s->authors->items[i];

		use(s, author->id);
		use(s, author->ended);
		use(s, author->marked);
	}
}

int changes_file_load(int fd, struct pathmap *into,
		      struct changes_file_found *ret,
		      struct authors *ret_authors)
{
	const struct changes_pick pick = { .upto = UINT64_MAX };
	struct authors a;
	struct scan s = { .pick = &pick, .authors = &a };
	int r = authors_init(&a);

	if (!r)
		r = scan(fd, 0, &s);
	if (!r) {
		use_authors(&s);
		s.found.mixed |= a.count > 1;
		r = load_untold(fd, into, &a, &s.found);
	}
	if (!r && a.items[0].marked_at.tv_sec)
		s.found.marked_at = a.items[0].marked_at;
	if (!r)
		*ret = s.found;
	if (!r && ret_authors)
		*ret_authors = a;
	else
		authors_release(&a);
	return r;
}

/* Lines */

size_t changes_file_kept(char out[CHANGES_LINE])
{
	return (size_t)(stpcpy(out, KEPT_LINE "\n") - out);
}

size_t changes_file_marked(const struct changes_file_found *f,
			   char out[CHANGES_LINE])
{
	return (size_t)snprintf(out, CHANGES_LINE / 2,
				MARKED_LINE "%" PRIu64 " %lld.%09ld\n",
				f->marked, (long long)f->marked_at.tv_sec,
				f->marked_at.tv_nsec);
}

static size_t number_line(const char *word, uint64_t seq, char *out)
{
	return (size_t)snprintf(out, CHANGES_LINE / 4, "%s%" PRIu64 "\n", word,
				seq);
}

size_t changes_file_flushed(uint64_t seq, char out[CHANGES_LINE])
{
	return number_line(FLUSHED_LINE, seq, out);
}

size_t changes_file_failed(uint64_t seq, char out[CHANGES_LINE])
{
	return number_line(FAILED_LINE, seq, out);
}

size_t changes_file_by(uint64_t id, char out[CHANGES_LINE])
{
	return number_line(BY_LINE, id, out);
}

size_t changes_file_first(const struct changes_file_found *f,
			  char out[CHANGES_LINE])
{
	size_t n = (size_t)snprintf(out, CHANGES_LINE / 2, FORMAT_LINE "%s\n",
				    f->boot);

	if (f->marked_at.tv_sec)
		n += changes_file_marked(f, out + n);
	if (f->flushed)
		n += changes_file_flushed(f->flushed, out + n);
	if (f->failed)
		n += changes_file_failed(f->failed, out + n);
	if (f->used > f->marked)
		n += number_line(LAST_LINE, f->used, out + n);
	if (f->mixed)
		n += (size_t)sprintf(out + n, MIXED_LINE "\n");
	return n;
}

size_t changes_file_hashed(uint64_t seq, uint64_t ino, const struct digest *d,
			   char out[CHANGES_LINE])
{
	char hex[DIGEST_TEXT];

	digest_text(d, hex);
	return (size_t)snprintf(out, CHANGES_LINE,
				HASHED_LINE "%" PRIu64 " %" PRIu64 " %s\n", seq,
				ino, hex);
}

/* A new file */

struct sink {
	int fd;
	const struct authors *authors; /* or NULL */
	uint64_t by;		       /* the author of the lines to come */
	struct pathmap *map;
	struct compare_cut cut; /* records that are not true are left out, */
	uint64_t upto;		/* and newer ones are kept */
	off_t written;
	size_t used;
	char buf[2 * RECORD_MAX];
};

static int sink_flush(struct sink *s)
{
	int r = sys_pwrite_all(s->fd, s->buf, s->used, s->written);

	s->written += (off_t)s->used;
	s->used = 0;
	return r;
}

/* Room for a record and more. */
static int sink_room(struct sink *s)
{
	return sizeof(s->buf) - s->used < RECORD_MAX + CHANGES_LINE
		       ? sink_flush(s)
		       : 0;
}

static void sink_by(struct sink *s, uint64_t id)
{
	if (id == s->by)
		return;
	s->used += changes_file_by(id, s->buf + s->used);
	s->by = id;
}

static int sink_record(void *arg, const struct record *r, uint32_t node)
{
	struct sink *s = arg;
	ssize_t n;
	int code = 0;

	if (r->seq <= s->upto && !compare_cut_holds(&s->cut, r, node))
		return 0;
	code = sink_room(s);
	if (code < 0)
		return code;
	sink_by(s, s->authors && authors_find(s->authors, r->session)
			   ? r->session
			   : 0);
	n = record_encode(r, s->buf + s->used);
	if (n < 0)
		return (int)n;
	s->used += (size_t)n;
	return 0;
}

/* The `# marked` of @f is enough, if that tells as much. */
static int sink_authors(struct sink *s, const struct changes_file_found *f)
{
	int r = 0;

	for (size_t i = 0; s->authors && !r && i < s->authors->count; i++) {
		const struct author *author = &s->authors->items[i];

		r = sink_room(s);
		if (!r && (author->id || author->marked > f->marked))
			s->used += authors_write(author, s->buf + s->used);
	}
	return r;
}

static int open_sink(int dir, const struct changes_file_found *f,
		     const struct authors *a, struct sink **ret)
{
	struct sink *s = calloc(1, sizeof(*s));
	int r = s ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	s->authors = a;
	s->cut.root = -1;
	s->upto = f->last;
	s->used = changes_file_first(f, s->buf);
	s->fd = sys.openat(dir, CHANGES_NEW,
			   O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (s->fd < 0) {
		r = s->fd;
		free(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* @r: how it went so far. */
static int close_sink(int dir, struct sink *s, int r, int *ret_fd,
		      off_t *ret_end)
{
	if (!r)
		r = sink_flush(s);
	if (!r) {
		*ret_fd = s->fd;
		*ret_end = s->written;
	} else {
		close_fd(s->fd);
		sys.unlinkat(dir, CHANGES_NEW, 0);
	}
	free(s);
	return r;
}

int changes_file_write(int dir, const struct changes_file_found *f,
		       const struct authors *a, struct pathmap *map, int root,
		       int *ret_fd, off_t *ret_end)
{
	struct sink *s;
	int r = open_sink(dir, f, a, &s);

	if (r < 0)
		return r;
	r = sink_authors(s, f);
	if (!r)
		r = compare_cut_begin(root, map, &s->cut);
	if (!r)
		r = pathmap_each(map, sink_record, s);
	if (!r)
		r = sink_room(s);
	if (!r)
		sink_by(s, 0);
	return close_sink(dir, s, r, ret_fd, ret_end);
}

int changes_file_write_rest(int dir, const struct changes_file_found *f,
			    const struct authors *a, int old,
			    const struct authors_place *from, int *ret_fd,
			    off_t *ret_begin, off_t *ret_end)
{
	off_t at = from->at;
	struct sink *s;
	ssize_t n = 1;
	int r = open_sink(dir, f, a, &s);

	if (r < 0)
		return r;
	r = sink_authors(s, f);
	if (!r)
		r = sink_room(s);
	if (!r)
		sink_by(s, from->by);
	*ret_begin = s->written + (off_t)s->used;
	while (!r && n > 0) {
		r = sink_flush(s);
		n = r ? r : sys_pread_all(old, s->buf, sizeof(s->buf), at);
		s->used = n > 0 ? (size_t)n : 0;
		at += n;
	}
	return close_sink(dir, s, n < 0 ? (int)n : r, ret_fd, ret_end);
}

void changes_file_boot(char ret[CHANGES_BOOT])
{
	auto_free char *text = NULL;
	size_t n;

	strcpy(ret, "?");
	if (sys_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 4096,
			  &text, &n) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	snprintf(ret, CHANGES_BOOT, "%.63s", text);
}
