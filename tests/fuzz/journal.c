/* SPDX-License-Identifier: MIT */
/*
 * journal: any bytes are a slot of a journal, with and without the sum that
 * makes them one: what a disk inside the tree says has the right sum, too.  An
 * input is what follows the size in the first line, then the record.
 */
#include "folder.h"

#include <errno.h>
#include <inttypes.h>
#include <xxhash.h>

#include "core/temp/journal.h"

struct seen {
	char name[JOURNAL_NAME_MAX];
	unsigned int count;
};

static int see(void *arg, const char *name, const struct partial *record,
	       const struct journal_note *note)
{
	struct seen *s = arg;

	(void)note;
	assert(strlen(name) < JOURNAL_NAME_MAX && !strchr(name, '/'));
	assert(record->path && *record->path != '/');
	strcpy(s->name, name);
	s->count++;
	return 0;
}

/* "SUM ID SIZE" and the input, with the sum of it all. */
static size_t make_slot(char slot[JOURNAL_SLOT], const uint8_t *data,
			size_t size)
{
	const uint8_t *nl = memchr(data, '\n', size);
	size_t record = nl ? size - (size_t)(nl + 1 - data) : 0;
	size_t n = 17;
	char sum[17];

	n += (size_t)sprintf(slot + n, "5 %zu", record);
	size = size < JOURNAL_SLOT - n ? size : JOURNAL_SLOT - n;
	memcpy(slot + n, data, size);
	n += size;
	slot[16] = ' ';
	snprintf(sum, sizeof(sum), "%016" PRIx64,
		 XXH3_64bits(slot + 16, n - 16));
	memcpy(slot, sum, 16);
	return n;
}

static void read_all(int tmp)
{
	struct journal_note note;
	struct seen s = { 0 };
	struct partial p;

	assert(journal_each(tmp, see, &s) == 0);
	if (!s.count)
		return;
	assert(journal_read(tmp, s.name, &p, &note) == 0);
	partial_release(&p);
	assert(journal_void(tmp) == 0);
	assert(journal_read(tmp, s.name, &p, &note) == 0);
	assert(note.from || !note.order);
	partial_release(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state *st = folder_begin();
	char slot[JOURNAL_SLOT];

	folder_write(st->tmp, JOURNAL_NAME, data, size);
	read_all(st->tmp);
	folder_write(st->tmp, JOURNAL_NAME, slot, make_slot(slot, data, size));
	read_all(st->tmp);
	return 0;
}
