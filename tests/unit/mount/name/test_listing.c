/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "mount/name/listing.h"
#include "mount/node/handle.h"

#define MANY 1000

static struct handle *h;

static void begin(void)
{
	const struct caller by = { .uid = 1000 };

	h = handle_new(NULL, &by, O_RDONLY);
	cr_assert_not_null(h);
}

static void end(void)
{
	handle_free(h);
}

TestSuite(listing, .init = begin, .fini = end);

static unsigned int times_listed(const char *name)
{
	unsigned int n = 0;

	for (size_t i = 0; i < h->list.count; i++)
		n += !strcmp(h->list.entries[i].name, name);
	return n;
}

Test(listing, keeps_the_order_of_many_names)
{
	char name[32];

	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%u", i);
		cr_assert_eq(listing_add(h, name, i + 1, DT_REG), 0);
	}
	cr_assert_eq(h->list.count, MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%u", i);
		cr_assert_str_eq(h->list.entries[i].name, name);
		cr_assert_eq(h->list.entries[i].ino, i + 1);
	}
}

Test(listing, noted_names_come_once)
{
	struct noted *set = NULL;

	listing_note(&set, "a", 1, DT_REG);
	listing_note(&set, "b", 2, DT_REG);
	listing_note(&set, "a", 3, DT_DIR);
	cr_assert_eq(listing_add_noted(h, set), 0);
	cr_assert_eq(h->list.count, 2);
	cr_assert_eq(times_listed("a"), 1);
	cr_assert_eq(times_listed("b"), 1);
}

Test(listing, what_is_listed_is_not_listed_again)
{
	struct noted *set = NULL;

	cr_assert_eq(listing_add(h, "a", 7, DT_REG), 0);
	listing_note(&set, "a", 1, DT_REG);
	listing_note(&set, "new", 2, DT_REG);
	cr_assert_eq(listing_add_noted(h, set), 0);
	cr_assert_eq(h->list.count, 2);
	cr_assert_eq(h->list.entries[0].ino, 7);
	cr_assert_eq(times_listed("new"), 1);
}

Test(listing, nothing_noted_adds_nothing)
{
	cr_assert_eq(listing_add_noted(h, NULL), 0);
	cr_assert_eq(h->list.count, 0);
}
