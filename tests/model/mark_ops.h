/* SPDX-License-Identifier: MIT */
/*
 * mark_ops: what an agent does in .checkpoints, which is ../.checkpoints to it.
 *
 * Each writes its answer (agent.h).  One thread of a process at a time.
 */
#ifndef MODEL_MARK_OPS_H
#define MODEL_MARK_OPS_H

#include "agent.h"

/* The process is a session, and takes in what its children leave. */
void mark_op_begin(unsigned int v, char answer[ANSWER_SIZE]);
void mark_op_end(unsigned int status, char answer[ANSWER_SIZE]);
/* In a child, of what its parent has begun. */
void mark_op_forget(void);

/* Makes the mark @name, and reads it. */
void mark_op_make(const char *name, char answer[ANSWER_SIZE]);
void mark_op_remove(const char *name, char answer[ANSWER_SIZE]);

#endif
