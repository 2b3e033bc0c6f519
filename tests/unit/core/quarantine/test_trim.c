/* SPDX-License-Identifier: MIT */
#include "base/util.h"
#include "core/quarantine/quarantine.h"
#include "core/quarantine/trim.h"
#include "unit/core/backing/opened.h"

static struct options o;

static void trim_setup(void)
{
	setup();
	open_state();
	options_init(&o);
}

static void trim_teardown(void)
{
	options_release(&o);
	teardown();
}

TestSuite(trim, .init = trim_setup, .fini = trim_teardown);

/* A partial of @size bytes that was put there @age seconds ago. */
static uint64_t keep(size_t size, time_t age)
{
	auto_free char *data = calloc(1, size + 1);
	struct partial p = { .path = (char[]){ "p" },
			     .command = (char[]){ "c" },
			     .why = (char[]){ "w" },
			     .time.tv_sec = time(NULL) - age };
	uint64_t id = 0;

	memset(data, 'x', size);
	scratch_write(s.dir, "temp", data);
	cr_assert_eq(quarantine_put(st.partial, s.dir, "temp", &p, &id), 0);
	return id;
}

static bool is_there(uint64_t id)
{
	char name[32];

	snprintf(name, sizeof(name), "%lu", id);
	return scratch_exists(st.partial, name);
}

static int trim(int64_t size, int64_t ms)
{
	o.partial_keep_size = size;
	o.partial_keep_ms = ms;
	return trim_quarantine(st.partial, &o, NULL);
}

Test(trim, oldest_go_until_the_rest_fits)
{
	uint64_t id[4];

	for (int i = 0; i < 4; i++)
		id[i] = keep(65536, 0);
	cr_assert_eq(trim(150000, -1), 2);
	cr_assert_not(is_there(id[0]));
	cr_assert_not(is_there(id[1]));
	cr_assert(is_there(id[2]));
	cr_assert(is_there(id[3]));
	cr_assert_eq(trim(150000, -1), 0);
}

Test(trim, newest_stays_whatever_its_size)
{
	uint64_t old = keep(10, 0), newest = keep(200000, 0);

	cr_assert_eq(trim(0, -1), 1);
	cr_assert_not(is_there(old));
	cr_assert(is_there(newest));
}

static uint64_t keep_of(uid_t uid, size_t size)
{
	uint64_t id = keep(size, 0);
	char name[32];

	snprintf(name, sizeof(name), "%lu", id);
	cr_assert_eq(fchownat(st.partial, name, uid, (gid_t)-1, 0), 0);
	return id;
}

Test(trim, what_one_owner_keeps_pushes_out_nothing_of_another)
{
	uint64_t a, b[3];

	if (geteuid() != 0)
		cr_skip_test("needs root");
	a = keep_of(3333, 65536);
	for (int i = 0; i < 3; i++)
		b[i] = keep_of(4444, 65536);
	cr_assert_eq(trim(100000, -1), 2);
	cr_assert(is_there(a));
	cr_assert_not(is_there(b[0]));
	cr_assert_not(is_there(b[1]));
	cr_assert(is_there(b[2]));
}

Test(trim, newest_of_each_owner_stays)
{
	uint64_t a[2], root[2];

	if (geteuid() != 0)
		cr_skip_test("needs root");
	for (int i = 0; i < 2; i++) {
		a[i] = keep_of(3333, 10000);
		root[i] = keep_of(0, 10000);
	}
	cr_assert_eq(trim(0, -1), 2);
	cr_assert_not(is_there(a[0]));
	cr_assert_not(is_there(root[0]));
	cr_assert(is_there(a[1]));
	cr_assert(is_there(root[1]));
}

Test(trim, age_holds_for_all_owners)
{
	uint64_t old = keep(10, 100), young;

	if (geteuid() != 0)
		cr_skip_test("needs root");
	young = keep_of(3333, 10);
	cr_assert_eq(trim(-1, 50000), 1);
	cr_assert_not(is_there(old));
	cr_assert(is_there(young));
}

Test(trim, what_is_too_old_goes)
{
	uint64_t old = keep(10, 100), young = keep(10, 10);

	keep(10, 0);
	cr_assert_eq(trim(-1, 50000), 1);
	cr_assert_not(is_there(old));
	cr_assert(is_there(young));
}

Test(trim, holes_take_no_room)
{
	uint64_t sparse = keep(10, 0);
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "%lu", sparse);
	fd = openat(st.partial, name, O_WRONLY | O_CLOEXEC);
	cr_assert_eq(ftruncate(fd, (off_t)1 << 33), 0);
	close(fd);
	keep(10, 0);
	cr_assert_eq(trim(1 << 20, -1), 0);
	cr_assert(is_there(sparse));
}

Test(trim, all_is_kept_when_there_are_no_limits)
{
	keep(10, 1000000);
	keep(10, 0);
	cr_assert_eq(trim(-1, -1), 0);
	cr_assert_eq(quarantine_count(st.partial), 2);
}

Test(trim, numbers_do_not_come_again)
{
	uint64_t a = keep(10, 100), b = keep(10, 0);

	cr_assert_eq(trim(-1, 50000), 1);
	cr_assert_gt(keep(10, 0), b);
	cr_assert_lt(a, b);
}
