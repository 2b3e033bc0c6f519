/* SPDX-License-Identifier: MIT */
#include "mount/kernel/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "base/util.h"

#define INIT_PASSTHROUGH (UINT64_C(1) << 37)
#define INIT_KILLPRIV_V2 (UINT64_C(1) << 28)
#define INIT_EXTENDED (UINT64_C(1) << 30)

struct backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};

#define IOC_BACKING_OPEN _IOW(229, 1, struct backing_map)
#define IOC_BACKING_CLOSE _IOW(229, 2, uint32_t)

struct channel {
	struct fuse_session *se; /* const */
	uint64_t offered;	 /* const after INIT: flags of the request */
};

unsigned int channel_offers(const struct channel *c)
{
	return (c->offered & INIT_PASSTHROUGH ? CHANNEL_PASSTHROUGH : 0) |
	       (c->offered & INIT_KILLPRIV_V2 ? CHANNEL_KILLPRIV_V2 : 0);
}

void channel_see(struct channel *c, const void *request, size_t size)
{
	struct fuse_in_header in;
	struct fuse_init_in init;

	if (size < sizeof(in) + sizeof(init))
		return;
	memcpy(&in, request, sizeof(in));
	memcpy(&init, (const char *)request + sizeof(in), sizeof(init));
	c->offered = init.flags;
	if (init.flags & INIT_EXTENDED)
		c->offered |= (uint64_t)init.flags2 << 32;
}

int channel_backing_open(struct channel *c, int fd)
{
	struct backing_map map = { .fd = fd };
	int id = ioctl(fuse_session_fd(c->se), IOC_BACKING_OPEN, &map);

	return id < 0 ? -errno : id;
}

void channel_backing_close(struct channel *c, int backing_id)
{
	uint32_t id = (uint32_t)backing_id;

	ioctl(fuse_session_fd(c->se), IOC_BACKING_CLOSE, &id);
}

/* Before 7.38 the kernel drops the name, which does for what has no mount. */
#define EXPIRE_ONLY 1u

struct expire {
	uint64_t parent;
	uint32_t length;
	uint32_t flags;
};

void channel_expire_name(struct channel *c, uint64_t parent, const char *name)
{
	struct expire out = { .parent = parent,
			      .length = (uint32_t)strlen(name),
			      .flags = EXPIRE_ONLY };
	struct fuse_out_header head = { .error = FUSE_NOTIFY_INVAL_ENTRY };
	struct iovec iov[] = { { &head, sizeof(head) },
			       { &out, sizeof(out) },
			       { (char *)name, out.length + 1 } };

	head.len = (uint32_t)(sizeof(head) + sizeof(out) + out.length + 1);
	/* -ENOENT: it has forgotten it already. */
	(void)!writev(fuse_session_fd(c->se), iov, 3);
}

void channel_free(struct channel *c)
{
	free(c);
}

#ifdef HAVE_FUSE_PASSTHROUGH

void channel_want(struct channel *c, struct fuse_conn_info *conn,
		  unsigned int features, unsigned int stack)
{
	features &= channel_offers(c);
	if (features & CHANNEL_PASSTHROUGH)
		fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH);
	if (features & CHANNEL_KILLPRIV_V2)
		fuse_set_feature_flag(conn, FUSE_CAP_HANDLE_KILLPRIV_V2);
	if (features & CHANNEL_PASSTHROUGH)
		conn->max_backing_stack_depth = stack;
}

void channel_pass_to(struct fuse_file_info *fi, int backing_id)
{
	fi->backing_id = backing_id;
}

static int hook(struct channel *c)
{
	(void)c;
	return 0;
}

#else

#define OPEN_PASSTHROUGH (1u << 7)

/* For the answer that this thread is about to send. */
static _Thread_local struct {
	uint64_t wanted; /* to INIT: flags, or 0 */
	uint32_t stack;
	int32_t pass_to; /* to OPEN, CREATE: a backing id, or 0 */
} next;

void channel_want(struct channel *c, struct fuse_conn_info *conn,
		  unsigned int features, unsigned int stack)
{
	(void)conn;
	features &= channel_offers(c);
	if (features & CHANNEL_PASSTHROUGH)
		next.wanted |= INIT_PASSTHROUGH | INIT_EXTENDED;
	if (features & CHANNEL_KILLPRIV_V2)
		next.wanted |= INIT_KILLPRIV_V2;
	if (features & CHANNEL_PASSTHROUGH)
		next.stack = stack + 1;
}

void channel_pass_to(struct fuse_file_info *fi, int backing_id)
{
	(void)fi;
	next.pass_to = backing_id;
}

/* The field behind flags2 is max_stack_depth. */
static void complete_init(const struct iovec *last)
{
	struct fuse_init_out *out = last->iov_base;
	size_t behind =
		offsetof(struct fuse_init_out, flags2) + sizeof(out->flags2);

	if (last->iov_len >= behind + sizeof(next.stack)) {
		out->flags |= (uint32_t)next.wanted;
		out->flags2 |= (uint32_t)(next.wanted >> 32);
		memcpy((char *)out + behind, &next.stack, sizeof(next.stack));
	}
	next.wanted = 0;
}

/* Both answers end in a struct fuse_open_out, and that in backing_id. */
static void complete_open(const struct iovec *last)
{
	struct fuse_open_out out;
	char *at = (char *)last->iov_base + last->iov_len - sizeof(out);

	memcpy(&out, at, sizeof(out));
	out.open_flags |= OPEN_PASSTHROUGH;
	memcpy(at, &out, sizeof(out));
	at += sizeof(out) - sizeof(next.pass_to);
	memcpy(at, &next.pass_to, sizeof(next.pass_to));
	next.pass_to = 0;
}

static ssize_t send_answer(int fd, struct iovec *iov, int count, void *userdata)
{
	const struct iovec *last = &iov[count - 1];

	(void)userdata;
	if (count > 1 && next.wanted)
		complete_init(last);
	if (count > 1 && next.pass_to)
		complete_open(last);
	return writev(fd, iov, count);
}

static ssize_t receive_request(int fd, void *buf, size_t size, void *userdata)
{
	(void)userdata;
	return read(fd, buf, size);
}

static ssize_t splice_answer(int in, off_t *in_off, int out, off_t *out_off,
			     size_t size, unsigned int flags, void *userdata)
{
	(void)userdata;
	return splice(in, in_off, out, out_off, size, flags);
}

static int hook(struct channel *c)
{
	const struct fuse_custom_io io = { .writev = send_answer,
					   .read = receive_request,
					   .splice_send = splice_answer };

	return fuse_session_custom_io(c->se, &io, fuse_session_fd(c->se));
}

#endif

int channel_new(struct fuse_session *se, struct channel **ret)
{
	struct channel *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->se = se;
	r = hook(c);
	if (r < 0)
		free(c);
	else
		*ret = c;
	return r;
}
