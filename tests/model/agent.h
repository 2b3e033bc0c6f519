/* SPDX-License-Identifier: MIT */
/*
 * agent: the processes that do the steps of a program, one step at a time.
 *
 *	agents_start()   AGENTS processes of THREADS threads, in directory @dir,
 *	                 in which .. is the root of the mount
 *	agent_do()       one does a step, and answers with a line of text:
 *	                 "ENOENT", "ok", "17 8a3bf00c", "file 644 1 17 now"
 *	agents_stop()    kills what is left of them
 *
 * OP_KILL and OP_EXIT are done when the process has gone; another takes its
 * place.  So it is with OP_SPAWN, where that is a child of the agent.  The agents
 * are children of the caller, or come to be that, if no agent around them takes
 * them in.  One that has begun a session does so.  The caller has one thread,
 * and no descriptor on the mount.
 *
 * The answer to OP_MARK tells what the manifest says: "scope=NAME", and for each
 * path below @dir its last record: "file:a gone:b dir:d link:e".
 */
#ifndef MODEL_AGENT_H
#define MODEL_AGENT_H

#include "op.h"

#define ANSWER_SIZE 8192

void agents_start(const char *dir);
void agents_stop(void);

/*
 * *ret_fd is the number of the descriptor that came of it, or -1.  False when
 * it takes longer than any step may.
 */
bool agent_do(const struct op *op, char answer[ANSWER_SIZE], int *ret_fd);

#endif
