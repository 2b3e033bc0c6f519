/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "core/locks/lineage.h"
#include "core/version/pending.h"
#include "unit/core/version/table.h"

static struct writer w, x;

/* No committed file is open any more. */
static void end(void)
{
	lineage_put(reader.line);
	reader.line = NULL;
	memset(&reader.key, 0, sizeof(reader.key));
	table_teardown();
}

TestSuite(lineage, .init = table_setup, .fini = end);

static void is_read(const char *name)
{
	struct statx found;

	cr_assert_eq(dir_statx(root, name, &found), 0);
	reader.key = statx_key(&found);
}

static void finish(struct version *v, struct writer *writer)
{
	writer->flushed = true;
	if (version_seal(writer))
		version_settle(v);
	version_put(v);
}

static uint64_t no_owner(void *arg, struct version *v)
{
	(void)arg;
	(void)v;
	return 7;
}

/* Overwrites @name, which is committed. */
static struct version *overwrite(const char *name, struct caller by,
				 struct writer *writer)
{
	struct version *v = NULL;

	cr_assert_eq(version_reserve(t, root, name, by.tid, true, no_owner,
				     NULL, &v),
		     0);
	cr_assert_eq(version_open(v, &by, O_TRUNC | O_WRONLY, writer), 0);
	version_unhold(v);
	return v;
}

static struct lineage *at(const char *name)
{
	struct lineage *l = lineage_find(core->rooms.lines, root, name);

	lineage_put(l);
	return l;
}

Test(lineage, versions_of_one_new_name_share_it)
{
	struct version *v = create(root, "f", we(), &w);
	struct version *o = create(root, "f", other(), &x);

	cr_assert_not_null(version_facts(v).line);
	cr_assert_eq(version_facts(v).line, version_facts(o).line);
	cr_assert_eq(at("f"), version_facts(v).line);
	finish(v, &w);
	cr_assert_eq(at("f"), version_facts(o).line);
	finish(o, &x);
	cr_assert_null(at("f"), "with nobody there it is forgotten");
}

Test(lineage, other_names_have_others)
{
	struct version *v = create(root, "f", we(), &w);
	struct version *o = create(root, "g", we(), &x);

	cr_assert_neq(version_facts(v).line, version_facts(o).line);
	finish(v, &w);
	finish(o, &x);
}

Test(lineage, who_reads_the_old_one_shares_it_with_the_next_ones)
{
	struct version *v;
	struct lineage *l;

	scratch_write(s.dir, "f", "old");
	is_read("f");
	v = overwrite("f", we(), &w);
	l = version_facts(v).line;
	cr_assert_eq(reader.line, l);
	finish(v, &w);
	cr_assert_eq(at("f"), l);
	/* the reader has the first one, this replaces the second */
	v = overwrite("f", we(), &w);
	cr_assert_eq(version_facts(v).line, l);
	finish(v, &w);
	cr_assert_eq(at("f"), l);
}

Test(lineage, what_is_committed_between_two_versions_shares_it)
{
	struct version *v = create(root, "f", we(), &w);
	struct version *o = create(root, "f", other(), &x);
	struct lineage *l = version_facts(o).line;
	struct statx found;

	cr_assert_eq(fd_statx(version_temp_fd(v), &found), 0);
	reader.key = statx_key(&found);
	finish(v, &w);
	cr_assert_eq(reader.line, l, "a reader of it may come now");
	finish(o, &x);
	cr_assert_eq(at("f"), l);
}

Test(lineage, rename_takes_it_along)
{
	struct version *v;
	struct lineage *l;

	scratch_write(s.dir, "f", "old");
	scratch_write(s.dir, "g", "replaced");
	v = overwrite("f", we(), &w);
	l = version_facts(v).line;
	move("f", "g", 0);
	cr_assert_null(at("f"));
	cr_assert_eq(at("g"), l);
	finish(v, &w);
}

Test(lineage, rename_of_a_new_file_takes_it_along)
{
	struct version *v = create(root, "f", we(), &w);
	struct lineage *l = version_facts(v).line;

	move("f", "g", 0);
	cr_assert_null(at("f"));
	cr_assert_eq(at("g"), l);
	finish(v, &w);
}

Test(lineage, exchange_exchanges)
{
	struct version *v, *o;

	scratch_write(s.dir, "f", "f");
	scratch_write(s.dir, "g", "g");
	v = overwrite("f", we(), &w);
	o = overwrite("g", we(), &x);
	move("f", "g", RENAME_EXCHANGE);
	cr_assert_eq(at("f"), version_facts(o).line);
	cr_assert_eq(at("g"), version_facts(v).line);
	finish(v, &w);
	finish(o, &x);
}

Test(lineage, unlink_ends_it)
{
	struct version *v;

	scratch_write(s.dir, "f", "old");
	is_read("f");
	v = overwrite("f", we(), &w);
	unlink_it("f");
	cr_assert_null(at("f"));
	cr_assert_eq(reader.line, version_facts(v).line);
	finish(v, &w);
	v = create(root, "f", we(), &w);
	cr_assert_neq(version_facts(v).line, reader.line, "another file");
	finish(v, &w);
}

Test(lineage, who_reads_what_is_unlinked_keeps_it)
{
	struct lineage *l = lineage_at(core->rooms.lines, root, "f");

	scratch_write(s.dir, "f", "old");
	is_read("f");
	unlink_it("f");
	cr_assert_eq(reader.line, l);
	lineage_put(l);
}

Test(lineage, unlinking_ones_own_leaves_that_of_others)
{
	struct version *v = create(root, "f", we(), &w);
	struct version *o = create(root, "f", other(), &x);

	unlink_it("f");
	cr_assert_eq(at("f"), version_facts(o).line);
	finish(v, &w);
	finish(o, &x);
}

Test(lineage, hard_links_share_it)
{
	struct lineage *l = lineage_at(core->rooms.lines, root, "f");
	struct caller by = we();
	struct version *v;

	scratch_write(s.dir, "f", "old");
	is_read("f");
	cr_assert_eq(tree_link(t, root, "f", &reader.key, root, "g", &by), 0);
	cr_assert_eq(at("g"), l);
	v = overwrite("g", we(), &w);
	cr_assert_eq(version_facts(v).line, l);
	finish(v, &w);
	lineage_put(l);
}

Test(lineage, a_file_made_without_a_name_brings_its_own)
{
	struct version_new spec = { .dir = root, .mode = 0666, .by = we() };
	struct version *v = NULL;
	struct lineage *l;

	cr_assert_eq(version_create(t, &spec, &w, &v), 0);
	l = version_facts(v).line;
	cr_assert_not_null(l);
	cr_assert_eq(tree_link_version(v, root, "f"), 0);
	cr_assert_eq(at("f"), l);
	finish(v, &w);
}

Test(lineage, a_committed_file_has_that_of_its_name)
{
	struct lineage *l = NULL, *again = NULL;
	struct file_key gone = { .ino = 1 };

	scratch_write(s.dir, "f", "old");
	is_read("f");
	cr_assert_eq(versions_line(t, root, "f", &reader.key, &l), 0);
	cr_assert_eq(at("f"), l);
	cr_assert_eq(versions_line(t, root, "f", &reader.key, &again), 0);
	cr_assert_eq(again, l);
	lineage_put(again);
	cr_assert_eq(versions_line(t, root, "f", &gone, &again), -ESTALE);
	lineage_put(l);
}
