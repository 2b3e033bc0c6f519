/* SPDX-License-Identifier: MIT */
#include "op.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What each needs of its fields, and how often it comes. */
static const struct {
	const char *name, *fields;
	unsigned int weight;
} table[OP_COUNT] = {
	[OP_OPEN] = { "open", "psfv", 150 },
	[OP_TMPFILE] = { "tmpfile", "psf", 8 },
	[OP_CLOSE] = { "close", "s", 90 },
	[OP_DUP] = { "dup", "st", 12 },
	[OP_PASS] = { "pass", "stv", 14 },
	[OP_REOPEN] = { "reopen", "stf", 10 },
	[OP_READ] = { "read", "sl", 25 },
	[OP_WRITE] = { "write", "slv", 50 },
	[OP_PREAD] = { "pread", "slo", 25 },
	[OP_PWRITE] = { "pwrite", "slov", 40 },
	[OP_SEEK] = { "seek", "so", 8 },
	[OP_FTRUNCATE] = { "ftruncate", "so", 16 },
	[OP_FALLOCATE] = { "fallocate", "slof", 12 },
	[OP_COPY] = { "copy", "stlo", 8 },
	[OP_FSYNC] = { "fsync", "s", 3 },
	[OP_FSTAT] = { "fstat", "s", 25 },
	[OP_FCHMOD] = { "fchmod", "sv", 8 },
	[OP_FUTIME] = { "futime", "sv", 8 },
	[OP_FSETX] = { "fsetx", "sv", 8 },
	[OP_MAP] = { "map", "st", 20 },
	[OP_MREAD] = { "mread", "t", 20 },
	[OP_MWRITE] = { "mwrite", "tlov", 20 },
	[OP_UNMAP] = { "unmap", "t", 16 },
	[OP_STAT] = { "stat", "p", 60 },
	[OP_LSTAT] = { "lstat", "p", 12 },
	[OP_CAT] = { "cat", "p", 80 },
	[OP_LIST] = { "list", "p", 20 },
	[OP_TRUNCATE] = { "truncate", "po", 12 },
	[OP_CHMOD] = { "chmod", "pv", 12 },
	[OP_UTIME] = { "utime", "pv", 12 },
	[OP_SETX] = { "setx", "pv", 12 },
	[OP_GETX] = { "getx", "p", 12 },
	[OP_UNLINK] = { "unlink", "p", 25 },
	[OP_RMDIR] = { "rmdir", "p", 12 },
	[OP_MKDIR] = { "mkdir", "p", 16 },
	[OP_SYMLINK] = { "symlink", "pq", 6 },
	[OP_LINK] = { "link", "pq", 14 },
	[OP_LINKFD] = { "linkfd", "sq", 8 },
	[OP_RENAME] = { "rename", "pqf", 50 },
	[OP_KILL] = { "kill", "", 5 },
	[OP_EXIT] = { "exit", "v", 5 },
	[OP_SPAWN] = { "spawn", "v", 20 },
	[OP_SETTLE] = { "settle", "", 80 },
	[OP_BEGIN] = { "begin", "v", 30 },
	[OP_END] = { "end", "v", 12 },
	[OP_MARK] = { "mark", "p", 50 },
	[OP_UNMARK] = { "unmark", "p", 4 },
};

static const char *const dirs[] = { ".", "d", "e", "d/f" };
static const char *const names[] = { "a", "b", "c", "g" };

#define MARK_NAMES 30

const char *op_name(enum op_kind kind)
{
	return table[kind].name;
}

/* splitmix64: any two seeds give unlike programs. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned int pick(uint64_t *state, unsigned int n)
{
	return (unsigned int)(next(state) % n);
}

/* Of the first @count. */
static enum op_kind pick_kind(uint64_t *state, unsigned int count)
{
	unsigned int sum = 0, at, i;

	for (i = 0; i < count; i++)
		sum += table[i].weight;
	at = pick(state, sum);
	for (i = 0; at >= table[i].weight; i++)
		at -= table[i].weight;
	return (enum op_kind)i;
}

static void pick_path(uint64_t *state, bool for_dir, char *ret)
{
	const char *dir = dirs[pick(state, 4)];

	if (pick(state, 10) < (for_dir ? 8 : 1))
		snprintf(ret, PATH_SIZE, "%s", dir[0] == '.' ? "d" : dir);
	else
		snprintf(ret, PATH_SIZE, "%s%s%s", dir[0] == '.' ? "" : dir,
			 dir[0] == '.' ? "" : "/", names[pick(state, 4)]);
}

static unsigned int pick_open_flags(uint64_t *state)
{
	static const unsigned int access[] = { O_RDONLY, O_RDONLY, O_WRONLY,
					       O_WRONLY, O_RDWR };
	unsigned int f = access[pick(state, 5)];

	if (pick(state, 2))
		f |= O_CREAT;
	if (pick(state, 10) == 0)
		f |= O_EXCL;
	if (pick(state, 3) == 0)
		f |= O_TRUNC;
	if (pick(state, 4) == 0)
		f |= O_APPEND;
	if (pick(state, 12) == 0)
		f |= O_NOFOLLOW;
	/* O_EXCL alone means nothing for a file. */
	return f & O_CREAT ? f : f & ~(unsigned int)O_EXCL;
}

static unsigned int pick_flags(uint64_t *state, enum op_kind kind)
{
	static const unsigned int falloc[] = {
		0,
		FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
		FALLOC_FL_ZERO_RANGE,
	};
	static const unsigned int rename[] = { 0, 0, 0, RENAME_NOREPLACE,
					       RENAME_EXCHANGE };

	switch (kind) {
	case OP_OPEN:
		return pick_open_flags(state);
	case OP_TMPFILE:
		return pick(state, 2) ? O_RDWR : O_WRONLY;
	case OP_REOPEN:
		return pick(state, 2) ? O_RDWR : O_RDONLY;
	case OP_FALLOCATE:
		return falloc[pick(state, 4)];
	case OP_RENAME:
		return rename[pick(state, 5)];
	default:
		return 0;
	}
}

static unsigned int pick_value(uint64_t *state, enum op_kind kind)
{
	static const unsigned int modes[] = { 0644, 0600, 0755, 0640 };

	switch (kind) {
	case OP_OPEN:
	case OP_CHMOD:
	case OP_FCHMOD:
		return modes[pick(state, 4)];
	case OP_PASS:
	case OP_SPAWN:
		return pick(state, AGENTS);
	case OP_EXIT:
	case OP_END:
		return pick(state, 2);
	default:
		return 1 + pick(state, 1000);
	}
}

static unsigned int pick_offset(uint64_t *state)
{
	static const unsigned int limits[] = { 1, 100, 4096, 8192, 30000 };

	return pick(state, limits[pick(state, 5)]);
}

static void fill_random(uint64_t *state, uint64_t *focus, struct op *op)
{
	enum op_kind kind = op->kind;

	op->agent = pick(state, AGENTS);
	op->thread = pick(state, THREADS);
	/* Every other step is about the same name for a while. */
	pick_path(pick(state, 2) ? focus : state,
		  kind == OP_LIST || kind == OP_RMDIR || kind == OP_TMPFILE,
		  op->p);
	pick_path(state, false, op->q);
	/* The target of a symlink starts where the link is. */
	if (kind == OP_SYMLINK)
		snprintf(op->q, sizeof(op->q), "%s%s",
			 pick(state, 3) ? "" : "f/", names[pick(state, 4)]);
	if (kind == OP_MARK || kind == OP_UNMARK)
		snprintf(op->p, sizeof(op->p), "m%u", pick(state, MARK_NAMES));
	op->s = pick(state, SLOTS);
	op->t = pick(state, kind >= OP_MAP && kind <= OP_UNMAP ? MAPS : SLOTS);
	op->f = pick_flags(state, kind);
	op->v = pick_value(state, kind);
	op->o = pick_offset(state);
	op->l = 1 + pick_offset(state) % 9000;
}

void op_random(uint64_t seed, unsigned int at, struct op *ret)
{
	uint64_t state = seed * 0x100000001b3 + (uint64_t)at * 0x10001;
	uint64_t focus = seed * 0x100000001b3 - at / 16;

	*ret = (struct op){ .kind = OP_MKDIR };
	if (at < 3) {
		snprintf(ret->p, sizeof(ret->p), "%s", dirs[at + 1]);
		return;
	}
	next(&state);
	ret->kind = pick_kind(&state, seed % 2 ? OP_COUNT : OP_SPAWN);
	fill_random(&state, &focus, ret);
}

static void append(char *buf, size_t size, const char *text)
{
	size_t n = strlen(buf);

	snprintf(buf + n, size - n, "%s", text);
}

void op_print(const struct op *op, char *buf, size_t size)
{
	char text[64];

	snprintf(buf, size, "%u.%u %s", op->agent, op->thread,
		 table[op->kind].name);
	for (const char *f = table[op->kind].fields; *f; f++) {
		if (*f == 'p' || *f == 'q')
			snprintf(text, sizeof(text), " %c=%s", *f,
				 *f == 'p' ? op->p : op->q);
		else
			snprintf(text, sizeof(text),
				 *f == 'f' ? " %c=0x%x" : " %c=%u", *f,
				 *f == 's'   ? op->s
				 : *f == 't' ? op->t
				 : *f == 'f' ? op->f
				 : *f == 'v' ? op->v
				 : *f == 'o' ? op->o
					     : op->l);
		append(buf, size, text);
	}
}

static bool parse_field(struct op *op, const char *word)
{
	unsigned int n;

	if (word[0] == '\0' || word[1] != '=')
		return false;
	n = (unsigned int)strtoul(word + 2, NULL, 0);
	switch (word[0]) {
	case 'p':
		snprintf(op->p, sizeof(op->p), "%s", word + 2);
		return true;
	case 'q':
		snprintf(op->q, sizeof(op->q), "%s", word + 2);
		return true;
	case 's':
		op->s = n;
		return n < SLOTS;
	case 't':
		op->t = n;
		return n < SLOTS;
	case 'f':
		op->f = n;
		return true;
	case 'v':
		op->v = n;
		return true;
	case 'o':
		op->o = n;
		return n < FILE_MAX;
	case 'l':
		op->l = n;
		return n < FILE_MAX;
	default:
		return false;
	}
}

bool op_parse(const char *line, struct op *ret)
{
	char copy[256], *save = NULL, *word;
	struct op op = { .kind = OP_COUNT };

	snprintf(copy, sizeof(copy), "%s", line);
	word = strtok_r(copy, " \n", &save);
	if (!word || sscanf(word, "%u.%u", &op.agent, &op.thread) != 2 ||
	    op.agent >= AGENTS || op.thread >= THREADS)
		return false;
	word = strtok_r(NULL, " \n", &save);
	for (unsigned int i = 0; word && i < OP_COUNT; i++)
		if (!strcmp(table[i].name, word))
			op.kind = (enum op_kind)i;
	if (op.kind == OP_COUNT)
		return false;
	while ((word = strtok_r(NULL, " \n", &save)))
		if (!parse_field(&op, word))
			return false;
	*ret = op;
	return true;
}

void op_fill(char *buf, size_t n, unsigned int v)
{
	for (size_t i = 0; i < n; i++)
		buf[i] = (char)(1 + (v * 31 + i * 7 + i / 251) % 255);
}

uint32_t op_sum(const char *buf, size_t n)
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)buf[i]) * 16777619u;
	return sum;
}
