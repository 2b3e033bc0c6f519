/* SPDX-License-Identifier: MIT */
/*
 * changes: any bytes are read as .idemfs/changes, which a power cut may have
 * left as it likes.  What is taken from it comes in the order of seq, and can
 * be written down and read again.  So can its authors, and what marks have told
 * of each.
 */
#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/changes/file.h"
#include "folder.h"

#define RECORDS_MAX 256

/* What a map gives, as text. */
struct dump {
	char text[RECORDS_MAX][RECORD_MAX];
	size_t size[RECORDS_MAX];
	size_t count;
	uint64_t last;
};

static int dump_record(void *arg, const struct record *r, uint32_t node)
{
	struct dump *d = arg;
	ssize_t n;

	(void)node;
	assert(r->seq >= d->last);
	d->last = r->seq;
	if (d->count == RECORDS_MAX)
		return 1;
	n = record_encode(r, d->text[d->count]);
	assert(n > 0 && n <= RECORD_MAX);
	d->size[d->count++] = (size_t)n;
	return 0;
}

/* The file is made shorter; that changes no author. */
static void shorten(struct pathmap *map, const struct changes_file_found *f,
		    const struct authors *a)
{
	struct author_told *told = changes_file_told(a, f->marked), *other;
	struct changes_file_found found;
	struct pathmap *again = pathmap_new();
	struct authors same;
	off_t end;
	int fd;

	assert(told && again);
	assert(changes_file_write(folder_begin()->dir, f, a, map, -1, &fd,
				  &end) == 0);
	assert(changes_file_load(fd, again, &found, &same) == 0);
	other = changes_file_told(&same, f->marked);
	assert(other && same.count == a->count && found.used >= f->used);
	for (size_t i = 0; i < a->count; i++)
		assert(told[i].id == other[i].id &&
		       told[i].after == other[i].after &&
		       authors_owner(a, told[i].id) ==
			       authors_owner(&same, told[i].id));
	pathmap_free(again);
	authors_release(&same);
	free(told);
	free(other);
	close(fd);
}

static int load(int fd, struct dump *d, struct changes_file_found *found)
{
	struct pathmap *map = pathmap_new();
	struct authors a;
	int r;

	assert(map);
	assert(changes_file_load(fd, map, found, &a) == 0);
	assert(memchr(found->boot, 0, sizeof(found->boot)));
	d->count = 0;
	d->last = 0;
	r = pathmap_each(map, dump_record, d);
	assert(r >= 0);
	shorten(map, found, &a);
	pathmap_free(map);
	authors_release(&a);
	return r;
}

/* The lines of @d behind a first one. */
static int write_again(const struct dump *d, const struct changes_file_found *f)
{
	char first[CHANGES_LINE];
	int fd = memfd_create("again", MFD_CLOEXEC);
	size_t n = changes_file_first(f, first);

	assert(fd >= 0 && write(fd, first, n) == (ssize_t)n);
	for (size_t i = 0; i < d->count; i++)
		assert(write(fd, d->text[i], d->size[i]) ==
		       (ssize_t)d->size[i]);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dump d, again;
	struct changes_file_found found = { 0 }, same = { 0 };
	int fd = memfd_create("changes", MFD_CLOEXEC), r;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	r = load(fd, &d, &found);
	close(fd);
	if (r)
		return 0;
	fd = write_again(&d, &found);
	load(fd, &again, &same);
	close(fd);
	assert(!strcmp(same.boot, found.boot));
	assert(!found.marked_at.tv_sec || same.marked == found.marked);
	assert(same.flushed == found.flushed && same.failed == found.failed);
	return 0;
}
