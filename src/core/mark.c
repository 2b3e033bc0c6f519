/* SPDX-License-Identifier: MIT */
#include "core/mark.h"

#include <stdbool.h>
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "base/util.h"

#define DIGEST_PREFIX "# digest "
#define DIGEST_LINE (sizeof(DIGEST_PREFIX) - 1 + 32 + 1)

void mark_release(struct mark *m)
{
	free(m->name);
	free(m->host);
	free(m->command);
	*m = (struct mark){ 0 };
}

static void put_digest(FILE *out, const char *data, size_t size)
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size));
	fputs(DIGEST_PREFIX, out);
	for (size_t i = 0; i < sizeof(canonical.digest); i++)
		fprintf(out, "%02x", canonical.digest[i]);
	fputc('\n', out);
}

static void put_text(FILE *out, const char *key, const char *value)
{
	auto_free char *escaped = text_escape(value ? value : "");

	fprintf(out, "# %s %s\n", key, escaped ? escaped : "");
}

static void put_time(FILE *out, const struct timespec *time)
{
	char iso[32];
	struct tm tm;

	gmtime_r(&time->tv_sec, &tm);
	strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(out, "# time %lld.%09ld %s\n", (long long)time->tv_sec,
		time->tv_nsec, iso);
}

static char *encode_lines(const struct mark *m, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	if (!out)
		return NULL;
	fprintf(out, "# idemfs-mark %d %010d\n", MARK_FORMAT, 0);
	put_text(out, "name", m->name);
	put_time(out, &m->time);
	put_text(out, "host", m->host);
	fprintf(out, "# user %u\n# pid %d\n", (unsigned int)m->user,
		(int)m->pid);
	put_text(out, "command", m->command);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *mark_encode(const struct mark *m)
{
	size_t size = 0;
	char *lines = encode_lines(m, &size), *text = NULL;
	char head[MARK_HEAD + 1];
	FILE *out;

	if (!lines)
		return NULL;
	snprintf(head, sizeof(head), "# idemfs-mark %d %010zu\n", MARK_FORMAT,
		 size + DIGEST_LINE);
	memcpy(lines, head, MARK_HEAD);
	out = open_memstream(&text, &(size_t){ 0 });
	if (out) {
		fwrite(lines, 1, size, out);
		put_digest(out, lines, size);
		if (fclose(out) != 0)
			free(steal_ptr(&text));
	}
	free(lines);
	return text;
}

int mark_parse_head(const char *head, size_t size, size_t *ret_manifest)
{
	char line[MARK_HEAD + 1];
	unsigned int format;
	size_t n;
	int used = 0;

	if (size < MARK_HEAD)
		return -EBADMSG;
	memcpy(line, head, MARK_HEAD);
	line[MARK_HEAD] = '\0';
	if (sscanf(line, "# idemfs-mark %3u ", &format) != 1)
		return -EBADMSG;
	if (format > MARK_FORMAT)
		return -EPROTO;
	if (sscanf(line, "# idemfs-mark 1 %10zu%n", &n, &used) != 1 ||
	    used != MARK_HEAD - 1 || line[MARK_HEAD - 1] != '\n' ||
	    n < MARK_HEAD + DIGEST_LINE)
		return -EBADMSG;
	*ret_manifest = n;
	return 0;
}

static bool digest_is_right(const char *text, size_t size)
{
	char *line = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&line, &n);
	bool same;

	if (!out)
		return false;
	put_digest(out, text, size - DIGEST_LINE);
	if (fclose(out) != 0) {
		free(line);
		return false;
	}
	same = !memcmp(line, text + size - DIGEST_LINE, DIGEST_LINE);
	free(line);
	return same;
}

static int set_text(char **field, const char *value, size_t n)
{
	free(*field);
	*field = text_unescape(value, n);
	return *field ? 0 : -EBADMSG;
}

/* One line, "key value" without the "# " and the newline. */
static int parse_line(struct mark *m, const char *line, size_t n)
{
	const char *space = memchr(line, ' ', n);
	size_t key = space ? (size_t)(space - line) : n;
	const char *value = space ? space + 1 : line + n;
	size_t size = n - (size_t)(value - line);
	char number[64];

	if (key == 4 && !memcmp(line, "name", 4))
		return set_text(&m->name, value, size);
	if (key == 4 && !memcmp(line, "host", 4))
		return set_text(&m->host, value, size);
	if (key == 7 && !memcmp(line, "command", 7))
		return set_text(&m->command, value, size);
	snprintf(number, sizeof(number), "%.*s", size < 60 ? (int)size : 60,
		 value);
	if (key == 4 && !memcmp(line, "user", 4))
		m->user = (uid_t)strtoul(number, NULL, 10);
	else if (key == 3 && !memcmp(line, "pid", 3))
		m->pid = (pid_t)strtol(number, NULL, 10);
	else if (key == 4 && !memcmp(line, "time", 4)) {
		char *dot;

		m->time.tv_sec = strtoll(number, &dot, 10);
		m->time.tv_nsec = *dot == '.' ? strtol(dot + 1, NULL, 10) : 0;
	}
	return 0; /* what a later minor change adds is skipped */
}

static int parse_lines(struct mark *m, const char *text, size_t size)
{
	const char *end = text + size;
	int r = 0;

	while (!r && text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = nl ? (size_t)(nl - text) : 0;

		if (!nl || n > MARK_LINE_MAX || n < 2 || text[0] != '#')
			return -EBADMSG;
		r = parse_line(m, text + 2, n - 2);
		text = nl + 1;
	}
	return r;
}

int mark_decode(const char *text, size_t size, struct mark *ret,
		size_t *ret_manifest)
{
	struct mark m = { 0 };
	size_t n;
	int r = mark_parse_head(text, size, &n);

	if (r < 0)
		return r;
	if (n > size || !digest_is_right(text, n))
		return -EBADMSG;
	r = parse_lines(&m, text + MARK_HEAD, n - MARK_HEAD - DIGEST_LINE);
	if (!r && (!m.name || !m.host || !m.command))
		r = -EBADMSG;
	if (r < 0) {
		mark_release(&m);
		return r;
	}
	*ret = m;
	*ret_manifest = n;
	return 0;
}
