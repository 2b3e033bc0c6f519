/* SPDX-License-Identifier: MIT */
#include "core/manifest/manifest.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <xxhash.h>

#include "base/lines.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/digest/digest.h"

#define DIGEST_PREFIX "# digest "
#define DIGEST_LINE (sizeof(DIGEST_PREFIX) - 1 + DIGEST_TEXT)
#define SCOPE_SESSION "scope session"
#define BUFFER (4 * IDEMFS_LINE_MAX)

void manifest_head_release(struct manifest_head *h)
{
	free(h->name);
	free(h->host);
	free(h->command);
	free(h->session);
	*h = (struct manifest_head){ 0 };
}

/* Writing */

struct manifest_writer {
	int fd;
	off_t written; /* what is in the file */
	bool plain;    /* it has a line that every xxhsum takes */
	XXH3_state_t *hash;
	size_t used;
	char buf[BUFFER];
};

static int flush(struct manifest_writer *w)
{
	int r = sys_pwrite_all(w->fd, w->buf, w->used, w->written);

	if (r < 0)
		return r;
	w->written += (off_t)w->used;
	w->used = 0;
	return 0;
}

/* Room for @n bytes more, at most RECORD_MAX. */
static int reserve(struct manifest_writer *w, size_t n)
{
	return BUFFER - w->used < n ? flush(w) : 0;
}

static int add(struct manifest_writer *w, size_t n)
{
	XXH3_128bits_update(w->hash, w->buf + w->used, n);
	w->used += n;
	return 0;
}

static int put_text(struct manifest_writer *w, const char *key,
		    const char *value)
{
	int r = reserve(w, RECORD_MAX);
	size_t n;

	if (r < 0)
		return r;
	if (!value)
		value = "";
	if (strlen(value) > IDEMFS_PATH_MAX)
		return -ENAMETOOLONG;
	n = (size_t)sprintf(w->buf + w->used, "# %s ", key);
	n += text_escape_to(w->buf + w->used + n, value);
	w->buf[w->used + n++] = '\n';
	return add(w, n);
}

static int put_times(struct manifest_writer *w, const struct manifest_head *h)
{
	char *out = w->buf + w->used, iso[32];
	struct tm tm;
	size_t n;
	int r = reserve(w, RECORD_MAX);

	if (r < 0)
		return r;
	gmtime_r(&h->time.tv_sec, &tm);
	strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", &tm);
	n = (size_t)sprintf(out, "# time %lld.%09ld %s\n",
			    (long long)h->time.tv_sec, h->time.tv_nsec, iso);
	if (h->since.tv_sec >= 0)
		n += (size_t)sprintf(out + n, "# since %lld.%09ld\n",
				     (long long)h->since.tv_sec,
				     h->since.tv_nsec);
	return add(w, n);
}

/* The lines that only a mark of `idemfs step` has. */
static int put_step(struct manifest_writer *w, const struct manifest_head *h)
{
	char digest[DIGEST_TEXT], ran[STEP_SPAN_TEXT];
	int r = 0;

	if (h->has_argv) {
		digest_text(&h->argv, digest);
		r = put_text(w, "argv", digest);
	}
	if (!r && h->has_ran) {
		step_span_text(&h->ran, ran);
		r = put_text(w, "ran", ran);
	}
	if (!r && h->learn)
		r = put_text(w, "learn", "yes");
	return r;
}

static int put_scope(struct manifest_writer *w, const struct manifest_head *h)
{
	return h->session ? put_text(w, SCOPE_SESSION, h->session)
			  : put_text(w, "scope", "time");
}

static int put_head(struct manifest_writer *w, const struct manifest_head *h)
{
	char ids[64], *out;
	int r = put_text(w, "name", h->name);

	if (!r)
		r = put_times(w, h);
	if (!r)
		r = put_text(w, "host", h->host);
	if (r < 0)
		return r;
	out = w->buf + w->used;
	add(w, (size_t)sprintf(out, "# user %u\n# pid %d\n",
			       (unsigned int)h->user, (int)h->pid));
	r = put_text(w, "command", h->command);
	if (!r)
		r = put_step(w, h);
	if (!r)
		r = put_scope(w, h);
	snprintf(ids, sizeof(ids), "%" PRIu64, h->order);
	return r < 0 ? r : put_text(w, "order", ids);
}

/* The first line, which no digest covers, with ten digits for the size. */
static int put_first(int fd, off_t size)
{
	char line[IDEMFS_MARK_HEAD + 1];
	int n = snprintf(line, sizeof(line), "# idemfs-mark %d %010lld\n",
			 IDEMFS_MARK_FORMAT, (long long)size);

	if (n != IDEMFS_MARK_HEAD)
		return -EFBIG;
	return sys_pwrite_all(fd, line, IDEMFS_MARK_HEAD, 0);
}

int manifest_create(int fd, const struct manifest_head *head,
		    struct manifest_writer **ret)
{
	struct manifest_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->fd = fd;
	w->written = IDEMFS_MARK_HEAD;
	w->hash = XXH3_createState();
	r = w->hash ? 0 : -ENOMEM;
	if (!r) {
		XXH3_128bits_reset(w->hash);
		r = put_head(w, head);
	}
	if (r < 0)
		manifest_abandon(w);
	else
		*ret = w;
	return r;
}

int manifest_put(struct manifest_writer *w, const struct record *rec)
{
	int r = reserve(w, RECORD_MAX);
	ssize_t n = r < 0 ? r : record_encode(rec, w->buf + w->used);

	if (n < 0)
		return (int)n;
	w->plain |= record_is_plain(rec);
	return add(w, (size_t)n);
}

int manifest_put_open(struct manifest_writer *w, const char *path)
{
	return put_text(w, "open", path);
}

int manifest_put_more(struct manifest_writer *w, unsigned int count)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", count);
	return put_text(w, "opens", text);
}

/* Escaped as ever, and spaces, too, since another field comes after it. */
static size_t escape_field(char *out, const char *text)
{
	auto_free char *escaped = text_escape(text);
	char *p = out;

	for (const char *s = escaped ? escaped : "?"; *s; s++)
		p = *s == ' ' ? stpcpy(p, "\\x20") : (*p = *s, p + 1);
	return (size_t)(p - out);
}

int manifest_put_overlap(struct manifest_writer *w, const char *session,
			 const char *path)
{
	int r = reserve(w, RECORD_MAX);
	char *out = w->buf + w->used;
	size_t n;

	if (r < 0)
		return r;
	if (strlen(session) > NAME_MAX || strlen(path) > IDEMFS_PATH_MAX)
		return -ENAMETOOLONG;
	n = (size_t)sprintf(out, "# overlap ");
	n += escape_field(out + n, *session ? session : "?");
	out[n++] = ' ';
	n += text_escape_to(out + n, path);
	out[n++] = '\n';
	return n > IDEMFS_LINE_MAX ? -ENAMETOOLONG : add(w, n);
}

int manifest_put_overlaps(struct manifest_writer *w, unsigned int count)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", count);
	return put_text(w, "overlaps", text);
}

static int close_text(struct manifest_writer *w)
{
	struct digest d;
	char *out;
	int r = reserve(w, RECORD_MAX);

	if (r < 0)
		return r;
	if (!w->plain) {
		strcpy(w->buf + w->used, IDEMFS_EMPTY_LINE);
		add(w, sizeof(IDEMFS_EMPTY_LINE) - 1);
	}
	d = digest_hash(XXH3_128bits_digest(w->hash));
	out = stpcpy(w->buf + w->used, DIGEST_PREFIX);
	digest_text(&d, out);
	out[DIGEST_TEXT - 1] = '\n';
	w->used += DIGEST_LINE;
	r = flush(w);
	return r < 0 ? r : put_first(w->fd, w->written);
}

int manifest_finish(struct manifest_writer *w, off_t *ret_size)
{
	int r = close_text(w);

	if (!r)
		*ret_size = w->written;
	manifest_abandon(w);
	return r;
}

void manifest_abandon(struct manifest_writer *w)
{
	if (!w)
		return;
	XXH3_freeState(w->hash);
	free(w);
}

/* Reading */

struct manifest_reader {
	off_t size; /* of the manifest */
	struct manifest_head head;
	XXH3_state_t *hash;
	struct record_decoder decoder;
	struct lines lines;
	manifest_overlap_fn overlap; /* or NULL */
	void *overlap_arg;
};

static int get_number(const char *value, size_t n, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (n < 1 || n > 20)
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		uint64_t digit = (uint64_t)(value[i] - '0');

		if (digit > 9 || v > (max - digit) / 10)
			return -EBADMSG;
		v = v * 10 + digit;
	}
	*ret = v;
	return 1;
}

int manifest_parse_size(const char *head, size_t size, off_t *ret_size)
{
	static const char word[] = "# idemfs-mark ";
	const char *p = head + sizeof(word) - 1;
	uint64_t n;

	if (size < IDEMFS_MARK_HEAD || memcmp(head, word, sizeof(word) - 1))
		return -EBADMSG;
	/* A newer format may have anything after its number. */
	if (*p >= '1' && *p <= '9' && memcmp(p, "1 ", 2))
		return -EPROTO;
	if (memcmp(p, "1 ", 2) || head[IDEMFS_MARK_HEAD - 1] != '\n' ||
	    get_number(p + 2, 10, INT64_MAX, &n) < 0 ||
	    n < IDEMFS_MARK_HEAD + DIGEST_LINE)
		return -EBADMSG;
	*ret_size = (off_t)n;
	return 0;
}

static bool is_last(const struct manifest_reader *m)
{
	return lines_left(&m->lines) == DIGEST_LINE;
}

/* The next line; -EBADMSG when there is none. */
static int peek(struct manifest_reader *m, const char **ret_line, size_t *ret_n)
{
	int r = lines_peek(&m->lines, ret_line, ret_n);

	return r ? r : -EBADMSG;
}

static void take(struct manifest_reader *m, const char *line, size_t n)
{
	XXH3_128bits_update(m->hash, line, n + 1);
	lines_take(&m->lines, n);
}

static int check_digest(struct manifest_reader *m)
{
	struct digest want, is = digest_hash(XXH3_128bits_digest(m->hash));
	const char *line;
	size_t n;
	int r = peek(m, &line, &n);

	if (r < 0)
		return r;
	if (n != DIGEST_LINE - 1 ||
	    memcmp(line, DIGEST_PREFIX, sizeof(DIGEST_PREFIX) - 1) ||
	    digest_parse(line + sizeof(DIGEST_PREFIX) - 1, &want) < 0)
		return -EBADMSG;
	return memcmp(&want, &is, sizeof(is)) ? -EBADMSG : 0;
}

/* The head */

static int get_text(char **field, const char *value, size_t n)
{
	if (*field)
		return -EBADMSG;
	*field = text_unescape(value, n);
	return *field ? 1 : -EBADMSG;
}

static bool is_key(const char *line, size_t n, const char *key)
{
	size_t len = strlen(key);

	return n >= len + 3 && !memcmp(line + 2, key, len) &&
	       line[len + 2] == ' ';
}

static int get_ids(struct manifest_head *h, const char *line, size_t n)
{
	uint64_t v = 0;
	int r = 0;

	if (is_key(line, n, "user")) {
		r = get_number(line + 7, n - 7, UINT32_MAX, &v);
		h->user = (uid_t)v;
	} else if (is_key(line, n, "pid")) {
		r = get_number(line + 6, n - 6, INT32_MAX, &v);
		h->pid = (pid_t)v;
	} else if (is_key(line, n, "order")) {
		r = get_number(line + 8, n - 8, UINT64_MAX, &h->order);
	}
	return r;
}

/* Of a scope that a newer idemfs may have, this one knows nothing. */
static int get_scope(struct manifest_head *h, const char *line, size_t n)
{
	if (!is_key(line, n, SCOPE_SESSION))
		return 1;
	return get_text(&h->session, line + sizeof(SCOPE_SESSION) + 2,
			n - sizeof(SCOPE_SESSION) - 2);
}

/* 1: the line belongs to the head; 0: it does not. */
static int get_head_line(struct manifest_head *h, const char *line, size_t n)
{
	if (n < 2 || memcmp(line, "# ", 2))
		return -EBADMSG;
	if (is_key(line, n, "name"))
		return get_text(&h->name, line + 7, n - 7);
	if (is_key(line, n, "host"))
		return get_text(&h->host, line + 7, n - 7);
	if (is_key(line, n, "command"))
		return get_text(&h->command, line + 10, n - 10);
	if (is_key(line, n, "scope"))
		return get_scope(h, line, n);
	if (is_key(line, n, "argv")) {
		h->has_argv = true;
		return n == 7 + DIGEST_TEXT - 1 &&
				       !digest_parse(line + 7, &h->argv)
			       ? 1
			       : -EBADMSG;
	}
	if (is_key(line, n, "ran")) {
		h->has_ran = true;
		return step_span_parse(line + 6, n - 6, &h->ran) < 0 ? -EBADMSG
								     : 1;
	}
	if (is_key(line, n, "learn")) {
		h->learn = n == 11 && !memcmp(line + 8, "yes", 3);
		return 1;
	}
	if (is_key(line, n, "time"))
		return record_parse_time(line + 7, n - 7, &h->time) ? 1
								    : -EBADMSG;
	if (is_key(line, n, "since"))
		return record_parse_time(line + 8, n - 8, &h->since) ? 1
								     : -EBADMSG;
	return get_ids(h, line, n);
}

static int read_head(struct manifest_reader *m)
{
	const char *line;
	bool done = false;
	size_t n;
	int r;

	m->head.since.tv_sec = -1;
	while (!done) {
		r = is_last(m) ? -EBADMSG : peek(m, &line, &n);
		if (r > 0)
			r = get_head_line(&m->head, line, n);
		if (r < 0)
			return r;
		done = r && is_key(line, n, "order");
		take(m, line, n);
	}
	return m->head.name && m->head.host && m->head.command ? 0 : -EBADMSG;
}

static int open_reader(int fd, const char *text, off_t whole,
		       struct manifest_reader **ret)
{
	struct manifest_reader *m = calloc(1, sizeof(*m));
	char first[IDEMFS_MARK_HEAD];
	ssize_t n = -ENOMEM;
	int r = m ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	m->hash = XXH3_createState();
	n = fd < 0 ? whole : sys_pread_all(fd, first, sizeof(first), 0);
	if (!m->hash || n < 0)
		r = n < 0 ? (int)n : -ENOMEM;
	else
		r = manifest_parse_size(fd < 0 ? text : first, (size_t)n,
					&m->size);
	if (!r && m->size > whole)
		r = -EBADMSG;
	if (!r)
		r = fd < 0 ? lines_init_text(&m->lines, text, IDEMFS_MARK_HEAD,
					     m->size, IDEMFS_LINE_MAX)
			   : lines_init(&m->lines, fd, IDEMFS_MARK_HEAD,
					m->size, IDEMFS_LINE_MAX);
	if (!r) {
		XXH3_128bits_reset(m->hash);
		r = read_head(m);
	}
	if (r < 0)
		manifest_close(m);
	else
		*ret = m;
	return r;
}

int manifest_open(int fd, struct manifest_reader **ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return open_reader(fd, NULL, st.st_size, ret);
}

int manifest_open_text(const char *text, size_t size,
		       struct manifest_reader **ret)
{
	return open_reader(-1, text, (off_t)size, ret);
}

const struct manifest_head *manifest_head(const struct manifest_reader *m)
{
	return &m->head;
}

off_t manifest_size(const struct manifest_reader *m)
{
	return m->size;
}

/* Overlaps */

void manifest_on_overlap(struct manifest_reader *m, manifest_overlap_fn each,
			 void *arg)
{
	m->overlap = each;
	m->overlap_arg = arg;
}

static int tell_overlap(struct manifest_reader *m, const char *text, size_t n)
{
	const char *space = memchr(text, ' ', n);
	size_t len = space ? (size_t)(space - text) : n;
	auto_free char *session = text_unescape(text, len);
	auto_free char *path = space ? text_unescape(space + 1, n - len - 1)
				     : NULL;

	if (!session || !path)
		return -EBADMSG;
	return m->overlap(m->overlap_arg, session, path, 0);
}

/* A line that is no record: it may be one of an overlap. */
static int see_other(struct manifest_reader *m, const char *line, size_t n)
{
	uint64_t more;

	if (!m->overlap || m->decoder.half.kind || n < 3 ||
	    memcmp(line, "# ", 2) != 0)
		return 0;
	if (is_key(line, n, "overlap"))
		return tell_overlap(m, line + 10, n - 10);
	if (!is_key(line, n, "overlaps"))
		return 0;
	if (get_number(line + 11, n - 11, UINT32_MAX, &more) < 0)
		return -EBADMSG;
	return m->overlap(m->overlap_arg, NULL, NULL, (unsigned int)more);
}

int manifest_next(struct manifest_reader *m, struct record *ret)
{
	const char *line;
	size_t n;
	int r = 0;

	while (!r) {
		if (is_last(m))
			return m->decoder.half.kind ? -EBADMSG
						    : check_digest(m);
		r = peek(m, &line, &n);
		if (r < 0)
			return r;
		r = record_decode(&m->decoder, line, n, ret);
		if (!r)
			r = see_other(m, line, n);
		take(m, line, n);
	}
	return r;
}

void manifest_close(struct manifest_reader *m)
{
	if (!m)
		return;
	manifest_head_release(&m->head);
	lines_release(&m->lines);
	XXH3_freeState(m->hash);
	free(m);
}

int manifest_has_records(int fd)
{
	struct manifest_reader *m;
	struct record rec;
	int r = manifest_open(fd, &m);

	if (r < 0)
		return r;
	r = manifest_next(m, &rec);
	manifest_close(m);
	return r;
}
