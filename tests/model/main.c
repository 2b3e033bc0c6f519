/* SPDX-License-Identifier: MIT */
/*
 * model DIR [--seconds N] [--programs N] [--steps N] [--seed N]
 *       [--discard-on killed|failed|never] [--passthrough off]
 *       [--partial DIR] [--verify PROGRAM] [FILE...]
 *
 * Random programs of processes that work on files below DIR, a mount: each
 * step is answered by a model of the contract first, then done, and the two
 * answers must be the same.  A program that fails is cut down to the steps
 * that it needs, and printed: kept in a file, it is run again by giving FILE.
 *
 * --passthrough off: the mount's files do not pass through, so that a mapping
 * holds its version.  --partial names the quarantine (.idemfs/partial): it must
 * have got as many as the model says.  --verify: when a program that makes marks
 * has ended, and all is told, `PROGRAM verify` must find that it holds.  Prints the seed and the counts; exit
 * status 1 when something was wrong.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "model.h"

#define STEPS_MAX 100000

static struct {
	const char *dir, *partial, *verify;
	unsigned int seconds, programs, steps;
	uint64_t seed;
	bool discard_failed, discard_never;
	bool passes;
	bool zero_range;  /* the filesystem has it */
	bool full_exists; /* a full directory is EEXIST to its rename(2) */
} opt = { .seconds = 10, .steps = 1000, .seed = 1, .passes = true };

static struct {
	unsigned long long programs, steps, left_out;
	unsigned long long kind[OP_COUNT];
} done;

struct program {
	struct op *op;
	unsigned int count;
};

/* What went wrong, and where. */
struct trouble {
	unsigned int at; /* the step, or the count: at the end */
	char expected[ANSWER_SIZE], answer[ANSWER_SIZE];
	struct op op;
};

/* --- one program --------------------------------------------------------- */

static bool same_words(const char *expected, const char *answer)
{
	while (*expected || *answer) {
		size_t n = strcspn(expected, " "), k = strcspn(answer, " ");

		if (!(n == 1 && *expected == '*') &&
		    (n != k || strncmp(expected, answer, n) != 0))
			return false;
		expected += n;
		answer += k;
		if (*expected != *answer)
			return false;
		if (*expected) {
			expected++;
			answer++;
		}
	}
	return true;
}

static bool same(struct trouble *t)
{
	return t->op.kind == OP_MARK ? marks_agree(t->expected, t->answer)
				     : same_words(t->expected, t->answer);
}

/* rename(2) onto a directory that is not empty: XFS says the other one. */
static bool same_refusal(const struct trouble *t)
{
	return t->op.kind == OP_RENAME && opt.full_exists &&
	       !strcmp(t->expected, "ENOTEMPTY") &&
	       !strcmp(t->answer, "EEXIST");
}

static unsigned int count_partials(void)
{
	DIR *d = opt.partial ? opendir(opt.partial) : NULL;
	unsigned int n = 0;
	struct dirent *e;

	while (d && (e = readdir(d)))
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9' &&
		     !strchr(e->d_name, '.');
	if (d)
		closedir(d);
	return n;
}

static bool step(struct model *m, const struct op *given, struct trouble *t)
{
	int fd;

	t->op = *given;
	if (given->kind == OP_FALLOCATE && !opt.zero_range)
		t->op.f &= ~(unsigned int)FALLOC_FL_ZERO_RANGE;
	if (!model_do(m, &t->op, t->expected)) {
		done.left_out++;
		return true;
	}
	done.steps++;
	done.kind[given->kind]++;
	if (!agent_do(&t->op, t->answer, &fd))
		snprintf(t->answer, sizeof(t->answer), "(no answer)");
	model_opened(m, fd);
	return same(t) || same_refusal(t);
}

/* All agents end; then everything that is there is compared. */
static bool look_over(struct model *m, struct trouble *t)
{
	static const enum op_kind looks[] = { OP_LSTAT, OP_CAT, OP_LIST,
					      OP_GETX };
	static const char *const dirs[] = { ".", "d", "e", "d/f" };
	static const char *const names[] = { "a", "b", "c", "g", "" };
	struct op op = { 0 };

	for (unsigned int i = 0; i < AGENTS * MAPS; i++) {
		op = (struct op){ .kind = OP_UNMAP, .agent = i / MAPS };
		op.t = i % MAPS;
		if (!step(m, &op, t))
			return false;
	}
	for (op.agent = 0; op.agent < AGENTS; op.agent++) {
		op.kind = OP_EXIT;
		if (!step(m, &op, t))
			return false;
	}
	op.agent = 0;
	for (unsigned int i = 0; i < 4 * 5 * 4; i++) {
		op.kind = looks[i % 4];
		snprintf(op.p, sizeof(op.p), "%s/%s", dirs[i / 4 % 4],
			 names[i / 16]);
		if (op.p[strlen(op.p) - 1] == '/')
			op.p[strlen(op.p) - 1] = '\0';
		if (!step(m, &op, t))
			return false;
	}
	return true;
}

static void must(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "model: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static bool has_marks(const struct program *p)
{
	for (unsigned int i = 0; i < p->count; i++)
		if (p->op[i].kind == OP_MARK)
			return true;
	return false;
}

/* It tells what no mark has told, by no session. */
static void make_mark(void)
{
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s/.checkpoints/model", opt.dir);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) /* it tells what has failed, once */
		fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	must(fd < 0, name);
	must(close(fd), name);
}

static void remove_mark(void)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s/.checkpoints/model", opt.dir);
	must(unlink(name), name);
}

/* When all is told, it must be what is there. */
static bool verify(struct trouble *t)
{
	char command[8192];
	FILE *f;

	if (!opt.verify)
		return true;
	make_mark();
	snprintf(command, sizeof(command), "%s verify --full %s", opt.verify,
		 opt.dir);
	f = popen(command, "re");
	must(!f, command);
	snprintf(t->expected, ANSWER_SIZE, "all holds");
	if (!fgets(t->answer, ANSWER_SIZE, f))
		t->answer[0] = '\0';
	t->answer[strcspn(t->answer, "\n")] = '\0';
	while (fgetc(f) != EOF)
		;
	remove_mark();
	return pclose(f) == 0;
}

static void remove_marks(const struct program *p)
{
	char name[4096];

	for (unsigned int i = 0; i < p->count; i++) {
		if (p->op[i].kind != OP_MARK)
			continue;
		snprintf(name, sizeof(name), "%s/.checkpoints/%s", opt.dir,
			 p->op[i].p);
		unlink(name);
	}
}

/* False: *t says what was wrong. */
static bool run(const struct program *p, struct trouble *t)
{
	struct model *m = model_new();
	unsigned int before = count_partials(), after;
	char home[4096];
	bool ok = true;

	m->discard_failed = opt.discard_failed;
	m->discard_never = opt.discard_never;
	m->passes = opt.passes;
	snprintf(home, sizeof(home), "%s/model", opt.dir);
	must(mkdir(home, 0755), home);
	if (has_marks(p)) {
		make_mark();
		remove_mark();
	}
	agents_start(home);
	for (t->at = 0; ok && t->at < p->count; t->at++)
		ok = step(m, &p->op[t->at], t);
	if (ok)
		ok = look_over(m, t);
	else
		t->at--;
	agents_stop();
	if (ok && has_marks(p) && !m->blurred)
		ok = verify(t);
	remove_marks(p);
	/* Listing a directory waits for the versions that are sealed there. */
	must(nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS), home);
	after = count_partials();
	if (ok && opt.partial && after - before != m->quarantined) {
		ok = false;
		snprintf(t->expected, ANSWER_SIZE, "%u in quarantine",
			 m->quarantined);
		snprintf(t->answer, ANSWER_SIZE, "%u in quarantine",
			 after - before);
	}
	model_free(m);
	done.programs++;
	return ok;
}

/* --- failures -------------------------------------------------------------- */

static void print_program(const struct program *p, const struct trouble *t)
{
	char text[256];

	for (unsigned int i = 0; i < p->count; i++) {
		op_print(&p->op[i], text, sizeof(text));
		printf("%s\n", text);
	}
	if (t->at == p->count) {
		op_print(&t->op, text, sizeof(text));
		printf("# at the end: %s\n", text);
	}
	printf("# expected: %s\n# answered: %s\n", t->expected, t->answer);
	fflush(stdout);
}

/* @p without @n steps from @at on. */
static struct program without(const struct program *p, unsigned int at,
			      unsigned int n)
{
	struct program q = { .op = malloc(p->count * sizeof(*p->op)) };

	must(!q.op, "malloc");
	for (unsigned int i = 0; i < p->count; i++)
		if (i < at || i >= at + n)
			q.op[q.count++] = p->op[i];
	return q;
}

static bool is_same_trouble(const struct trouble *a, const struct trouble *b)
{
	return a->op.kind == b->op.kind && !strcmp(a->expected, b->expected) &&
	       !strcmp(a->answer, b->answer);
}

/*
 * Leaves out what the failure does not need: halves, quarters, steps.  What
 * fails in another way is another failure.
 */
static void shrink(struct program *p, struct trouble *t)
{
	unsigned int size, at;
	bool any;

	if (t->at < p->count)
		p->count = t->at + 1;
	size = p->count;
	do {
		size = size > 1 ? (size + 1) / 2 : 1;
		any = false;
		for (at = 0; at < p->count;) {
			struct program q = without(p, at, size);
			struct trouble u;

			if (run(&q, &u) || !is_same_trouble(t, &u)) {
				free(q.op);
				at += size;
				continue;
			}
			if (u.at < q.count)
				q.count = u.at + 1;
			free(p->op);
			*p = q;
			*t = u;
			any = true;
		}
	} while (size > 1 || any);
}

static int report(const char *what, struct program *p, struct trouble *t)
{
	unsigned int steps = p->count;

	printf("# %s fails at step %u of %u; cut down:\n", what, t->at, steps);
	print_program(&(struct program){ .op = NULL }, t);
	shrink(p, t);
	print_program(p, t);
	return 1;
}

/* --- which programs ---------------------------------------------------------- */

static int run_random(uint64_t seed)
{
	struct program p = { .op = calloc(opt.steps, sizeof(*p.op)),
			     .count = opt.steps };
	struct trouble t = { 0 };
	char what[64];
	int r = 0;

	must(!p.op, "malloc");
	for (unsigned int i = 0; i < p.count; i++)
		op_random(seed, i, &p.op[i]);
	snprintf(what, sizeof(what), "seed %llu", (unsigned long long)seed);
	if (!run(&p, &t))
		r = report(what, &p, &t);
	free(p.op);
	return r;
}

static int run_file(const char *name)
{
	struct program p = { .op = calloc(STEPS_MAX, sizeof(*p.op)) };
	struct trouble t = { 0 };
	FILE *f = fopen(name, "re");
	char line[256];
	int r = 0;

	must(!p.op || !f, name);
	while (p.count < STEPS_MAX && fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (!op_parse(line, &p.op[p.count++])) {
			fprintf(stderr, "model: %s: no step: %s", name, line);
			exit(2);
		}
	}
	fclose(f);
	if (!p.count) {
		fprintf(stderr, "model: %s: no steps\n", name);
		exit(2);
	}
	if (!run(&p, &t)) {
		printf("# %s fails\n", name);
		print_program(&p, &t);
		r = 1;
	}
	free(p.op);
	return r;
}

static int run_all_random(void)
{
	time_t end = time(NULL) + opt.seconds;
	uint64_t seed = opt.seed;

	for (;; seed++) {
		if (opt.programs ? seed - opt.seed >= opt.programs
				 : time(NULL) >= end)
			return 0;
		if (run_random(seed))
			return 1;
	}
}

static void print_counts(uint64_t seed)
{
	printf("seed %llu: %llu programs, %llu steps, %llu left out:",
	       (unsigned long long)seed, done.programs, done.steps,
	       done.left_out);
	for (unsigned int i = 0; i < OP_COUNT; i++)
		printf(" %s %llu", op_name((enum op_kind)i), done.kind[i]);
	printf("\n");
}

static void find_out_full_directory(void)
{
	char full[4096], inner[4096], empty[4096];

	snprintf(full, sizeof(full), "%s/model-full", opt.dir);
	snprintf(inner, sizeof(inner), "%s/model-full/d", opt.dir);
	snprintf(empty, sizeof(empty), "%s/model-empty", opt.dir);
	must(mkdir(full, 0755) || mkdir(inner, 0755), inner);
	must(mkdir(empty, 0755), empty);
	opt.full_exists = rename(empty, full) < 0 && errno == EEXIST;
	must(rmdir(empty) || rmdir(inner) || rmdir(full), full);
}

static void find_out(void)
{
	char name[4096];
	int fd;

	find_out_full_directory();
	snprintf(name, sizeof(name), "%s/model-probe", opt.dir);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	must(fd < 0, name);
	opt.zero_range = !fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 100);
	must(close(fd) || unlink(name), name);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: model DIR [--seconds N] [--programs N] "
		"[--steps N] [--seed N] [--discard-on WHEN] "
		"[--passthrough WHEN] [--partial DIR] [--verify PROGRAM] "
		"[FILE...]\n");
	return 2;
}

static bool parse_option(const char *key, const char *value)
{
	unsigned long long n = strtoull(value, NULL, 10);

	if (!strcmp(key, "--seconds"))
		opt.seconds = (unsigned int)n;
	else if (!strcmp(key, "--programs"))
		opt.programs = (unsigned int)n;
	else if (!strcmp(key, "--steps") && n > 0 && n <= STEPS_MAX)
		opt.steps = (unsigned int)n;
	else if (!strcmp(key, "--seed"))
		opt.seed = n;
	else if (!strcmp(key, "--partial"))
		opt.partial = value;
	else if (!strcmp(key, "--verify"))
		opt.verify = value;
	else if (!strcmp(key, "--discard-on")) {
		opt.discard_failed = !strcmp(value, "failed");
		opt.discard_never = !strcmp(value, "never");
	} else if (!strcmp(key, "--passthrough"))
		opt.passes = strcmp(value, "off") != 0;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	int i, r = 0;

	for (i = 1; i < argc && (!opt.dir || argv[i][0] == '-'); i++) {
		if (argv[i][0] != '-')
			opt.dir = argv[i];
		else if (i + 1 >= argc || !parse_option(argv[i], argv[i + 1]))
			return usage();
		else
			i++;
	}
	if (!opt.dir)
		return usage();
	find_out();
	if (i == argc)
		r = run_all_random();
	for (; i < argc; i++)
		r |= run_file(argv[i]);
	print_counts(opt.seed);
	return r;
}
