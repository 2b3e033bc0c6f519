/* SPDX-License-Identifier: MIT */
/*
 * loop: the threads that receive requests and answer them (workers).
 *
 *	loop_new()    before the threads are there
 *	loop_start()  the workers read and answer requests
 *	loop_stop()   they end
 *	loop_free()   no worker may be left
 *
 * /dev/fuse is a FIFO, and a RELEASE is queued before close(2) returns.  So the
 * workers read in turn (read_turn.h).  The one that reads, the reader, has the
 * gate look at the header of the request (gate.h) and calls the hook before the
 * next request can be read.  Then requests are answered in parallel.  That is
 * why close-to-open holds with any number of workers (F2).  FUSE over io_uring
 * has a queue for each processor, and would break the order: it is left off.
 *
 * A worker that has to wait for a version, a barrier or the disk says so with
 * loop_wait_begin() and loop_wait_end().  It keeps no turn meanwhile; and
 * when all workers would wait, a spare thread takes over.  So the RELEASE that
 * they wait for is always received.
 */
#ifndef IDEMFS_MOUNT_KERNEL_LOOP_H
#define IDEMFS_MOUNT_KERNEL_LOOP_H

#include <stdbool.h>

struct caller;
struct channel;
struct fuse_session;
struct gate_verdict;
struct options;
struct loop;

struct loop_hooks {
	/*
	 * A request has passed the gate, and the next one has not been read: in
	 * the order of the kernel's queue.  Must not wait.
	 */
	void (*passes)(void *arg, const struct gate_verdict *v);
	void *arg;
};

/* @se, @channel: the caller's, must outlive the loop. */
int loop_new(struct fuse_session *se, struct channel *channel,
	     const struct options *opt, const struct loop_hooks *hooks,
	     struct loop **ret);
void loop_free(struct loop *l);

/* *ret_fd is the loop's, and becomes readable when the last worker ends. */
int loop_start(struct loop *l, int *ret_fd);
/*
 * Ends all workers and waits for them.  A request that is being answered is
 * finished.  SIGUSR1 gets the others out of read(2).
 */
void loop_stop(struct loop *l);
/* How many workers there are now. */
unsigned int loop_threads(struct loop *l);

/*
 * Around whatever may wait for another request, or for long.  Of a worker,
 * which holds no lock that another worker needs to read requests; on the
 * threads of others these do nothing.
 */
void loop_wait_begin(void);
void loop_wait_end(void);

/* Is the request that this worker answers a TMPFILE, laid out as CREATE? */
bool loop_is_tmpfile(void);
/*
 * Does this request clear set-id bits and capabilities of the file that it
 * changes?  Its caller then, valid until this worker takes the next request;
 * otherwise NULL.
 */
const struct caller *loop_kills_priv(void);

#endif
