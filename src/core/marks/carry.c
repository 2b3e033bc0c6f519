/* SPDX-License-Identifier: MIT */
#include "core/marks/carry.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <uthash.h>

#include "base/util.h"
#include "core/digest/digest.h"
#include "core/learn/names.h"
#include "core/manifest/manifest.h"

/* What the new run has read. */
struct carry_seen {
	UT_hash_handle hh;
	char key[];
};

/* FOLDED and CANNOT may stand beside a listing of the same path. */
static char class_of(const struct record *r)
{
	return r->kind == RECORD_FOLDED	  ? 'f'
	       : r->kind == RECORD_CANNOT ? 'c'
					  : 'p';
}

static bool has_seen(const struct carry *c, const struct record *r)
{
	char key[IDEMFS_PATH_MAX + 2];
	struct carry_seen *s;

	snprintf(key, sizeof(key), "%c%s", class_of(r), r->path);
	HASH_FIND_STR(c->seen, key, s);
	return s;
}

int carry_see(struct carry *c, const struct record *r)
{
	size_t n = strlen(r->path) + 2;
	struct carry_seen *s;

	if (!former_any(c->former) || has_seen(c, r))
		return 0;
	s = calloc(1, sizeof(*s) + n);
	if (!s)
		return -ENOMEM;
	snprintf(s->key, n, "%c%s", class_of(r), r->path);
	HASH_ADD_STR(c->seen, key, s);
	return 0;
}

void carry_release(struct carry *c)
{
	struct carry_seen *s, *next;

	HASH_ITER(hh, c->seen, s, next) {
		HASH_DEL(c->seen, s);
		free(s);
	}
}

/* --- when ----------------------------------------------------------------- */

static bool is_since(const struct stat *st, const struct timespec *t)
{
	return st->st_ctim.tv_sec != t->tv_sec
		       ? st->st_ctim.tv_sec > t->tv_sec
		       : st->st_ctim.tv_nsec >= t->tv_nsec;
}

/* Has what is at @path, or the directory that it is gone from, changed lately? */
static bool is_late(const struct carry *c, const char *path)
{
	char above[IDEMFS_PATH_MAX + 1];
	struct stat st;

	snprintf(above, sizeof(above), "%s", path);
	for (;;) {
		auto_fd fd =
			backing_openat(c->root, above, O_PATH | O_NOFOLLOW);
		char *slash = strrchr(above, '/');

		if (fd >= 0)
			return fstat(fd, &st) < 0 ||
			       is_since(&st, &c->former->began);
		if ((fd != -ENOENT && fd != -ENOTDIR) || !strcmp(above, "."))
			return true;
		strcpy(slash ? slash : above, slash ? "" : ".");
	}
}

/* --- each kind ------------------------------------------------------------ */

static int put(struct carry *c, const struct record *r)
{
	struct record rec = *r;

	rec.seq = c->seq;
	return c->put(c->arg, &rec);
}

/* With its present content. */
static int put_present(struct carry *c, const struct record *r, int fd,
		       const struct stat *st)
{
	struct record rec = { .kind = RECORD_LEARNED,
			      .path = r->path,
			      .st = record_stat_of(st) };
	struct stat after;
	int64_t size;
	int code = digest_file_until(fd, c->stop, NULL, &rec.digest, &size);

	if (code == -EINTR || code == -ENOMEM)
		return code;
	if (code < 0 || fstat(fd, &after) < 0 ||
	    !record_stat_is(&rec.st, &after))
		return put(c, r);
	return put(c, &rec);
}

static int carry_file(struct carry *c, const struct record *r)
{
	auto_fd fd = backing_openat(c->root, r->path,
				    O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return is_late(c, r->path) ? put(c, r) : 0;
	if (is_since(&st, &c->former->began) ||
	    (r->kind == RECORD_LEARNED && record_stat_is(&r->st, &st) &&
	     !is_since(&st, &c->was)))
		return put(c, r);
	return put_present(c, r, fd, &st);
}

static bool absent_holds(const struct carry *c, const struct record *r)
{
	auto_fd fd = backing_openat(c->root, r->path, O_PATH | O_NOFOLLOW);

	return fd == -ENOENT || fd == -ENOTDIR;
}

static bool link_holds(const struct carry *c, const struct record *r)
{
	auto_fd fd = backing_openat(c->root, r->path, O_PATH | O_NOFOLLOW);
	struct digest d;

	return fd >= 0 && digest_link(fd, &d) == 0 &&
	       !memcmp(&d, &r->digest, sizeof(d));
}

static bool leaves_out(void *map, const char *path)
{
	return former_is_told(map, path);
}

static int dir_holds(const struct carry *c, const struct record *r)
{
	const struct names_filter f = { .leaves_out = leaves_out,
					.arg = (void *)c->map,
					.stop = c->stop };
	const char *path = strcmp(r->path, ".") ? r->path : "";
	struct digest d;
	uint64_t count;
	int code = r->kind == RECORD_LISTED
			   ? names_list(c->root, path, &f, &d, &count)
			   : names_fold(c->root, path, &f, &d, &count);

	if (code < 0)
		return code == -EINTR || code == -ENOMEM ? code : 0;
	return count == r->count && !memcmp(&d, &r->digest, sizeof(d));
}

static int put_if(struct carry *c, const struct record *r, int holds)
{
	if (holds < 0)
		return holds;
	return holds || is_late(c, r->path) ? put(c, r) : 0;
}

static int carry_record(struct carry *c, const struct record *r)
{
	if (!record_is_learned(r->kind) || has_seen(c, r))
		return 0;
	switch (r->kind) {
	case RECORD_LISTED:
	case RECORD_FOLDED:
		return put_if(c, r, dir_holds(c, r));
	case RECORD_CANNOT:
		return put(c, r);
	default:
		break;
	}
	if (former_is_told(c->map, r->path) &&
	    (r->kind != RECORD_LEARNED ||
	     !former_is_touched(c->former, r, c->root, c->map)))
		return 0;
	switch (r->kind) {
	case RECORD_LEARNED:
	case RECORD_UNLEARNED:
		return carry_file(c, r);
	case RECORD_ABSENT:
		return put_if(c, r, absent_holds(c, r));
	case RECORD_LINKED:
		return put_if(c, r, link_holds(c, r));
	default:
		return 0;
	}
}

/* --- all ------------------------------------------------------------------ */

static int carry_manifest(struct carry *c, int fd)
{
	struct manifest_reader *m;
	struct record rec;
	int code = 0, r = manifest_open(fd, &m);

	if (r < 0)
		return r;
	/* Files are stamped by a clock that lags behind this one by a tick. */
	c->was = manifest_head(m)->ran.began;
	c->was.tv_sec--;
	while (!code && (r = manifest_next(m, &rec)) > 0) {
		code = c->stop && atomic_load(c->stop) ? -EINTR
						       : carry_record(c, &rec);
		if (!code && record_is_learned(rec.kind))
			code = carry_see(c, &rec);
	}
	manifest_close(m);
	return code ? code : r < 0 ? r : 0;
}

int carry_run(struct carry *c)
{
	const struct record lost = { .kind = RECORD_CANNOT, .path = "." };
	int r = c->former->lost && !has_seen(c, &lost) ? put(c, &lost) : 0;

	if (!r && c->former->lost)
		r = carry_see(c, &lost);
	/* The newer one first: of several records of a path it counts. */
	for (int kind = FORMER_KINDS; !r && kind-- > 0;)
		if (c->former->carried[kind])
			r = carry_manifest(c, c->former->files[kind]);
	return r;
}
