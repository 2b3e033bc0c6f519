/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>

#include "base/util.h"
#include "mount/kernel/gate.h"

#define THREAD 4711

struct request {
	struct fuse_in_header in;
	union {
		struct fuse_release_in release;
		struct fuse_create_in create;
		char bytes[256];
	};
};

static struct request request_of(uint32_t opcode)
{
	struct request q = { .in = { .len = sizeof(q),
				     .opcode = opcode,
				     .unique = 8,
				     .nodeid = 3,
				     .pid = THREAD } };

	memset(q.bytes, 0x5a, sizeof(q.bytes));
	return q;
}

/* Looks, and lets nothing of the request change. */
static struct gate_verdict look_only(struct request *q, size_t size)
{
	struct request before = *q;
	struct gate_verdict verdict = gate_look(q, size);

	cr_assert_eq(memcmp(&before, q, sizeof(before)), 0);
	return verdict;
}

static pid_t thread_of(uint32_t opcode)
{
	struct request q = request_of(opcode);

	return look_only(&q, sizeof(q)).thread;
}

Test(gate, thread_that_asks_for_more_has_closed_what_it_closed)
{
	static const uint32_t closing[] = { FUSE_FLUSH,	       FUSE_RELEASE,
					    FUSE_RELEASEDIR,   FUSE_FORGET,
					    FUSE_BATCH_FORGET, FUSE_INTERRUPT };

	cr_assert_eq(thread_of(FUSE_LOOKUP), THREAD);
	cr_assert_eq(thread_of(FUSE_GETATTR), THREAD);
	cr_assert_eq(thread_of(FUSE_WRITE), THREAD);
	for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++)
		cr_assert_eq(thread_of(closing[i]), 0, "%u", closing[i]);
}

Test(gate, release_yields_its_handle)
{
	struct request q = request_of(FUSE_RELEASE);
	struct gate_verdict v;

	q.release = (struct fuse_release_in){ .fh = 0x1122334455667788 };
	v = look_only(&q, sizeof(q.in) + sizeof(q.release));
	cr_assert_eq(v.release, 0x1122334455667788);
	cr_assert_eq(v.busy_thread, 0);
	cr_assert_not(v.tmpfile);
}

Test(gate, releasedir_has_no_handle_to_seal)
{
	struct request q = request_of(FUSE_RELEASEDIR);

	q.release = (struct fuse_release_in){ .fh = 9 };
	cr_assert_eq(look_only(&q, sizeof(q)).release, 0);
}

Test(gate, release_that_is_cut_short_yields_nothing)
{
	struct request q = request_of(FUSE_RELEASE);
	size_t whole = sizeof(q.in) + sizeof(q.release);

	q.release = (struct fuse_release_in){ .fh = 77 };
	for (size_t size = 0; size < whole; size++)
		cr_assert_eq(look_only(&q, size).release, 0, "%zu", size);
	cr_assert_eq(look_only(&q, whole).release, 77);
}

Test(gate, tmpfile_becomes_create)
{
	struct request q = request_of(FUSE_TMPFILE), before = q;
	struct gate_verdict v = gate_look(&q, sizeof(q));

	cr_assert(v.tmpfile);
	cr_assert_eq(v.release, 0);
	cr_assert_eq(q.in.opcode, FUSE_CREATE);
	before.in.opcode = FUSE_CREATE;
	cr_assert_eq(memcmp(&before, &q, sizeof(q)), 0);
	/* what has become a CREATE stays one, and is no TMPFILE */
	cr_assert_not(look_only(&q, sizeof(q)).tmpfile);
}

Test(gate, what_is_part_of_an_open_does_not_give_it_up)
{
	static const uint32_t opcodes[] = {
		FUSE_LOOKUP,	 FUSE_GETATTR,	 FUSE_READLINK,
		FUSE_OPEN,	 FUSE_CREATE,	 FUSE_SETATTR,
		FUSE_GETXATTR,	 FUSE_ACCESS,	 FUSE_FORGET,
		FUSE_RELEASEDIR, FUSE_INTERRUPT, FUSE_BATCH_FORGET,
		FUSE_RELEASE,	 FUSE_RENAME,	 FUSE_RENAME2,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct request q = request_of(opcodes[i]);

		cr_assert_eq(look_only(&q, sizeof(q)).busy_thread, 0, "%u",
			     opcodes[i]);
	}
}

Test(gate, anything_else_tells_that_its_thread_is_busy)
{
	static const uint32_t opcodes[] = {
		FUSE_READ,    FUSE_WRITE,	FUSE_FLUSH, FUSE_FSYNC,
		FUSE_UNLINK,  FUSE_MKDIR,	FUSE_LINK,  FUSE_STATFS,
		FUSE_OPENDIR, FUSE_READDIRPLUS, FUSE_LSEEK, 0,
		9999,	      UINT32_MAX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct request q = request_of(opcodes[i]);
		struct gate_verdict v = look_only(&q, sizeof(q));

		cr_assert_eq(v.busy_thread, THREAD, "%u", opcodes[i]);
		cr_assert_eq(v.release, 0);
		cr_assert_not(v.tmpfile);
	}
}

Test(gate, less_than_a_header_says_nothing)
{
	struct request q = request_of(FUSE_TMPFILE);

	for (size_t size = 0; size < sizeof(q.in); size++) {
		struct gate_verdict v = look_only(&q, size);

		cr_assert_eq(v.release, 0);
		cr_assert_eq(v.busy_thread, 0);
		cr_assert_not(v.tmpfile);
	}
	cr_assert_eq(gate_look(NULL, 0).busy_thread, 0);
}

Test(gate, a_header_alone_is_enough_for_all_but_the_handle)
{
	struct request q = request_of(FUSE_WRITE);

	cr_assert_eq(look_only(&q, sizeof(q.in)).busy_thread, THREAD);
	q = request_of(FUSE_TMPFILE);
	cr_assert(gate_look(&q, sizeof(q.in)).tmpfile);
}

Test(gate, buffer_may_begin_anywhere)
{
	static char room[sizeof(struct request) + 8];
	struct request q = request_of(FUSE_RELEASE);

	q.release = (struct fuse_release_in){ .fh = 5 };
	for (size_t i = 0; i < 8; i++) {
		memcpy(room + i, &q, sizeof(q));
		cr_assert_eq(gate_look(room + i, sizeof(q)).release, 5);
	}
}

static struct gate_verdict look_at(uint32_t opcode, const void *arg,
				   size_t size)
{
	struct request q = request_of(opcode);

	memset(q.bytes, 0, sizeof(q.bytes));
	memcpy(q.bytes, arg, size);
	return look_only(&q, sizeof(q.in) + size);
}

Test(gate, who_may_not_keep_set_id_bits)
{
	struct fuse_open_in open = { .open_flags = FUSE_OPEN_KILL_SUIDGID };
	struct fuse_write_in w = { .write_flags = FUSE_WRITE_KILL_SUIDGID };
	struct fuse_setattr_in attr = { .valid = FATTR_KILL_SUIDGID };

	cr_assert(look_at(FUSE_OPEN, &open, sizeof(open)).kill_priv);
	cr_assert(look_at(FUSE_WRITE, &w, sizeof(w)).kill_priv);
	cr_assert(look_at(FUSE_SETATTR, &attr, sizeof(attr)).kill_priv);
	cr_assert_not(look_at(FUSE_READ, &open, sizeof(open)).kill_priv);
	cr_assert_not(look_at(FUSE_OPEN, &open, 4).kill_priv, "cut short");
	open.open_flags = 0;
	w.write_flags = FUSE_WRITE_CACHE;
	attr.valid = FATTR_SIZE;
	cr_assert_not(look_at(FUSE_OPEN, &open, sizeof(open)).kill_priv);
	cr_assert_not(look_at(FUSE_WRITE, &w, sizeof(w)).kill_priv);
	cr_assert_not(look_at(FUSE_SETATTR, &attr, sizeof(attr)).kill_priv);
}

Test(gate, the_kernel_introduces_itself)
{
	struct request q = request_of(FUSE_INIT);

	cr_assert(look_only(&q, sizeof(q)).init);
	q = request_of(FUSE_LOOKUP);
	cr_assert_not(look_only(&q, sizeof(q)).init);
}
