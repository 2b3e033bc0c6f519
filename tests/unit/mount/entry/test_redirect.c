/* SPDX-License-Identifier: MIT */
#include "core/backing/backing.h"
#include "mount/entry/redirect.h"
#include "unit/scratch.h"

#define TID 4711
#define NODE 7

static struct scratch s;
static struct backing *b;
static struct redirects *l;
static int marks;

static void setup(void)
{
	s = scratch_open();
	cr_assert_eq(mkdirat(s.dir, "marks", 0700), 0);
	marks = openat(s.dir, "marks", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(backing_new(s.dir, marks, 0, 0, &b), 0);
	cr_assert_eq(redirects_new(&l), 0);
}

static void teardown(void)
{
	redirects_end_all(l);
	redirects_free(l);
	backing_free(b);
	close(marks);
	scratch_close(&s);
}

TestSuite(redirect, .init = setup, .fini = teardown);

static struct redirect *sent_back(bool write, bool trunc)
{
	struct redirect *r;

	cr_assert_eq(redirect_begin(l, TID, NODE, backing_root(b), "f", write,
				    trunc),
		     0);
	r = redirect_take(l, TID);
	cr_assert_not_null(r);
	return r;
}

Test(redirect, open_that_was_sent_back_is_known_by_its_flags)
{
	struct redirect *r = sent_back(true, true);

	cr_assert(redirect_is_of(r, true, true));
	cr_assert_not(redirect_is_of(r, true, false));
	cr_assert_not(redirect_is_of(r, false, false));
	redirect_end(l, r);
	cr_assert_null(redirect_take(l, TID));
}

Test(redirect, walk_that_found_nothing_leads_to_no_open)
{
	struct redirect *r = sent_back(false, false);

	redirect_looked(r, backing_root(b), "f", false);
	cr_assert_not(redirect_is_of(r, false, false));
	/* The old dentry was wrong; the new one is not. */
	redirect_looked(r, backing_root(b), "f", true);
	cr_assert(redirect_is_of(r, false, false));
	redirect_end(l, r);
}

Test(redirect, who_cannot_be_told_from_others_has_no_record)
{
	struct redirect *r = sent_back(true, true);

	redirect_put(l, r);
	cr_assert_not(redirect_can(0));
	cr_assert_null(redirect_take(l, 0));
	cr_assert_eq(redirect_take(l, TID), r);
	redirect_end(l, r);
}

Test(redirect, rename_that_was_sent_back_is_no_open)
{
	struct redirect *r;

	cr_assert_eq(redirect_begin_rename(l, TID, backing_root(b), "f"), 0);
	r = redirect_take(l, TID);
	cr_assert_not_null(r);
	cr_assert_not(redirect_is_of(r, false, false));
	redirect_end(l, r);
}
