/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "core/process/budget.h"
#include "idemfs/format.h"
#include "mount/checkpoints/buffer.h"
#include "mount/node/handle.h"

static struct budget *budget;
static struct handle *h;

static void begin(void)
{
	const struct caller by = { .uid = 1000 };

	cr_assert_eq(budget_new(BUDGET_TEXTS, &budget), 0);
	h = handle_new(NULL, &by, O_RDWR);
	cr_assert_not_null(h);
	h->text.budget = budget;
}

static void end(void)
{
	handle_free(h);
	budget_free(budget);
}

TestSuite(buffer, .init = begin, .fini = end);

static void reads(size_t size, off_t off, const char *want, size_t want_size)
{
	struct bytes b = { 0 };

	cr_assert_eq(buffer_read(NULL, h, size, off, &b), 0);
	cr_assert_eq(b.fd, -1);
	cr_assert_eq(b.size, want_size);
	cr_assert(!want_size || !memcmp(b.text, want, want_size));
	free(b.text);
}

Test(buffer, reads_back_what_was_written)
{
	cr_assert_eq(buffer_write(NULL, h, "12345", 5, 0, NULL), 0);
	cr_assert_eq(buffer_write(NULL, h, "ab", 2, 1, NULL), 0);
	reads(100, 0, "1ab45", 5);
	reads(2, 3, "45", 2);
}

Test(buffer, ends_where_its_text_ends)
{
	reads(100, 0, "", 0);
	cr_assert_eq(buffer_write(NULL, h, "1", 1, 0, NULL), 0);
	reads(100, 1, "", 0);
	reads(100, 5000, "", 0);
	reads(100, -1, "", 0);
}

Test(buffer, hole_is_zeros)
{
	cr_assert_eq(buffer_write(NULL, h, "z", 1, 3, NULL), 0);
	reads(100, 0, "\0\0\0z", 4);
	cr_assert_eq(buffer_truncate(h, 1), 0);
	cr_assert_eq(buffer_truncate(h, 4), 0);
	reads(100, 0, "\0\0\0\0", 4);
}

Test(buffer, each_change_is_to_be_stored)
{
	unsigned int edits = h->text.edits;

	cr_assert_eq(buffer_write(NULL, h, "1", 1, 0, NULL), 0);
	cr_assert_neq(h->text.edits, edits);
	edits = h->text.edits;
	cr_assert_eq(buffer_truncate(h, 0), 0);
	cr_assert_neq(h->text.edits, edits);
	cr_assert_eq(h->text.lost, 0);
}

Test(buffer, what_is_too_long_is_lost)
{
	cr_assert_eq(buffer_write(NULL, h, "1", 1, IDEMFS_NOTE_MAX, NULL),
		     -EFBIG);
	cr_assert_eq(h->text.lost, -EFBIG);
	cr_assert_eq(h->text.size, 0);
	cr_assert_eq(buffer_truncate(h, -1), -EFBIG);
	cr_assert_eq(buffer_write(NULL, h, "1", 1, -1, NULL), -EFBIG);
}
