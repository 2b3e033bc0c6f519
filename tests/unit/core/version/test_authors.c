/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/util.h"
#include "core/version/authors.h"
#include "unit/core/version/table.h"

static char seen[1024];
static uint64_t ids[10]; /* of the sessions that the list of changes knows */

static unsigned int number(uint64_t id)
{
	for (unsigned int i = 1; i < ARRAY_SIZE(ids); i++)
		if (ids[i] == id)
			return i;
	return 0;
}

static uint64_t owner(void *arg, uint64_t id)
{
	cr_assert_eq(arg, seen);
	return id == ids[5] ? ids[4] : id; /* 5 has ended, within 4 */
}

static void overlap(void *arg, uint64_t id, uint64_t other_id, const char *path)
{
	cr_assert_eq(arg, seen);
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%u %u %s\n",
		 number(id), number(other_id), path);
}

static void changed(void *arg, uint64_t session, const char *path)
{
	cr_assert_eq(arg, seen);
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen),
		 "%u changed %s\n", number(session), path);
}

static void init(void)
{
	const struct changes_session session = { .kind = "step", .name = "x" };

	table_setup();
	core->rooms.sessions = (struct session_hooks){ owner, overlap, seen };
	for (size_t i = 1; i < ARRAY_SIZE(ids); i++)
		cr_assert_eq(changes_session_begin(core->rooms.changes,
						   &session, &ids[i]),
			     0);
	core->rooms.notes.by_session = changed;
	core->rooms.notes.by_arg = seen;
	seen[0] = '\0';
}

TestSuite(authors, .init = init, .fini = table_teardown);

static struct caller of(uint64_t session)
{
	struct caller by = we();

	by.session = session;
	return by;
}

Test(authors, a_version_belongs_to_the_session_of_its_opener)
{
	struct writer w;
	struct version *v = create(root, "a", of(ids[7]), &w);

	cr_assert_eq(version_session(v), ids[7]);
	close_writer(&w);
	cr_assert_str_eq(seen, "7 changed a\n");
	version_put(v);
}

Test(authors, what_ended_while_the_request_came_has_passed_it_up)
{
	struct writer w;
	struct version *v = create(root, "a", of(ids[5]), &w);

	cr_assert_eq(version_session(v), ids[4]);
	versions_pass_session(t, ids[4], ids[5]);
	cr_assert_eq(version_session(v), ids[4]);
	versions_pass_session(t, ids[4], ids[3]);
	cr_assert_eq(version_session(v), ids[3]);
	close_writer(&w);
	cr_assert_str_eq(seen, "3 changed a\n");
	version_put(v);
}

Test(authors, two_that_write_a_name_overlap)
{
	struct caller eight = of(ids[8]), none = of(0);
	struct writer a, x, c, d;
	struct version *v = create(root, "a", of(ids[7]), &a), *u, *o;

	u = create(root, "a", of(ids[8]), &x);
	cr_assert_str_eq(seen, "8 7 a\n");
	o = create(root, "a", of(0), &c); /* in no session */
	cr_assert_str_eq(seen, "8 7 a\n");
	/* One that joins. */
	cr_assert_eq(version_open(v, &eight, O_WRONLY, &d), 0);
	cr_assert(strstr(seen, "8 7 a\n"));
	close_writer(&a);
	close_writer(&d);
	close_writer(&x);
	seen[0] = '\0';
	cr_assert_eq(version_open(o, &none, O_WRONLY, &d), 0);
	cr_assert_str_eq(seen, "");
	close_writer(&c);
	close_writer(&d);
	version_put(v);
	version_put(u);
	version_put(o);
}

Test(authors, one_that_reads_what_another_writes_overlaps)
{
	struct writer w;
	struct version *v;

	versions_note_reading(t, root, "a", ids[8]);
	v = create(root, "a", of(ids[7]), &w);
	versions_note_reading(t, root, "a", 0);
	versions_note_reading(t, root, "a", ids[7]);
	versions_note_reading(t, root, "b", ids[8]);
	cr_assert_str_eq(seen, "");
	versions_note_reading(t, root, "a", ids[8]);
	cr_assert_str_eq(seen, "8 7 a\n");
	close_writer(&w);
	version_put(v);
}

Test(authors, changes_of_the_tree_belong_to_the_session_of_the_caller)
{
	struct caller by = of(ids[9]);

	cr_assert_eq(tree_mkdir(t, root, "d", 0755, &by), 0);
	cr_assert_eq(tree_rename(t, root, "d", root, "e", 0, &by), 0);
	cr_assert_eq(tree_symlink(t, root, "l", "x", &by), 0);
	cr_assert_eq(tree_unlink(t, root, "l", &by), 0);
	cr_assert_eq(tree_rmdir(t, root, "e", &by), 0);
	cr_assert_str_eq(seen, "9 changed d\n9 changed d\n9 changed l\n"
			       "9 changed l\n9 changed e\n");
}
