/* SPDX-License-Identifier: MIT */
#include "core/manifest/step.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "base/util.h"
#include "core/digest/digest.h"

void step_release(struct step *s)
{
	for (size_t i = 0; i < s->count; i++)
		free((char *)s->inputs[i].path);
	free(s->inputs);
	free(s->mark);
	free(s->command);
	*s = (struct step){ 0 };
}

/* Takes @path. */
static int add_input(struct step *s, const struct record *r, char *path)
{
	struct record *bigger =
		path ? reallocarray(s->inputs, s->count + 1, sizeof(*bigger))
		     : NULL;

	if (!bigger) {
		free(path);
		return -ENOMEM;
	}
	s->inputs = bigger;
	s->inputs[s->count] = *r;
	s->inputs[s->count++].path = path;
	return 0;
}

int step_add_input(struct step *s, const struct record *r)
{
	return add_input(s, r, strdup(r->path));
}

int step_check_name(const char *name)
{
	const char *p = name;

	if (strlen(name) > IDEMFS_PATH_MAX)
		return -EINVAL;
	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 0 || n > NAME_MAX || p[0] == '.')
			return -EINVAL;
		p += n;
		if (*p == '/' && !*++p)
			return -EINVAL;
	}
	return p == name ? -EINVAL : 0;
}

int step_check_title(const char *name)
{
	size_t n = strlen(name);

	return n == 0 || n > NAME_MAX ? -EINVAL : 0;
}

static const char *const kinds[] = {
	[SESSION_STEP] = "step",
	[SESSION_SESSION] = "session",
	[SESSION_RUN] = "run",
};

const char *session_kind_name(enum session_kind kind)
{
	return kinds[kind];
}

int session_kind_parse(const char *name, size_t n, enum session_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i]) == n && !memcmp(kinds[i], name, n)) {
			*ret = (enum session_kind)i;
			return 0;
		}
	return -EINVAL;
}

struct digest step_argv(char *const *argv)
{
	XXH3_state_t *hash = XXH3_createState();
	struct digest d = { 0 };

	if (hash) {
		XXH3_128bits_reset(hash);
		for (; *argv; argv++)
			XXH3_128bits_update(hash, *argv, strlen(*argv) + 1);
		d = digest_hash(XXH3_128bits_digest(hash));
		XXH3_freeState(hash);
	}
	return d;
}

void step_span_text(const struct step_span *r, char buf[STEP_SPAN_TEXT])
{
	snprintf(buf, STEP_SPAN_TEXT, "%lld.%09ld %lld.%09ld %d",
		 (long long)r->began.tv_sec, r->began.tv_nsec,
		 (long long)r->ended.tv_sec, r->ended.tv_nsec, r->status);
}

/* Moves *@p behind the time and the space after it. */
static int take_time(const char **p, const char *end, struct timespec *ret)
{
	size_t used = record_parse_time(*p, (size_t)(end - *p), ret);

	if (!used || *p + used == end || (*p)[used] != ' ')
		return -EBADMSG;
	*p += used + 1;
	return 0;
}

int step_span_parse(const char *text, size_t n, struct step_span *ret)
{
	const char *p = text, *end = text + n;
	struct step_span run = { 0 };
	int r = take_time(&p, end, &run.began);

	if (!r)
		r = take_time(&p, end, &run.ended);
	if (r < 0 || p == end || end - p > 3)
		return -EBADMSG;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return -EBADMSG;
		run.status = run.status * 10 + (*p - '0');
	}
	*ret = run;
	return 0;
}

static const char *const acts[] = {
	[STEP_MARK] = "mark",	[STEP_START] = "start", [STEP_FAIL] = "fail",
	[STEP_BEGIN] = "begin", [STEP_END] = "end",
};

static bool is_of_session(enum step_act act)
{
	return act == STEP_BEGIN || act == STEP_END;
}

/* Writing */

static void put_text(FILE *out, const char *key, const char *value)
{
	auto_free char *text = text_escape(value);

	fprintf(out, "%s %s\n", key, text ? text : "");
}

static void put_input(FILE *out, const struct record *r)
{
	auto_free char *path = text_escape(r->path);
	char digest[DIGEST_TEXT];

	digest_text(&r->digest, digest);
	fprintf(out, "input %" PRId64 " %lld.%09ld %" PRIu64 " %s %s\n",
		r->st.size, (long long)r->st.mtime.tv_sec, r->st.mtime.tv_nsec,
		r->st.ino, digest, path ? path : "");
}

static void put_session(FILE *out, const struct step *s)
{
	if (s->kind != SESSION_STEP)
		fprintf(out, "kind %s\n", session_kind_name(s->kind));
	if (s->pid > 0)
		fprintf(out, "pid %d\n", s->pid);
	if (s->learn)
		fputs("learn yes\n", out);
}

char *step_encode(const struct step *s)
{
	char digest[DIGEST_TEXT], ran[STEP_SPAN_TEXT], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	digest_text(&s->argv, digest);
	fprintf(out, "idemfs-step %d\n", STEP_FORMAT);
	put_text(out, acts[s->act], s->mark);
	put_session(out, s);
	put_text(out, "command", s->command);
	fprintf(out, "argv %s\n", digest);
	if (s->has_ran) {
		step_span_text(&s->ran, ran);
		fprintf(out, "ran %s\n", ran);
	}
	for (size_t i = 0; i < s->count; i++)
		put_input(out, &s->inputs[i]);
	if (fclose(out) != 0)
		free(steal_ptr(&text));
	return text;
}

/* Reading */

struct cursor {
	const char *p, *end;
};

/* The line that begins with @key and a space: its value; -EBADMSG. */
static int take_line(struct cursor *c, const char *key, const char **ret_value,
		     size_t *ret_n)
{
	size_t left = (size_t)(c->end - c->p), len = strlen(key);
	const char *nl = memchr(c->p, '\n', left);

	if (!nl || (size_t)(nl - c->p) >= IDEMFS_LINE_MAX ||
	    memchr(c->p, '\0', (size_t)(nl - c->p)) ||
	    (size_t)(nl - c->p) < len + 1 || memcmp(c->p, key, len) != 0 ||
	    c->p[len] != ' ')
		return -EBADMSG;
	*ret_value = c->p + len + 1;
	*ret_n = (size_t)(nl - *ret_value);
	c->p = nl + 1;
	return 0;
}

static int take_text(struct cursor *c, const char *key, char **ret)
{
	const char *value;
	size_t n;
	int r = take_line(c, key, &value, &n);

	if (r < 0)
		return r;
	*ret = text_unescape(value, n);
	return *ret ? 0 : -EBADMSG;
}

static int take_first(struct cursor *c)
{
	const char *value;
	size_t n;
	int r = take_line(c, "idemfs-step", &value, &n);

	if (r < 0)
		return r;
	if (n == 1 && *value == '0' + STEP_FORMAT)
		return 0;
	return n >= 1 && *value >= '1' && *value <= '9' ? -EPROTO : -EBADMSG;
}

/* A number without a sign that ends with a space; moves *@p behind it. */
static int take_number(const char **p, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	const char *s = *p;

	for (; *s >= '0' && *s <= '9'; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (v > (max - digit) / 10)
			return -EBADMSG;
		v = v * 10 + digit;
	}
	if (s == *p || *s != ' ')
		return -EBADMSG;
	*p = s + 1;
	*ret = v;
	return 0;
}

static int take_input(struct cursor *c, struct step *s)
{
	struct record rec = { .kind = RECORD_INPUT };
	const char *p, *line;
	char digest[DIGEST_TEXT];
	uint64_t size = 0;
	char *path;
	size_t n, used;
	int r = take_line(c, "input", &line, &n);

	if (r < 0)
		return r;
	p = line;
	r = take_number(&p, INT64_MAX, &size);
	if (r < 0)
		return r;
	used = record_parse_time(p, n - (size_t)(p - line), &rec.st.mtime);
	if (!used || p[used] != ' ')
		return -EBADMSG;
	p += used + 1;
	r = take_number(&p, UINT64_MAX, &rec.st.ino);
	if (r < 0 || n - (size_t)(p - line) < DIGEST_TEXT + 1)
		return -EBADMSG;
	snprintf(digest, sizeof(digest), "%.*s", DIGEST_TEXT - 1, p);
	if (p[DIGEST_TEXT - 1] != ' ' || digest_parse(digest, &rec.digest) < 0)
		return -EBADMSG;
	p += DIGEST_TEXT;
	rec.st.size = (int64_t)size;
	path = text_unescape(p, n - (size_t)(p - line));
	if (!path || !*path || strlen(path) > IDEMFS_PATH_MAX) {
		free(path);
		return -EBADMSG;
	}
	return add_input(s, &rec, path);
}

static bool is_next(const struct cursor *c, const char *key)
{
	size_t len = strlen(key);

	return (size_t)(c->end - c->p) > len && !memcmp(c->p, key, len) &&
	       c->p[len] == ' ';
}

static int take_act(struct cursor *c, struct step *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		if (!is_next(c, acts[i]))
			continue;
		s->act = (enum step_act)i;
		return take_text(c, acts[i], &s->mark);
	}
	return -EBADMSG;
}

static int take_kind(struct cursor *c, struct step *s)
{
	const char *value;
	size_t n;
	int r;

	if (!is_next(c, "kind"))
		return 0;
	r = take_line(c, "kind", &value, &n);
	if (!r && session_kind_parse(value, n, &s->kind) < 0)
		r = -EBADMSG;
	if (!r && s->kind != SESSION_STEP && !is_of_session(s->act))
		r = -EBADMSG;
	return r;
}

static int take_pid(struct cursor *c, struct step *s)
{
	const char *value;
	uint64_t pid = 0;
	size_t n;
	int r;

	if (!is_next(c, "pid"))
		return 0;
	r = take_line(c, "pid", &value, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && pid <= INT_MAX; i++) {
		if (value[i] < '0' || value[i] > '9')
			return -EBADMSG;
		pid = pid * 10 + (uint64_t)(value[i] - '0');
	}
	if (!pid || pid > INT_MAX)
		return -EBADMSG;
	s->pid = (pid_t)pid;
	return 0;
}

static int take_learn(struct cursor *c, struct step *s)
{
	const char *value;
	size_t n;
	int r;

	if (!is_next(c, "learn"))
		return 0;
	r = take_line(c, "learn", &value, &n);
	if (!r && (n != 3 || memcmp(value, "yes", 3) != 0))
		r = -EBADMSG;
	s->learn = !r;
	return r;
}

/* Whose message it is: its act and name, and of which session. */
static int take_head(struct cursor *c, struct step *s)
{
	int r = take_act(c, s);

	if (!r)
		r = take_kind(c, s);
	if (!r)
		r = take_pid(c, s);
	if (!r)
		r = take_learn(c, s);
	if (r < 0)
		return r;
	r = s->kind == SESSION_STEP ? step_check_name(s->mark)
				    : step_check_title(s->mark);
	return r < 0 ? -EBADMSG : 0;
}

static int take_ran(struct cursor *c, struct step *s)
{
	const char *value;
	size_t n;
	int r;

	if (!is_next(c, "ran"))
		return 0;
	r = take_line(c, "ran", &value, &n);
	if (!r)
		r = step_span_parse(value, n, &s->ran);
	s->has_ran = !r;
	return r;
}

static int decode(struct cursor *c, struct step *s)
{
	const char *value;
	char digest[DIGEST_TEXT];
	size_t n;
	int r = take_first(c);

	if (!r)
		r = take_head(c, s);
	if (!r)
		r = take_text(c, "command", &s->command);
	if (!r && strlen(s->command) > IDEMFS_PATH_MAX)
		r = -EBADMSG;
	if (!r)
		r = take_line(c, "argv", &value, &n);
	if (!r && n != DIGEST_TEXT - 1)
		r = -EBADMSG;
	if (r < 0)
		return r;
	snprintf(digest, sizeof(digest), "%.*s", DIGEST_TEXT - 1, value);
	r = digest_parse(digest, &s->argv);
	if (!r)
		r = take_ran(c, s);
	while (!r && c->p < c->end)
		r = take_input(c, s);
	return r;
}

int step_decode(const char *text, size_t size, struct step *ret)
{
	struct cursor c = { text, text + size };
	struct step s = { 0 };
	int r = decode(&c, &s);

	if (r < 0)
		step_release(&s);
	else
		*ret = s;
	return r;
}
