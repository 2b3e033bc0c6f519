/* SPDX-License-Identifier: MIT */
/*
 * session: the receive loop and its workers.
 *
 * /dev/fuse is a FIFO, and a RELEASE is queued before close(2) returns.  So
 * workers read in turn (turn.h), and whose turn it is lets the gate look at the
 * header of what he has read before the next can be read (gate.h); then requests
 * are answered in parallel.  That is what makes close-to-open hold with any number of
 * workers (F2).  FUSE over io_uring has a queue a processor, and would break
 * the order: it is left off.
 *
 * A worker that has to wait, for a version, a barrier or the disk, says so
 * with session_wait_begin() and _end(): it keeps no turn meanwhile, and when all of
 * them would wait, a spare thread takes over, so that the RELEASE they wait for is always received.
 */
#ifndef IDEMFS_MOUNT_SESSION_H
#define IDEMFS_MOUNT_SESSION_H

#include <stdbool.h>

struct fs;
struct fuse_session;
struct session;

int session_new(struct fs *fs, struct fuse_session *se, unsigned int threads,
		struct session **ret);
void session_free(struct session *s);

/* Starts the workers; *ret_fd becomes readable when the last has ended. */
int session_start(struct session *s, int *ret_fd);
/*
 * Ends all workers and waits for them: those that are in the middle of a
 * request finish it.  Uses SIGUSR1 to get them out of read(2).
 */
void session_stop(struct session *s);
/* How many threads answer requests now. */
unsigned int session_threads(struct session *s);

/* By handlers, on a worker's thread; does nothing on others. */
void session_wait_begin(void);
void session_wait_end(void);

/* Is the request that this worker answers a TMPFILE, laid out as CREATE? */
bool session_is_tmpfile(void);
/*
 * Does it clear set-id bits and capabilities of the file it changes?  Then whose
 * it is, until this worker takes the next one; else NULL.
 */
const struct caller *session_kills_priv(void);

#endif
