/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "mount/checkpoints/checkpoints.h"
#include "mount/ops/kinds.h"

static struct node node_of(enum node_kind kind, mode_t type, uint64_t id)
{
	return (struct node){ .kind = kind & 7,
			      .type = (uint16_t)(type & S_IFMT),
			      .id = id };
}

/* What the handlers call without asking whether it is there. */
Test(kinds, each_has_what_is_always_called)
{
	for (int kind = 0; kind < NODE_KINDS; kind++) {
		struct node n = node_of((enum node_kind)kind, S_IFREG, 2);
		const struct node_ops *ops = kinds_of(&n);

		cr_assert_not_null(ops->getattr, "kind %d", kind);
		cr_assert(ops->setattr || ops->refusal < 0, "kind %d", kind);
		cr_assert(ops->setxattr || ops->xattr_refusal < 0, "kind %d",
			  kind);
		cr_assert_lt(ops->refusal, 0, "kind %d", kind);
		if (ops->open)
			cr_assert(ops->unopen && ops->read, "kind %d", kind);
		if (ops->create)
			cr_assert(ops->unopen && ops->lookup, "kind %d", kind);
		if (ops->mkdir || ops->mknod || ops->symlink)
			cr_assert_not_null(ops->lookup, "kind %d", kind);
	}
}

Test(kinds, directories_can_be_searched_and_listed)
{
	const enum node_kind kinds[] = { NODE_TREE, NODE_MARKS, NODE_INFLIGHT };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct node n = node_of(kinds[i], S_IFDIR, 2);
		const struct node_ops *ops;

		cr_assert_eq(kinds_at(&n, "a", &ops), 0);
		cr_assert_eq(ops, kinds_of(&n));
		cr_assert(ops->lookup && ops->list, "kind %zu", i);
	}
}

Test(kinds, checkpoints_is_a_name_of_its_own_in_the_root_alone)
{
	struct node root = node_of(NODE_TREE, S_IFDIR, 1);
	struct node below = node_of(NODE_TREE, S_IFDIR, 2);
	struct node marks = node_of(NODE_MARKS, S_IFDIR, 3);
	const struct node_ops *ops;

	cr_assert_eq(kinds_at(&root, ".checkpoints", &ops), 0);
	cr_assert_eq(ops, &checkpoints_name_ops);
	cr_assert_null(ops->create);
	cr_assert_null(ops->mkdir);
	cr_assert_eq(kinds_at(&root, ".checkpoints2", &ops), 0);
	cr_assert_eq(ops, kinds_of(&root));
	cr_assert_eq(kinds_at(&below, ".checkpoints", &ops), 0);
	cr_assert_eq(ops, kinds_of(&below));
	cr_assert_eq(kinds_at(&marks, ".checkpoints", &ops), 0);
	cr_assert_eq(ops, &marks_ops);
}

Test(kinds, nothing_can_be_made_in_the_view)
{
	struct node n = node_of(NODE_INFLIGHT, S_IFDIR, 2);
	const struct node_ops *ops = kinds_of(&n);

	cr_assert_eq(ops->refusal, -EROFS);
	cr_assert(!ops->mkdir && !ops->mknod && !ops->symlink && !ops->link &&
		  !ops->create && !ops->tmpfile && !ops->unlink &&
		  !ops->rmdir && !ops->rename && !ops->adopt && !ops->write &&
		  !ops->setattr && !ops->setxattr && !ops->removexattr);
}

Test(kinds, only_directories_have_names)
{
	struct node file = node_of(NODE_TREE, S_IFREG, 2);
	const struct node_ops *ops;

	cr_assert_eq(kinds_check_dir(NULL), -ESTALE);
	cr_assert_eq(kinds_at(NULL, "a", &ops), -ESTALE);
	cr_assert_eq(kinds_at(&file, "a", &ops), -ENOTDIR);
}
