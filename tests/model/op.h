/* SPDX-License-Identifier: MIT */
/*
 * op: one step of a random program, and its text.
 *
 * A program is an array of steps that does not depend on what they bring
 * about: a step that finds its slot empty (or taken) is left out.  So any part
 * of a program is a program, which is what shrinking needs.
 *
 *	op_random()  the next step of a seed
 *	op_print()   "1.0 open p=d/a s=2 f=0x241 v=0x1a4"; op_parse() reads it
 */
#ifndef MODEL_OP_H
#define MODEL_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGENTS 4  /* processes */
#define THREADS 2 /* of each */
#define SLOTS 4	  /* descriptors of a process */
#define MAPS 2	  /* mappings of a process */
#define PATH_SIZE 32
#define FILE_MAX 40000 /* bytes that a file can get */

enum op_kind {
	OP_OPEN,      /* p into slot s, flags f, mode v */
	OP_TMPFILE,   /* in directory p into slot s, flags f */
	OP_CLOSE,     /* s */
	OP_DUP,	      /* s to t */
	OP_PASS,      /* s to slot t of agent v */
	OP_REOPEN,    /* s by /proc/self/fd to t, flags f */
	OP_READ,      /* s, l bytes */
	OP_WRITE,     /* s, l bytes made of v */
	OP_PREAD,     /* s at o */
	OP_PWRITE,    /* s at o */
	OP_SEEK,      /* s to o */
	OP_FTRUNCATE, /* s to o */
	OP_FALLOCATE, /* s, mode f, l bytes at o */
	OP_COPY,      /* l bytes from the start of s to o in t */
	OP_FSYNC,     /* s */
	OP_FSTAT,     /* s */
	OP_FCHMOD,    /* s to v */
	OP_FUTIME,    /* s to v */
	OP_FSETX,     /* s to v */
	OP_MAP,	      /* s as mapping t */
	OP_MREAD,     /* t */
	OP_MWRITE,    /* t, l bytes of v at o */
	OP_UNMAP,     /* t */
	OP_STAT,      /* p */
	OP_LSTAT,     /* p */
	OP_CAT,	      /* p: all of it */
	OP_LIST,      /* p */
	OP_TRUNCATE,  /* p to o */
	OP_CHMOD,     /* p to v */
	OP_UTIME,     /* p to v */
	OP_SETX,      /* p to v */
	OP_GETX,      /* p */
	OP_UNLINK,    /* p */
	OP_RMDIR,     /* p */
	OP_MKDIR,     /* p */
	OP_SYMLINK,   /* p, to q */
	OP_LINK,      /* p, at q */
	OP_LINKFD,    /* s, at q */
	OP_RENAME,    /* p to q, flags f */
	OP_KILL,      /* the agent */
	OP_EXIT,      /* the agent, with status v */
	OP_SPAWN,     /* agent v ends, and begins anew as its child */
	OP_SETTLE,    /* the agent closes all that it has */
	OP_BEGIN,     /* the agent is session v */
	OP_END,	      /* its session ends, with status v */
	OP_MARK,      /* p below .checkpoints */
	OP_UNMARK,    /* p */
	OP_COUNT,
};

struct op {
	enum op_kind kind;
	unsigned int agent, thread;
	char p[PATH_SIZE], q[PATH_SIZE];
	unsigned int s, t;
	unsigned int f;
	unsigned int v;
	unsigned int o, l;
};

const char *op_name(enum op_kind kind);

/*
 * The step number @at of program @seed: the first ones make directories.
 * Programs of odd seeds have sessions and marks.
 */
void op_random(uint64_t seed, unsigned int at, struct op *ret);

void op_print(const struct op *op, char *buf, size_t size);
bool op_parse(const char *line, struct op *ret);

/* The @n bytes that a write with value @v is made of. */
void op_fill(char *buf, size_t n, unsigned int v);
uint32_t op_sum(const char *buf, size_t n);

#endif
