/* SPDX-License-Identifier: MIT */
#include "core/changes/intent.h"

#include <assert.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/changes/note.h"

struct intent {
	const struct events *events; /* const */
	struct intent_slot *map;     /* const: INTENT_SLOTS; each for the thread
				   *   that holds a directory of its number */
	struct intent_slot *left; /* what a crash has left, or NULL: likewise */
	atomic_bool warned;
};

/*
 * If the disk is full or gone, a store to a mapped file raises SIGBUS in the
 * thread that stores.  Then that store is left undone.
 */
static _Thread_local sigjmp_buf *volatile guard;

static void on_bus_error(int number)
{
	if (guard)
		siglongjmp(*guard, 1);
	/* Not one of our stores: the signal comes again, and ends us. */
	signal(number, SIG_DFL);
}

static void catch_bus_errors(void)
{
	const struct sigaction act = { .sa_handler = on_bus_error,
				       .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &act, NULL);
}

static void put_path(char to[IDEMFS_PATH_MAX + 1], const char *path)
{
	memcpy(to, path, strlen(path) + 1);
}

/* @a NULL: no change is going on.  False: it could not be stored. */
static bool store(struct intent_slot *s, const char *a, const char *b)
{
	sigjmp_buf here;

	if (sigsetjmp(here, 0)) {
		guard = NULL;
		return false;
	}
	guard = &here;
	if (a) {
		put_path(s->path[0], a);
		if (b)
			put_path(s->path[1], b);
	}
	/* A kill comes between two instructions, so their order is enough. */
	atomic_store(&s->armed, a ? 1 + (b != NULL) : 0);
	guard = NULL;
	return true;
}

/* Start */

static int read_left(int fd, struct intent *in)
{
	auto_free struct intent_slot *s = calloc(INTENT_SLOTS, sizeof(*s));
	ssize_t n = s ? sys_pread_all(fd, s, INTENT_SIZE, 0) : -ENOMEM;
	bool any = false;

	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < INTENT_SLOTS; i++) {
		/* A torn one says nothing; a file of old has but the first. */
		if ((size_t)n < (i + 1) * sizeof(*s))
			atomic_store(&s[i].armed, 0);
		s[i].path[0][IDEMFS_PATH_MAX] = '\0';
		s[i].path[1][IDEMFS_PATH_MAX] = '\0';
		any |= atomic_load(&s[i].armed) > 0;
	}
	if (any)
		in->left = steal_ptr(&s);
	return 0;
}

/* Writes it once, so that it has its blocks on the disk. */
static int make_whole(int fd)
{
	auto_free char *zeros = NULL;
	struct stat st;
	size_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size >= (off_t)INTENT_SIZE)
		return 0;
	/* What is there may be armed, and is not told yet. */
	n = INTENT_SIZE - (size_t)st.st_size;
	zeros = calloc(1, n);
	return zeros ? sys_pwrite_all(fd, zeros, n, st.st_size) : -ENOMEM;
}

static int open_slot(const struct state *state, struct intent *in)
{
	auto_fd fd = sys_open_file(state->dir, INTENT_NAME, O_RDWR | O_CREAT);
	int r = fd < 0 ? fd : read_left(fd, in);

	if (!r)
		r = make_whole(fd);
	if (r < 0)
		return r;
	in->map = mmap(NULL, INTENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);
	if (in->map != MAP_FAILED)
		return 0;
	in->map = NULL;
	return -errno;
}

void intent_open(const struct state *state, const struct events *events,
		 struct intent **ret)
{
	struct intent *in = calloc(1, sizeof(*in));
	int r = in ? open_slot(state, in) : -ENOMEM;

	catch_bus_errors();
	if (r < 0)
		events_tell(events, LOG_WARN,
			    STATE_DIR "/" INTENT_NAME
				      ": %s; a mark may miss what "
				      "is changed at the moment of a crash",
			    strerror(-r));
	if (in)
		in->events = events;
	*ret = in;
}

void intent_close(struct intent *in)
{
	if (!in)
		return;
	if (in->map)
		munmap(in->map, INTENT_SIZE);
	free(in->left);
	free(in);
}

/* Changes */

struct intent_slot *intent_begin(struct intent *in, struct dir *dir,
				 const char *name, struct dir *to,
				 const char *to_name)
{
	auto_free char *path = NULL, *to_path = NULL;
	struct intent_slot *slot;

	assert(tree_is_held(dir));
	if (!in || !in->map || dir->marks)
		return NULL;
	path = dir_path(dir, name);
	to_path = to ? dir_path(to, to_name) : NULL;
	/* Too long for the list of changes as well, which logs that. */
	if (!path || strlen(path) > IDEMFS_PATH_MAX ||
	    (to && (!to_path || strlen(to_path) > IDEMFS_PATH_MAX)))
		return NULL;
	slot = &in->map[dir->number];
	if (!store(slot, path, to_path) && !atomic_exchange(&in->warned, true))
		events_tell(in->events, LOG_WARN,
			    STATE_DIR
			    "/" INTENT_NAME ": the disk refuses it; a "
			    "mark may miss what is changed at the moment "
			    "of a crash");
	return slot;
}

void intent_end(struct intent_slot **slot)
{
	if (*slot)
		store(*slot, NULL, NULL);
}

/* After a crash */

static void tell_slot(const struct notes *n, struct intent_slot *left)
{
	unsigned int armed = atomic_load(&left->armed);

	if (armed > 1)
		note_found_renamed(n, left->path[0], left->path[1]);
	else if (armed)
		note_found(n, left->path[0]);
}

void intent_tell(struct intent *in, const struct notes *n)
{
	auto_free struct intent_slot *left = in ? steal_ptr(&in->left) : NULL;

	if (!left)
		return;
	for (size_t i = 0; i < INTENT_SLOTS; i++)
		tell_slot(n, &left[i]);
	for (size_t i = 0; in->map && i < INTENT_SLOTS; i++)
		store(&in->map[i], NULL, NULL);
}
