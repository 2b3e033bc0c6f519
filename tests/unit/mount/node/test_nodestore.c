/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "mount/node/node.h"
#include "mount/node/nodestore.h"

#define MANY 5000

static struct nodestore s;

static void begin(void)
{
	cr_assert_eq(nodestore_init(&s), 0);
}

static void end(void)
{
	nodestore_release(&s);
}

TestSuite(nodestore, .init = begin, .fini = end);

static struct file_key key_of(uint64_t i)
{
	return (struct file_key){ .dev = 7, .ino = i, .born = i / 100 };
}

static struct node *keyed(uint64_t i)
{
	struct file_key key = key_of(i);
	struct node *n = nodestore_take(&s);

	cr_assert_not_null(n);
	nodestore_enter(&s, n, &key);
	return n;
}

Test(nodestore, first_node_is_the_root)
{
	cr_assert_eq(nodestore_take(&s)->id, 1);
	cr_assert_eq(nodestore_take(&s)->id, 2);
	cr_assert_null(nodestore_get(&s, 0));
	cr_assert_null(nodestore_get(&s, 3));
	cr_assert_eq(s.count, 2);
}

Test(nodestore, number_used_too_late_finds_nothing)
{
	struct node *n = nodestore_take(&s);
	uint64_t id = n->id;

	cr_assert_eq(nodestore_get(&s, id), n);
	nodestore_give(&s, n);
	cr_assert_null(nodestore_get(&s, id));
	cr_assert_eq(nodestore_take(&s), n);
	cr_assert_neq(n->id, id);
	cr_assert_null(nodestore_get(&s, id));
	cr_assert_eq(nodestore_get(&s, n->id), n);
}

Test(nodestore, each_of_many_is_found_by_number_and_key_and_never_moves)
{
	static struct node *all[MANY];

	for (uint64_t i = 0; i < MANY; i++)
		all[i] = keyed(i);
	for (uint64_t i = 0; i < MANY; i++) {
		struct file_key key = key_of(i);

		cr_assert_eq(nodestore_find(&s, &key), all[i]);
		cr_assert_eq(nodestore_get(&s, all[i]->id), all[i]);
	}
	cr_assert_eq(s.count, MANY);
}

Test(nodestore, what_has_left_is_not_found_and_what_stays_is)
{
	static struct node *all[MANY];

	for (uint64_t i = 0; i < MANY; i++)
		all[i] = keyed(i);
	for (uint64_t i = 0; i < MANY; i += 3)
		nodestore_leave(&s, all[i]);
	nodestore_leave(&s, all[0]); /* once more does nothing */
	for (uint64_t i = 0; i < MANY; i++) {
		struct file_key key = key_of(i);

		cr_assert_eq(nodestore_find(&s, &key), i % 3 ? all[i] : NULL);
	}
	for (uint64_t i = 0; i < MANY; i++) {
		nodestore_leave(&s, all[i]);
		nodestore_give(&s, all[i]);
	}
	cr_assert_eq(s.count, 0);
	cr_assert_eq(s.keyed, 0);
}

static unsigned int seen;

static void count(struct node_table *t, struct node *n)
{
	cr_assert_null(t);
	cr_assert(n->live);
	seen++;
}

Test(nodestore, each_calls_for_the_living)
{
	struct node *n[3];

	for (int i = 0; i < 3; i++)
		n[i] = nodestore_take(&s);
	nodestore_give(&s, n[1]);
	nodestore_each(&s, count, NULL);
	cr_assert_eq(seen, 2);
}
