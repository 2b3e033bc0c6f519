/* SPDX-License-Identifier: MIT */
#include "core/verify/verify.h"

#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "core/backing/backing.h"
#include "core/digest/digest.h"
#include "core/verify/extra.h"

#define THREADS_MAX 16

struct run {
	struct verify *v;
	struct latest *c;
	uint32_t *nodes; /* what is to be looked at */
	size_t count, room;
	atomic_size_t next;   /* of nodes */
	pthread_mutex_t lock; /* of v->problems while threads run */
	int code;	      /* under lock: -ENOMEM */
	size_t problem_room;  /* under lock */
};

/* The paths to be compared */

/* The last mark that told of @node, if a chosen one did; else NULL. */
static const char *mark_of(const struct run *run, uint32_t node)
{
	const bool *chosen = run->v->chosen;
	uint32_t at = 0, who;

	while ((who = pathmap_owner(run->c->map, node, &at)))
		if (!chosen || chosen[who])
			return run->c->marks[who - 1].name;
	return NULL;
}

static int collect(void *arg, const struct record *r, uint32_t node)
{
	struct run *run = arg;
	uint32_t *bigger;

	if (!node || !compare_applies(r) || !mark_of(run, node))
		return 0;
	if (run->count == run->room) {
		run->room = run->room ? 2 * run->room : 1024;
		bigger = reallocarray(run->nodes, run->room, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		run->nodes = bigger;
	}
	run->nodes[run->count++] = node;
	if (r->kind == RECORD_FILE)
		atomic_fetch_add(&run->v->bytes_total,
				 (unsigned long long)r->st.size);
	return 0;
}

/* Comparing */

/* Compares the bytes of the file of @path_fd, not of what is at its name. */
static enum verdict judge_bytes(int path_fd, const struct record *r)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
	char proc[32];
	auto_fd fd = -1;
	struct digest d;
	int64_t size;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", path_fd);
	fd = open(proc, flags | O_NOATIME);
	if (fd < 0)
		fd = open(proc, flags);
	if (fd < 0)
		return VERDICT_UNKNOWN;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (digest_file(fd, &d, &size) < 0)
		return VERDICT_UNKNOWN;
	return memcmp(&d, &r->digest, sizeof(d)) ? VERDICT_CONTENT
						 : VERDICT_HOLDS;
}

/* The worst difference: other bytes are worse than another time. */
static enum verdict judge(const struct verify *v, struct record r,
			  int64_t *ret_size)
{
	auto_fd fd = backing_openat(v->root, r.path, O_PATH | O_NOFOLLOW);
	bool full = v->full && r.kind == RECORD_FILE;
	enum verdict verdict, bytes;
	struct stat st;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return VERDICT_MISSING;
	if (fd < 0 || fstat(fd, &st) < 0)
		return VERDICT_UNKNOWN;
	*ret_size = st.st_size;
	if (full)
		r.st.ino = st.st_ino;
	verdict = compare_stat(&r, &st);
	if (!full || verdict == VERDICT_TYPE || verdict == VERDICT_SIZE)
		return verdict;
	bytes = judge_bytes(fd, &r);
	return bytes == VERDICT_HOLDS ? verdict : bytes;
}

static int add_problem_locked(struct run *run, const struct verify_problem *p)
{
	struct verify *v = run->v;
	struct verify_problem *bigger = v->problems;
	auto_free char *path = strdup(p->path);

	if (path && v->count == run->problem_room) {
		run->problem_room = 2 * run->problem_room + 16;
		bigger = reallocarray(v->problems, run->problem_room,
				      sizeof(*bigger));
		if (bigger)
			v->problems = bigger;
	}
	if (!path || !bigger)
		return -ENOMEM;
	v->problems[v->count] = *p;
	v->problems[v->count++].path = steal_ptr(&path);
	return 0;
}

static void note(struct run *run, const struct verify_problem *p)
{
	int r;

	LOCK_SCOPE(&run->lock);
	/* After a failure the array may be shorter than its count. */
	r = run->code ? run->code : add_problem_locked(run, p);
	if (r < 0)
		run->code = r;
}

static void look_at(struct run *run, uint32_t node)
{
	struct verify_problem p = { .mark = mark_of(run, node) };
	char path[PATHMAP_PATH];
	struct record rec;

	if (!pathmap_get(run->c->map, node, path, &rec))
		return;
	p.path = (char *)rec.path;
	p.was = rec.st.size;
	p.seq = rec.seq;
	p.verdict = judge(run->v, rec, &p.is);
	if (p.verdict != VERDICT_HOLDS)
		note(run, &p);
	if (rec.kind == RECORD_FILE)
		atomic_fetch_add(&run->v->bytes_done,
				 (unsigned long long)rec.st.size);
}

static bool is_cancelled(const struct run *run)
{
	return run->v->cancel && atomic_load(run->v->cancel);
}

/* A thread: ends when there is no path left to compare. */
static void *work(void *arg)
{
	struct run *run = arg;
	size_t i;

	while (!is_cancelled(run) &&
	       (i = atomic_fetch_add(&run->next, 1)) < run->count) {
		look_at(run, run->nodes[i]);
		atomic_fetch_add(&run->v->done, 1);
	}
	return NULL;
}

/* Several: one digests slower than fast disks read, and waits on slow ones. */
static void work_together(struct run *run)
{
	pthread_t threads[THREADS_MAX];
	unsigned int n = run->v->threads, started = 0;

	n = n > THREADS_MAX ? THREADS_MAX : n;
	while (started + 1 < n && started + 1 < run->count &&
	       !pthread_create(&threads[started], NULL, work, run))
		started++;
	work(run);
	while (started)
		pthread_join(threads[--started], NULL);
}

/* A file that no mark knows of. */
static int note_extra(void *arg, const char *path)
{
	struct run *run = arg;
	uint32_t node = pathmap_find(run->c->map, path), at = 0;

	if (!node || !pathmap_owner(run->c->map, node, &at))
		note(run, &(struct verify_problem){ .path = (char *)path });
	return run->code;
}

static int by_path(const void *a, const void *b)
{
	const struct verify_problem *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int run_all(struct run *run)
{
	struct verify *v = run->v;
	int r = pathmap_each(run->c->map, collect, run);

	if (r < 0)
		return r;
	atomic_store(&v->total, run->count);
	work_together(run);
	r = is_cancelled(run) ? -EINTR : run->code;
	if (!r && v->extra)
		r = verify_each_file(v->root, note_extra, run);
	if (v->count)
		qsort(v->problems, v->count, sizeof(*v->problems), by_path);
	return r;
}

int verify_run(struct verify *v, struct latest *c)
{
	struct run run = { .v = v, .c = c };
	int r;

	pthread_mutex_init(&run.lock, NULL);
	r = run_all(&run);
	pthread_mutex_destroy(&run.lock);
	free(run.nodes);
	return r;
}

/* Is it still a problem? */
static bool is_problem(const struct verify *v, struct verify_problem *p,
		       const struct latest *c)
{
	uint32_t node = pathmap_find(c->map, p->path), at = 0;
	char path[PATHMAP_PATH];
	struct record rec;

	if (!p->mark)
		return !node || !pathmap_owner(c->map, node, &at);
	if (!node || !pathmap_get(c->map, node, path, &rec) ||
	    !compare_applies(&rec))
		return false;
	p->was = rec.st.size;
	p->verdict = judge(v, rec, &p->is);
	return p->verdict != VERDICT_HOLDS;
}

/* Is its record still the same? */
static bool is_same(const struct verify *v, struct verify_problem *p,
		    const struct latest *c)
{
	uint32_t node = pathmap_find(c->map, p->path);
	char path[PATHMAP_PATH];
	struct record rec;

	(void)v;
	return node && pathmap_get(c->map, node, path, &rec) &&
	       rec.seq == p->seq && compare_applies(&rec);
}

static void keep(struct verify *v, const struct latest *later,
		 bool (*is_kept)(const struct verify *v,
				 struct verify_problem *p,
				 const struct latest *c))
{
	size_t kept = 0;

	for (size_t i = 0; i < v->count; i++)
		if (is_kept(v, &v->problems[i], later))
			v->problems[kept++] = v->problems[i];
		else
			free(v->problems[i].path);
	v->count = kept;
}

void verify_settle(struct verify *v, const struct latest *later)
{
	keep(v, later, is_problem);
}

void verify_confirm(struct verify *v, const struct latest *later)
{
	keep(v, later, is_same);
}

void verify_release(struct verify *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->problems[i].path);
	free(steal_ptr(&v->problems));
	v->count = 0;
}

const struct verify_problem **verify_blame(const struct verify *v,
					   const struct latest *c)
{
	const struct verify_problem **first =
		calloc(c->count + 1, sizeof(struct verify_problem *));

	for (size_t i = 0; first && i < v->count; i++) {
		const struct verify_problem *p = &v->problems[i];
		uint32_t node = pathmap_find(c->map, p->path), at = 0, who;

		if (p->verdict == VERDICT_UNKNOWN || !node)
			continue;
		who = pathmap_owner(c->map, node, &at);
		if (who && !first[who - 1])
			first[who - 1] = p;
	}
	return first;
}

/* Words for people */

const char *verify_kind(const struct verify_problem *p)
{
	if (!p->mark)
		return "extra";
	return p->verdict == VERDICT_MISSING ? "missing" : "changed";
}

void verify_why(const struct verify_problem *p, char *buf, size_t size)
{
	static const char *const texts[] = {
		[VERDICT_TYPE] = "another kind of file",
		[VERDICT_CONTENT] = "other bytes",
		[VERDICT_MTIME] = "another time",
		[VERDICT_INODE] = "another file is in its place",
		[VERDICT_UNKNOWN] = "cannot be read",
	};

	*buf = '\0';
	if (!p->mark || p->verdict == VERDICT_MISSING)
		return;
	if (p->verdict == VERDICT_SIZE)
		snprintf(buf, size, "%lld bytes, were %lld", (long long)p->is,
			 (long long)p->was);
	else
		snprintf(buf, size, "%s", texts[p->verdict]);
}

char *verify_text(const struct verify_problem *p)
{
	char *text, why[64];

	verify_why(p, why, sizeof(why));
	if (asprintf(&text, "%s %s%s%s", verify_kind(p), p->path,
		     *why ? ": " : "", why) < 0)
		return NULL;
	return text;
}
