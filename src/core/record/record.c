/* SPDX-License-Identifier: MIT */
#include "core/record/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/util.h"

struct record_stat record_stat_of(const struct stat *st)
{
	return (struct record_stat){ .size = st->st_size,
				     .mtime = st->st_mtim,
				     .ino = st->st_ino };
}

bool record_stat_equal(const struct record_stat *a, const struct record_stat *b)
{
	return a->size == b->size && a->ino == b->ino &&
	       a->mtime.tv_sec == b->mtime.tv_sec &&
	       a->mtime.tv_nsec == b->mtime.tv_nsec;
}

bool record_stat_is(const struct record_stat *a, const struct stat *st)
{
	const struct record_stat b = record_stat_of(st);

	return record_stat_equal(a, &b);
}

/* What comes between the seq and the path. */
#define WITH_STAT 1u
#define WITH_SUM 2u /* the path is in a line of its own, behind the digest */
#define WITH_COUNT 4u
#define WITH_DIGEST 8u
#define WITH_TYPE 16u
#define WITH_TO 32u /* a second line with another path */

static const struct kind {
	const char *word;
	enum record_kind kind;
	unsigned int with;
} kinds[] = {
	{ "file", RECORD_FILE, WITH_STAT | WITH_SUM },
	{ "input", RECORD_INPUT, WITH_STAT | WITH_SUM },
	{ "unread", RECORD_UNREAD, WITH_STAT },
	{ "node", RECORD_NODE, WITH_TYPE },
	{ "gone", RECORD_GONE, 0 },
	{ "moved", RECORD_MOVED, WITH_TO },
	{ "inplace", RECORD_INPLACE, 0 },
	{ "learned", RECORD_LEARNED, WITH_STAT | WITH_SUM },
	{ "learned-unread", RECORD_UNLEARNED, WITH_STAT },
	{ "absent", RECORD_ABSENT, 0 },
	{ "listed", RECORD_LISTED, WITH_COUNT | WITH_DIGEST },
	{ "linked", RECORD_LINKED, WITH_DIGEST },
	{ "folded", RECORD_FOLDED, WITH_COUNT | WITH_DIGEST },
	{ "self-modified", RECORD_SELF, 0 },
	{ "unlearned", RECORD_CANNOT, 0 },
};

static const struct {
	const char *word;
	mode_t type;
} types[] = {
	{ "dir", S_IFDIR },	{ "link", S_IFLNK },  { "fifo", S_IFIFO },
	{ "socket", S_IFSOCK }, { "block", S_IFBLK }, { "char", S_IFCHR },
};

static const char stdin_name[] = "stdin";

/* Digests */

void digest_text(const struct digest *d, char out[DIGEST_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(d->bytes); i++) {
		*out++ = digits[d->bytes[i] >> 4];
		*out++ = digits[d->bytes[i] & 15];
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int digest_parse(const char *text, struct digest *ret)
{
	struct digest d;

	for (size_t i = 0; i < sizeof(d.bytes); i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return -EBADMSG;
		d.bytes[i] = (unsigned char)(high << 4 | low);
	}
	*ret = d;
	return 0;
}

/* Writing */

static const struct kind *find_kind(enum record_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].kind == kind)
			return &kinds[i];
	return &kinds[0];
}

static const char *word_of_type(mode_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == (type & S_IFMT))
			return types[i].word;
	return "char";
}

int record_is_plain(const struct record *r)
{
	return (find_kind(r->kind)->with & WITH_SUM) && !strchr(r->path, '\n');
}

bool record_is_learned(enum record_kind kind)
{
	return kind >= RECORD_LEARNED;
}

bool record_is_change(enum record_kind kind)
{
	return kind != RECORD_NONE && kind != RECORD_INPUT &&
	       !record_is_learned(kind);
}

static char *put_path(char *out, const char *path)
{
	out += text_escape_to(out, path);
	*out++ = '\n';
	return out;
}

/* A path that has a newline, as xxhsum escapes it. */
static char *put_sum_escaped(char *out, const char *path)
{
	for (; *path; path++) {
		char c = *path == '\n' ? 'n' : *path == '\r' ? 'r' : *path;

		if (c != *path || c == '\\')
			*out++ = '\\';
		*out++ = c;
	}
	return out;
}

static char *put_sum(char *out, const struct record *r)
{
	bool plain = record_is_plain(r);

	if (!plain)
		*out++ = '\\';
	digest_text(&r->digest, out);
	out += DIGEST_TEXT - 1;
	*out++ = ' ';
	*out++ = ' ';
	if (!strcmp(r->path, stdin_name))
		out = stpcpy(out, "./");
	out = plain ? stpcpy(out, r->path) : put_sum_escaped(out, r->path);
	*out++ = '\n';
	return out;
}

static char *put_stat(char *out, const struct record_stat *st)
{
	return out + sprintf(out, " %" PRId64 " %lld.%09ld %" PRIu64, st->size,
			     (long long)st->mtime.tv_sec, st->mtime.tv_nsec,
			     st->ino);
}

static char *put_digest(char *out, const struct digest *d)
{
	*out++ = ' ';
	digest_text(d, out);
	return out + DIGEST_TEXT - 1;
}

/* All between the seq and the path. */
static char *put_middle(char *out, const struct record *r, unsigned int with)
{
	if (with & WITH_STAT)
		out = put_stat(out, &r->st);
	if (with & WITH_TYPE)
		out += sprintf(out, " %s", word_of_type(r->type));
	if (with & WITH_COUNT)
		out += sprintf(out, " %" PRIu64, r->count);
	return with & WITH_DIGEST ? put_digest(out, &r->digest) : out;
}

ssize_t record_encode(const struct record *r, char buf[RECORD_MAX])
{
	const struct kind *kind = find_kind(r->kind);
	char *out = buf;

	if (strlen(r->path) > IDEMFS_PATH_MAX ||
	    ((kind->with & WITH_TO) && strlen(r->to) > IDEMFS_PATH_MAX))
		return -ENAMETOOLONG;
	out += sprintf(out, "# %s %" PRIu64, kind->word, r->seq);
	out = put_middle(out, r, kind->with);
	if (kind->with & WITH_SUM) {
		*out++ = '\n';
		return put_sum(out, r) - buf;
	}
	*out++ = ' ';
	out = put_path(out, r->path);
	if (kind->with & WITH_TO)
		out = put_path(stpcpy(out, "# to "), r->to);
	return out - buf;
}

/* Reading */

struct cursor {
	const char *p, *end;
	bool bad;
};

/* Takes the blank before the next word. */
static void take_blank(struct cursor *c)
{
	if (c->p < c->end && *c->p == ' ')
		c->p++;
	else
		c->bad = true;
}

static uint64_t take_number(struct cursor *c, uint64_t max)
{
	const char *first = c->p;
	uint64_t v = 0;

	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		uint64_t digit = (uint64_t)(*c->p - '0');

		if (v > (max - digit) / 10)
			c->bad = true;
		else
			v = v * 10 + digit;
	}
	c->bad |= c->p == first;
	return v;
}

static struct timespec take_time(struct cursor *c)
{
	struct timespec t = { 0 };
	bool minus = c->p < c->end && *c->p == '-';
	const char *digits;

	c->p += minus;
	t.tv_sec = (time_t)take_number(c, INT64_MAX);
	if (minus)
		t.tv_sec = -t.tv_sec;
	if (c->p >= c->end || *c->p != '.') {
		c->bad = true;
		return t;
	}
	digits = ++c->p;
	t.tv_nsec = (long)take_number(c, 999999999);
	c->bad |= c->p - digits != 9;
	return t;
}

size_t record_parse_time(const char *p, size_t n, struct timespec *ret)
{
	struct cursor c = { p, p + n, false };
	struct timespec t = take_time(&c);

	if (c.bad)
		return 0;
	*ret = t;
	return (size_t)(c.p - p);
}

static void take_stat(struct cursor *c, struct record_stat *ret)
{
	take_blank(c);
	ret->size = (int64_t)take_number(c, INT64_MAX);
	take_blank(c);
	ret->mtime = take_time(c);
	take_blank(c);
	ret->ino = take_number(c, UINT64_MAX);
}

static void take_type(struct cursor *c, mode_t *ret)
{
	size_t n = (size_t)(c->end - c->p);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		size_t len = strlen(types[i].word);

		if (n < len || memcmp(c->p, types[i].word, len))
			continue;
		*ret = types[i].type;
		c->p += len;
		return;
	}
	c->bad = true;
}

/* The rest of the line. */
static void take_path(struct cursor *c, char *ret)
{
	size_t n = (size_t)(c->end - c->p);
	char text[4 * IDEMFS_PATH_MAX + 1];
	ssize_t len = -1;

	if (!c->bad && n < sizeof(text))
		len = text_unescape_to(text, c->p, n);
	c->bad |= len < 1 || len > IDEMFS_PATH_MAX;
	if (!c->bad)
		memcpy(ret, text, (size_t)len + 1);
	c->p = c->end;
}

static void take_digest(struct cursor *c, struct digest *ret)
{
	size_t n = (size_t)(c->end - c->p);

	if (c->bad || n < DIGEST_TEXT - 1 || digest_parse(c->p, ret) < 0)
		c->bad = true;
	else
		c->p += DIGEST_TEXT - 1;
}

/* NULL: a later version's. */
static const struct kind *take_kind(struct cursor *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].word);

		if ((size_t)(c->end - c->p) > n && c->p[n] == ' ' &&
		    !memcmp(c->p, kinds[i].word, n)) {
			c->p += n;
			return &kinds[i];
		}
	}
	return NULL;
}

static void take_middle(struct cursor *c, unsigned int with, struct record *r)
{
	if (with & WITH_STAT)
		take_stat(c, &r->st);
	if (with & WITH_TYPE) {
		take_blank(c);
		take_type(c, &r->type);
	}
	if (with & WITH_COUNT) {
		take_blank(c);
		r->count = take_number(c, UINT64_MAX);
	}
	if (with & WITH_DIGEST) {
		take_blank(c);
		take_digest(c, &r->digest);
	}
}

static int decode_first(struct record_decoder *d, struct cursor *c,
			struct record *ret)
{
	const struct kind *kind = take_kind(c);
	struct record r = { .path = d->path };

	if (!kind)
		return 0;
	r.kind = kind->kind;
	take_blank(c);
	r.seq = take_number(c, UINT64_MAX);
	take_middle(c, kind->with, &r);
	if (!(kind->with & WITH_SUM)) {
		take_blank(c);
		take_path(c, d->path);
	}
	if (c->bad || c->p != c->end || !r.seq)
		return -EBADMSG;
	if (kind->with & (WITH_SUM | WITH_TO)) {
		d->half = r;
		return 0;
	}
	*ret = r;
	return 1;
}

/* Undoes that.  The length of the path; -1 when @s is not such a text. */
static ssize_t unescape_sum(const char *s, size_t n, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '\\') {
			c = ++i < n ? s[i] : 0;
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
			if (c != '\n' && c != '\r' && c != '\\')
				return -1;
		}
		out[used++] = c;
	}
	return (ssize_t)used;
}

static ssize_t take_sum_path(const char *name, size_t n, bool escaped,
			     char out[2 * IDEMFS_PATH_MAX])
{
	if (n > 2 && name[0] == '.' && name[1] == '/') {
		name += 2;
		n -= 2;
	}
	if (n < 1 || n > 2 * IDEMFS_PATH_MAX || memchr(name, '\0', n))
		return -1;
	if (escaped)
		return unescape_sum(name, n, out);
	memcpy(out, name, n);
	return (ssize_t)n;
}

static int decode_sum(struct record_decoder *d, const char *line, size_t n,
		      struct record *ret)
{
	struct record r = d->half;
	char name[2 * IDEMFS_PATH_MAX];
	bool escaped = n && line[0] == '\\';
	ssize_t len;

	d->half.kind = RECORD_NONE;
	line += escaped;
	n -= escaped;
	if (n < DIGEST_TEXT + 1 || memcmp(line + DIGEST_TEXT - 1, "  ", 2) ||
	    digest_parse(line, &r.digest) < 0)
		return -EBADMSG;
	len = take_sum_path(line + DIGEST_TEXT + 1, n - DIGEST_TEXT - 1,
			    escaped, name);
	if (len < 1 || len > IDEMFS_PATH_MAX)
		return -EBADMSG;
	memcpy(d->path, name, (size_t)len);
	d->path[len] = '\0';
	*ret = r;
	return 1;
}

static int decode_to(struct record_decoder *d, const char *line, size_t n,
		     struct record *ret)
{
	struct cursor c = { line + 5, line + n, false };

	if (n < 5 || memcmp(line, "# to ", 5))
		return -EBADMSG;
	take_path(&c, d->to);
	if (c.bad)
		return -EBADMSG;
	*ret = d->half;
	ret->to = d->to;
	d->half.kind = RECORD_NONE;
	return 1;
}

int record_decode(struct record_decoder *d, const char *line, size_t n,
		  struct record *ret)
{
	static const char empty[] = IDEMFS_EMPTY_LINE;
	struct cursor c = { line + 2, line + n, false };

	if (d->half.kind == RECORD_MOVED)
		return decode_to(d, line, n, ret);
	if (d->half.kind != RECORD_NONE)
		return decode_sum(d, line, n, ret);
	if (n == sizeof(empty) - 2 && !memcmp(line, empty, n))
		return 0;
	if (n < 3 || memcmp(line, "# ", 2))
		return -EBADMSG;
	return decode_first(d, &c, ret);
}
