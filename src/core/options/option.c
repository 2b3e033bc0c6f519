/* SPDX-License-Identifier: MIT */
#include "core/options/option.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/util.h"

#define DURATION_MAX_MS (INT64_C(366) * 24 * 3600 * 1000)
#define SIZE_MAX_BYTES (INT64_C(1) << 52) /* times 1000 still fits */

/* --- values ---------------------------------------------------------------- */

int64_t option_number(const char **p, int64_t max)
{
	int64_t v = -1;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		v = (v < 0 ? 0 : v) * 10 + (**p - '0');
		if (v > max)
			v = max; /* and stay there: no overflow */
	}
	return v;
}

/* Takes what stands behind the point at *p as thousandths, and moves on. */
static int64_t take_thousandths(const char **p)
{
	int64_t v = 0, weight = 100;

	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++) {
		v += weight * (**p - '0');
		weight /= 10;
	}
	return v;
}

int64_t option_duration(const char *value)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "", 1000 },   { "s", 1000 },	{ "ms", 1 },
		      { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	int64_t whole, thousandths = 0, ms;
	const char *p = value;

	whole = option_number(&p, DURATION_MAX_MS);
	if (whole < 0)
		return -EINVAL;
	if (*p == '.') {
		if (p[1] < '0' || p[1] > '9')
			return -EINVAL;
		thousandths = take_thousandths(&p);
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(p, units[i].name))
			continue;
		/* Far from overflow: option_number() stops at the maximum. */
		ms = whole * units[i].ms + thousandths * units[i].ms / 1000;
		return ms > DURATION_MAX_MS ? -EINVAL : ms;
	}
	return -EINVAL;
}

int64_t option_size(const char *value)
{
	static const char units[] = "KMGT";
	int64_t whole, thousandths = 0, unit = 1;
	const char *p = value, *found;

	whole = option_number(&p, SIZE_MAX_BYTES);
	if (whole < 0)
		return -EINVAL;
	if (*p == '.' && p[1] >= '0' && p[1] <= '9')
		thousandths = take_thousandths(&p);
	found = *p ? strchr(units, *p) : NULL;
	if (found) {
		unit = INT64_C(1) << 10 * (found - units + 1);
		p++;
	}
	if (*p || whole > SIZE_MAX_BYTES / unit)
		return -EINVAL;
	return whole * unit + thousandths * unit / 1000;
}

void option_put_seconds(FILE *out, int64_t ms)
{
	int digits = 3, fraction = (int)(ms % 1000);

	fprintf(out, "%" PRId64, ms / 1000);
	if (fraction) {
		for (; fraction % 10 == 0; fraction /= 10)
			digits--;
		fprintf(out, ".%0*d", digits, fraction);
	}
}

/* --- into a struct --------------------------------------------------------- */

static int set_time(const struct option_row *o, int64_t *ret_ms,
		    const char *value, struct err *err)
{
	int64_t ms = option_duration(value);

	if (ms < 0)
		return err_set(err, -EINVAL,
			       "%s: \"%s\" is no time: say seconds as in 5 or "
			       "0.5, or 200ms, 2m, 1h (at most 366 days)",
			       o->key, value);
	*ret_ms = ms;
	return 0;
}

/* Says in @err that @value is none of the words of @o; -EINVAL. */
static int refuse(const struct option_row *o, const char *value,
		  struct err *err)
{
	const struct option_word *w = o->words;
	char list[128];
	size_t n = 0;

	if (!w[2].word)
		return err_set(err, -EINVAL, "%s: \"%s\" is neither %s nor %s",
			       o->key, value, w[0].word, w[1].word);
	for (; w->word && n < sizeof(list); w++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      n ? ", " : "", w->word);
	return err_set(err, -EINVAL, "%s: \"%s\" is none of %s", o->key, value,
		       list);
}

static int set_choice(const struct option_row *o, unsigned int *ret,
		      const char *value, struct err *err)
{
	for (const struct option_word *w = o->words; w->word; w++) {
		if (!strcmp(value, w->word)) {
			*ret = w->value;
			return 0;
		}
	}
	return refuse(o, value, err);
}

static int set_switch(const struct option_row *o, bool *ret, const char *value,
		      struct err *err)
{
	if (*value)
		return err_set(err, -EINVAL, "%s takes no value, not \"%s\"",
			       o->key, value);
	*ret = true;
	return 0;
}

static int add_to_list(struct option_list *l, const char *value)
{
	const char **more =
		reallocarray(l->items, l->count + 1, sizeof(*l->items));

	if (!more)
		return -ENOMEM;
	l->items = more;
	l->items[l->count++] = value;
	return 0;
}

/* An empty name may be one; what it names says whether it is. */
static bool needs_value(const struct option_row *o)
{
	return o->key && o->argument && o->kind != OPTION_TEXT &&
	       o->kind != OPTION_LIST;
}

int option_set(const struct option_row *o, void *into, const char *value,
	       struct err *err)
{
	void *field = (char *)into + o->at;

	if (!value)
		value = "";
	if (needs_value(o) && !*value)
		return err_set(err, -EINVAL, "%s needs a value", o->key);
	switch (o->kind) {
	case OPTION_SWITCH:
		return set_switch(o, field, value, err);
	case OPTION_TEXT:
		*(const char **)field = value;
		return 0;
	case OPTION_LIST:
		return add_to_list(field, value);
	case OPTION_TIME:
		return set_time(o, field, value, err);
	case OPTION_CHOICE:
		return set_choice(o, field, value, err);
	case OPTION_OWN:
		break;
	}
	return o->set(into, value, err);
}

const char *option_word(const struct option_word *words, unsigned int value)
{
	while (words->word && words->value != value)
		words++;
	return words->word;
}

void option_print(const struct option_row *o, const void *from, FILE *out)
{
	const void *field = (const char *)from + o->at;

	if (o->kind == OPTION_OWN) {
		o->print(from, out);
	} else if (o->kind == OPTION_TIME) {
		fprintf(out, "%s ", o->key);
		option_put_seconds(out, *(const int64_t *)field);
		fputc('\n', out);
	} else if (o->kind == OPTION_SWITCH) {
		fprintf(out, "%s %s\n", o->key,
			*(const bool *)field ? "yes" : "no");
	} else if (o->kind == OPTION_CHOICE) {
		fprintf(out, "%s %s\n", o->key,
			option_word(o->words, *(const unsigned int *)field));
	}
}

/* --- by their keys --------------------------------------------------------- */

static bool same_key(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
			return false;
	return *a == *b;
}

const struct option_row *option_find(const struct option_row *rows,
				     const char *key)
{
	for (; rows->key || rows->letter; rows++)
		if (rows->key && same_key(key, rows->key))
			return rows;
	return NULL;
}
