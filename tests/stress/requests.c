/* SPDX-License-Identifier: MIT */
/*
 * requests [--count N] [--seed N]
 *
 * Plays the kernel: a mount is served at one end of a socket, and this program
 * sends it requests at the other, well-formed and not: any operation, on nodes
 * that it was told of, that it gave back, and that never were; with names that
 * no kernel would send; cut short, of unknown kinds, interrupted.  What the
 * kernel guarantees is kept: handles are those that were given out, and each is
 * released once.
 *
 * Each request must be answered once, by an answer that fits it; .idemfs must
 * not be found; and nothing may change outside the directory.  The rest is for
 * the sanitizers to see.  Prints the seed and the counts.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/options/options.h"
#include "mount/serve/serve.h"

#define ROOM (1 << 17)
#define KEPT 64		/* nodes and handles of each kind */
#define ANSWER_MS 20000 /* a wait of ours has failed by then */

struct open_handle {
	uint64_t node, fh;
	bool dir;
};

static struct {
	int fd;
	uint64_t unique;
	unsigned int seed;
	uint64_t nodes[KEPT];
	struct open_handle handles[KEPT];
	unsigned int handle_count;
	char out[ROOM]; /* the request */
	size_t size;
	char in[ROOM]; /* the answer */
	size_t got;
	unsigned long sent, failed;
} k;

__attribute__((noreturn, format(printf, 1, 2))) static void
die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "requests: seed %u, request %lu: ", k.seed, k.sent);
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	_exit(1);
}

static unsigned int chance(unsigned int n)
{
	static uint64_t state;

	if (!state)
		state = k.seed * 2654435761u + 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)(state >> 33) % n;
}

/* Requests */

static void begin(uint32_t opcode, uint64_t node)
{
	struct fuse_in_header h = { .opcode = opcode,
				    .unique = k.unique += 2,
				    .nodeid = node,
				    .uid = chance(4) ? 0 : 65534,
				    .pid = chance(8)   ? (uint32_t)getpid()
					   : chance(2) ? chance(70000)
						       : 0 };

	memcpy(k.out, &h, sizeof(h));
	k.size = sizeof(h);
}

static void add(const void *data, size_t size)
{
	memcpy(k.out + k.size, data, size);
	k.size += size;
}

static void send_it(void)
{
	uint32_t size = (uint32_t)k.size;

	memcpy(k.out, &size, sizeof(size));
	if (send(k.fd, k.out, k.size, 0) != (ssize_t)k.size)
		die("the session takes no more: %s", strerror(errno));
	k.sent++;
}

static void receive(void)
{
	struct pollfd p = { .fd = k.fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, ANSWER_MS) != 1)
		die("no answer");
	n = recv(k.fd, k.in, sizeof(k.in), 0);
	if (n < (ssize_t)sizeof(struct fuse_out_header))
		die("the session has ended");
	k.got = (size_t)n;
}

/* The answer: 0 or -errno; its body is in k.in. */
static int answer(void)
{
	struct fuse_in_header sent;
	struct fuse_out_header h;

	memcpy(&sent, k.out, sizeof(sent));
	do {
		receive();
		memcpy(&h, k.in, sizeof(h));
		/* A notification; or an interrupt that came too late. */
	} while (!h.unique || (h.unique < sent.unique && h.error == -EAGAIN));
	if (h.unique != sent.unique)
		die("an answer to %llu, not to %llu",
		    (unsigned long long)h.unique,
		    (unsigned long long)sent.unique);
	if (h.len != k.got || h.error > 0 || h.error <= -1000)
		die("opcode %u: length %u of %zu, error %d", sent.opcode, h.len,
		    k.got, h.error);
	k.failed += h.error < 0;
	return h.error;
}

static int ask(void)
{
	send_it();
	return answer();
}

static const void *body(size_t size)
{
	if (k.got < sizeof(struct fuse_out_header) + size)
		die("a short answer");
	return k.in + sizeof(struct fuse_out_header);
}

/* What may be asked for */

static uint64_t any_node(void)
{
	switch (chance(12)) {
	case 0:
		return chance(1u << 30);
	case 1:
		return (uint64_t)chance(1u << 30) << 32 | chance(64);
	case 2:
	case 3:
	case 4:
		return FUSE_ROOT_ID;
	default:
		return k.nodes[chance(KEPT)];
	}
}

static void add_name(void)
{
	static const char *const odd[] = {
		"",	     ".",	"..",
		".idemfs",   "a/b",	"../../canary",
		"\xff",	     "\n\\ \"", ".checkpoints",
		".control",  ".status", ".gitignore",
		".inflight", "x.log"
	};
	char name[512];
	unsigned int n = chance(40);

	if (n < sizeof(odd) / sizeof(*odd)) {
		add(odd[n], strlen(odd[n]) + 1);
	} else if (n == 39) {
		size_t size = 200 + chance(300);

		memset(name, 'n', size);
		name[size] = '\0';
		add(name, size + 1);
	} else {
		snprintf(name, sizeof(name), "f%u", n);
		add(name, strlen(name) + 1);
	}
}

static void keep_node(void)
{
	struct fuse_entry_out e;

	memcpy(&e, body(sizeof(e)), sizeof(e));
	if (e.nodeid)
		k.nodes[chance(KEPT)] = e.nodeid;
}

static void keep_handle(uint64_t node, const void *open_out, bool dir)
{
	struct fuse_open_out o;

	memcpy(&o, open_out, sizeof(o));
	k.handles[k.handle_count++] = (struct open_handle){ node, o.fh, dir };
}

static struct open_handle *any_handle(bool dir)
{
	unsigned int at = chance(KEPT);

	for (unsigned int i = 0; i < k.handle_count; i++) {
		struct open_handle *h = &k.handles[(at + i) % k.handle_count];

		if (h->dir == dir)
			return h;
	}
	return NULL;
}

static uint32_t any_flags(void)
{
	static const uint32_t more[] = { 0,	  O_TRUNC, O_APPEND, O_EXCL,
					 O_TRUNC, O_CREAT, O_DIRECT, O_SYNC };

	return chance(4) % 3 | more[chance(8)];
}

/* Kinds of request */

static void ask_lookup(void)
{
	uint64_t parent = any_node();
	size_t name;

	begin(FUSE_LOOKUP, parent);
	name = k.size;
	add_name();
	if (ask() < 0)
		return;
	if (!strcmp(k.out + name, ".idemfs") && parent == FUSE_ROOT_ID) {
		struct fuse_entry_out e;

		memcpy(&e, body(sizeof(e)), sizeof(e));
		if (e.nodeid)
			die(".idemfs is found");
	}
	keep_node();
}

static void ask_create(void)
{
	struct fuse_create_in in = { .flags = any_flags() | O_CREAT,
				     .mode = S_IFREG | 0644 };
	const struct fuse_entry_out *e;

	if (k.handle_count == KEPT)
		return;
	begin(chance(9) ? FUSE_CREATE : FUSE_TMPFILE, any_node());
	add(&in, sizeof(in));
	add_name();
	if (ask() < 0)
		return;
	e = body(sizeof(*e) + sizeof(struct fuse_open_out));
	keep_node();
	keep_handle(e->nodeid, e + 1, false);
}

static void ask_open(void)
{
	bool dir = !chance(3);
	struct fuse_open_in in = { .flags = dir ? 0 : any_flags() };
	uint64_t node = any_node();

	if (k.handle_count == KEPT)
		return;
	begin(dir ? FUSE_OPENDIR : FUSE_OPEN, node);
	add(&in, sizeof(in));
	if (!ask())
		keep_handle(node, body(sizeof(struct fuse_open_out)), dir);
}

static void ask_release(void)
{
	bool dir = !chance(3);
	struct open_handle *h = any_handle(dir);
	struct fuse_flush_in flush = { 0 };
	struct fuse_release_in in = { 0 };

	if (!h)
		return;
	flush.fh = in.fh = h->fh;
	/* Rarely no FLUSH: then the daemon waits to see if the writer dies. */
	if (!dir && chance(400)) {
		begin(FUSE_FLUSH, h->node);
		add(&flush, sizeof(flush));
		ask();
	}
	begin(dir ? FUSE_RELEASEDIR : FUSE_RELEASE, h->node);
	add(&in, sizeof(in));
	*h = k.handles[--k.handle_count];
	ask();
}

static void ask_write(void)
{
	struct open_handle *h = any_handle(false);
	struct fuse_write_in in = { 0 };
	char data[4096] = { 1 };

	if (!h)
		return;
	in.fh = h->fh;
	in.offset = chance(100000);
	in.size = chance(sizeof(data));
	begin(FUSE_WRITE, h->node);
	add(&in, sizeof(in));
	add(data, in.size);
	ask();
}

static void ask_read(void)
{
	bool dir = !chance(2);
	struct open_handle *h = any_handle(dir);
	struct fuse_read_in in = { 0 };

	if (!h)
		return;
	in.fh = h->fh;
	in.offset = chance(100);
	in.size = 1 + chance(65536);
	begin(dir ? FUSE_READDIR : FUSE_READ, h->node);
	add(&in, sizeof(in));
	ask();
}

static void ask_of_handle(void)
{
	struct open_handle *h = any_handle(false);
	struct fuse_fsync_in sync = { 0 };
	struct fuse_lseek_in seek = { 0 };
	struct fuse_fallocate_in space = { 0 };

	if (!h)
		return;
	sync.fh = seek.fh = space.fh = h->fh;
	space.length = 1 + chance(10000);
	space.mode = chance(8);
	seek.whence = chance(6);
	seek.offset = chance(5000);
	switch (chance(3)) {
	case 0:
		begin(FUSE_FSYNC, h->node);
		add(&sync, sizeof(sync));
		break;
	case 1:
		begin(FUSE_LSEEK, h->node);
		add(&seek, sizeof(seek));
		break;
	default:
		begin(FUSE_FALLOCATE, h->node);
		add(&space, sizeof(space));
	}
	ask();
}

static void ask_attributes(void)
{
	struct fuse_getattr_in get = { 0 };
	struct fuse_setattr_in set = { .valid = chance(1u << 12),
				       .size = chance(100000),
				       .mode = chance(07777) };
	struct open_handle *h = any_handle(false);

	if (chance(2)) {
		begin(FUSE_GETATTR, any_node());
		add(&get, sizeof(get));
	} else {
		set.valid &= ~(uint32_t)(FATTR_UID | FATTR_GID | FATTR_FH);
		if (h && chance(2)) {
			set.valid |= FATTR_FH;
			set.fh = h->fh;
		}
		begin(FUSE_SETATTR,
		      h && set.valid & FATTR_FH ? h->node : any_node());
		add(&set, sizeof(set));
	}
	ask();
}

static void ask_names(void)
{
	struct fuse_mkdir_in dir = { .mode = 0755 };
	struct fuse_mknod_in node = { .mode = S_IFIFO | 0644 };
	struct fuse_rename2_in rename = { .newdir = any_node(),
					  .flags = chance(5) };
	struct fuse_link_in link = { .oldnodeid = any_node() };
	unsigned int kind = chance(7);
	static const uint32_t opcodes[] = { FUSE_MKDIR,	  FUSE_MKNOD,
					    FUSE_RENAME2, FUSE_LINK,
					    FUSE_SYMLINK, FUSE_UNLINK,
					    FUSE_RMDIR };

	begin(opcodes[kind], any_node());
	if (kind == 0)
		add(&dir, sizeof(dir));
	if (kind == 1)
		add(&node, sizeof(node));
	if (kind == 2)
		add(&rename, sizeof(rename));
	if (kind == 3)
		add(&link, sizeof(link));
	add_name();
	if (kind == 2 || kind == 4)
		add_name();
	if (!ask() && (kind < 2 || kind == 3 || kind == 4))
		keep_node();
}

static void ask_forget(void)
{
	struct fuse_forget_in in = { .nlookup = 1 + chance(1000) };

	begin(FUSE_FORGET, any_node());
	add(&in, sizeof(in));
	send_it(); /* has no answer */
}

/* An unknown operation, or one that is cut short; and one that is not there. */
static void ask_nonsense(void)
{
	struct fuse_interrupt_in in = { .unique = k.unique };

	if (chance(2)) {
		begin(100 + chance(1000), any_node());
		for (unsigned int n = chance(64); n; n--)
			add(&(char){ (char)chance(256) }, 1);
		if (ask() != -ENOSYS)
			die("an unknown operation is not ENOSYS");
		return;
	}
	begin(FUSE_INTERRUPT, 0);
	add(&in, sizeof(in));
	send_it(); /* what it is about is over */
}

static void (*const kinds[])(void) = {
	ask_lookup, ask_lookup, ask_create,    ask_create,
	ask_open,   ask_open,	ask_release,   ask_release,
	ask_write,  ask_read,	ask_of_handle, ask_attributes,
	ask_names,  ask_names,	ask_forget,    ask_nonsense,
};

static void say_hello(void)
{
	struct fuse_init_in in = { .major = FUSE_KERNEL_VERSION,
				   .minor = FUSE_KERNEL_MINOR_VERSION,
				   .max_readahead = 1 << 17,
				   .flags = FUSE_BIG_WRITES |
					    FUSE_DO_READDIRPLUS |
					    FUSE_ATOMIC_O_TRUNC |
					    FUSE_MAX_PAGES };

	begin(FUSE_INIT, 0);
	add(&in, sizeof(in));
	if (ask() < 0)
		die("INIT is refused");
}

static void say_goodbye(void)
{
	while (k.handle_count)
		ask_release();
	begin(FUSE_DESTROY, 0);
	ask();
}

static void *serve(void *arg)
{
	struct mount_user nobody = { 0 };

	mount_serve(arg, &nobody, NULL);
	return NULL;
}

/* The directory, and a file beside it that nothing may touch. */
static void make_tree(char *top, char *tree, size_t size)
{
	char canary[64];
	int fd;

	if (!mkdtemp(top))
		die("%s: %s", top, strerror(errno));
	snprintf(tree, size, "%s/tree", top);
	snprintf(canary, sizeof(canary), "%s/canary", top);
	fd = open(canary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (mkdir(tree, 0755) < 0 || fd < 0 || write(fd, "whole", 5) != 5)
		die("%s: %s", top, strerror(errno));
	close(fd);
}

static void check_around(const char *top)
{
	char path[64], data[8] = "";
	int fd, entries = 0;
	DIR *d = opendir(top);

	while (d && readdir(d))
		entries++;
	if (d)
		closedir(d);
	snprintf(path, sizeof(path), "%s/canary", top);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, data, sizeof(data)) != 5 ||
	    strcmp(data, "whole") != 0 || entries != 4)
		die("something outside the directory has changed");
	close(fd);
}

static void serve_and_ask(const char *tree, unsigned long count, int *ends)
{
	struct options opt;
	struct mount *m;
	struct err err = { "" };
	pthread_t server;
	char at[32];

	snprintf(at, sizeof(at), "/dev/fd/%d", ends[1]);
	options_init(&opt);
	options_set(&opt, "log-level", "error", &err);
	if (options_finish(&opt, &err) < 0 ||
	    mount_start(&opt, tree, at, NULL, &m, &err) < 0 ||
	    pthread_create(&server, NULL, serve, m) != 0)
		die("%s", err.text);
	k.fd = ends[0];
	say_hello();
	while (k.sent < count)
		kinds[chance(sizeof(kinds) / sizeof(*kinds))]();
	say_goodbye();
	shutdown(k.fd, SHUT_RDWR);
	pthread_join(server, NULL);
	mount_free(m);
	options_release(&opt);
}

static void remove_tree(const char *top)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", top, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	char top[] = "/tmp/idemfs-requests-XXXXXX", tree[64];
	unsigned long count = 20000;
	int ends[2];

	k.seed = 1;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--count"))
			count = strtoul(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--seed"))
			k.seed = (unsigned int)strtoul(argv[i + 1], NULL, 10);
	}
	/* A packet a message, as /dev/fuse has it. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		die("socketpair: %s", strerror(errno));
	make_tree(top, tree, sizeof(tree));
	serve_and_ask(tree, count, ends);
	check_around(top);
	remove_tree(top);
	printf("seed %u: %lu requests, %lu of them answered with an error\n",
	       k.seed, k.sent, k.failed);
	return 0;
}
