/* SPDX-License-Identifier: MIT */
#include "mount/kernel/spin.h"

void spin_init(struct spin *s, bool on)
{
	*s = (struct spin){ .on = on, .rare = true, .rest = SPIN_REST_NS };
}

static void rest(struct spin *s, int64_t now)
{
	s->not_before = now + s->rest;
	if (s->rest < SPIN_REST_MAX_NS)
		s->rest *= 2;
}

bool spin_rests(const struct spin *s, int64_t now)
{
	return now < s->not_before;
}

bool spin_must_check(const struct spin *s, int64_t now)
{
	return !s->empty && !spin_rests(s, now) &&
	       now - s->checked >= SPIN_CHECK_NS;
}

void spin_checked(struct spin *s, int64_t now, bool busy)
{
	if (busy) {
		rest(s, now);
	} else {
		s->rest = SPIN_REST_NS;
		s->checked = now;
	}
}

static bool begin(struct spin *s, int64_t now)
{
	s->empty = now;
	if (!s->on || spin_rests(s, now))
		return false;
	return s->credit > 0 || (!s->rare && ++s->tries % SPIN_TRY == 0);
}

/* May go on after a look, unless another thread ran, or it was in vain. */
static bool go_on(struct spin *s, int64_t now)
{
	if (now - s->looked > SPIN_STOLEN_NS) {
		rest(s, now);
		return false;
	}
	if (now - s->empty < SPIN_MAX_NS)
		return true;
	s->credit = s->credit > 2 ? s->credit - 2 : 0;
	return false;
}

bool spin_again(struct spin *s, int64_t now)
{
	if (!s->empty)
		s->looking = begin(s, now);
	else if (s->looking)
		s->looking = go_on(s, now);
	s->looked = now;
	return s->looking;
}

void spin_came(struct spin *s, int64_t now)
{
	s->rare = s->empty && now - s->empty > SPIN_RARE_NS;
	if (s->looking && s->credit < SPIN_CREDIT_MAX)
		s->credit++;
	s->looking = false;
	s->empty = 0;
}
