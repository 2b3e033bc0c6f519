/* SPDX-License-Identifier: MIT */
#include "core/journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"

struct journal {
	int fd;	    /* const */
	int tmpdir; /* const: the caller's */
	pthread_mutex_t lock;
	uint32_t *free; /* under lock: slots given back */
	size_t free_count;
	size_t free_room;
	uint32_t left;	/* const: slots that recovery has left */
	uint32_t slots; /* under lock: slots ever taken, after those */
};

int journal_new(int tmpdir, struct journal **ret)
{
	struct journal *j = calloc(1, sizeof(*j));
	struct stat st;
	int r = 0;

	if (!j)
		return -ENOMEM;
	pthread_mutex_init(&j->lock, NULL);
	j->tmpdir = tmpdir;
	j->fd = sys.openat(tmpdir, JOURNAL_NAME, O_RDWR | O_CREAT | O_NOFOLLOW,
			   0600);
	if (j->fd < 0)
		r = j->fd;
	else if (fstat(j->fd, &st) < 0)
		r = -errno;
	if (r < 0) {
		journal_free(j);
		return r;
	}
	j->left = (uint32_t)((st.st_size + JOURNAL_SLOT - 1) / JOURNAL_SLOT);
	*ret = j;
	return 0;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	/* Temps that could not be put away still need their records. */
	if (j->fd >= 0 && !j->left && j->free_count == j->slots)
		sys.unlinkat(j->tmpdir, JOURNAL_NAME, 0);
	close_fd(j->fd);
	pthread_mutex_destroy(&j->lock);
	free(j->free);
	free(j);
}

static uint32_t take_slot(struct journal *j)
{
	LOCK_SCOPE(&j->lock);
	if (j->free_count)
		return j->free[--j->free_count];
	return j->left + j->slots++;
}

static void give_slot(struct journal *j, uint32_t slot)
{
	LOCK_SCOPE(&j->lock);
	if (j->free_count == j->free_room) {
		size_t room = j->free_room ? j->free_room * 2 : 64;
		uint32_t *bigger = realloc(j->free, room * sizeof(*bigger));

		if (!bigger)
			return; /* the slot stays unused until the next mount */
		j->free = bigger;
		j->free_room = room;
	}
	j->free[j->free_count++] = slot;
}

int journal_take(struct journal *j, uint64_t id, const struct partial *record,
		 char ret_name[JOURNAL_NAME_MAX])
{
	auto_free char *text = partial_encode(record);
	char head[64];
	struct iovec iov[2];
	uint32_t slot;
	size_t size;

	if (!j)
		return -EROFS;
	slot = take_slot(j);
	if (!text) {
		give_slot(j, slot);
		return -ENOMEM;
	}
	size = strlen(text);
	/* A path of 4,095 bytes may escape to four times that: then none. */
	if (size > JOURNAL_SLOT - sizeof(head))
		size = 0;
	iov[0].iov_base = head;
	iov[0].iov_len = (size_t)snprintf(head, sizeof(head),
					  "%" PRIu64 " %zu\n", id, size);
	iov[1].iov_base = text;
	iov[1].iov_len = size;
	/* A record that cannot be written costs its temp the path, no more. */
	if (pwritev(j->fd, iov, 2, (off_t)slot * JOURNAL_SLOT) < 0)
		errno = 0;
	snprintf(ret_name, JOURNAL_NAME_MAX, "%" PRIu32 "-%" PRIu64, slot, id);
	return 0;
}

void journal_give(struct journal *j, const char *name)
{
	give_slot(j, (uint32_t)strtoul(name, NULL, 10));
}

static int open_journal(int tmpdir)
{
	int fd =
		openat(tmpdir, JOURNAL_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

/* -ENOENT for a slot that holds no record, -ENODATA beyond the last. */
static int read_slot(int fd, uint32_t slot, uint64_t *ret_id,
		     struct partial *ret)
{
	char buf[JOURNAL_SLOT + 1];
	size_t size;
	int head = 0;
	ssize_t n = sys_pread_all(fd, buf, JOURNAL_SLOT,
				  (off_t)slot * JOURNAL_SLOT);

	if (n <= 0)
		return n < 0 ? (int)n : -ENODATA;
	buf[n] = '\0';
	if (sscanf(buf, "%" SCNu64 " %zu\n%n", ret_id, &size, &head) != 2 ||
	    head == 0 || size > (size_t)(n - head))
		return -ENOENT;
	return partial_decode(buf + head, size, ret) < 0 ? -ENOENT : 0;
}

int journal_read(int tmpdir, const char *name, struct partial *ret)
{
	struct partial p = { 0 };
	uint64_t id, found;
	uint32_t slot;
	auto_fd fd = open_journal(tmpdir);
	int r;

	if (sscanf(name, "%" SCNu32 "-%" SCNu64, &slot, &id) != 2)
		return -EINVAL;
	if (fd < 0)
		return fd;
	r = read_slot(fd, slot, &found, &p);
	if (!r && found != id) {
		partial_release(&p);
		r = -ENOENT;
	}
	if (r < 0)
		return r == -ENODATA ? -ENOENT : r;
	*ret = p;
	return 0;
}

int journal_each(int tmpdir,
		 int (*each)(void *arg, const char *name,
			     const struct partial *record),
		 void *arg)
{
	auto_fd fd = open_journal(tmpdir);
	int r = 0;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	for (uint32_t slot = 0; r >= 0 || r == -ENOENT; slot++) {
		struct partial p = { 0 };
		char name[JOURNAL_NAME_MAX];
		uint64_t id;

		r = read_slot(fd, slot, &id, &p);
		if (r == -ENODATA)
			return 0;
		if (r < 0)
			continue;
		snprintf(name, sizeof(name), "%" PRIu32 "-%" PRIu64, slot, id);
		r = each(arg, name, &p);
		partial_release(&p);
	}
	return r;
}
