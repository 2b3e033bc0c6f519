/* SPDX-License-Identifier: MIT */
#include "core/options/options.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"

#define THREADS_MAX 64
#define RUN_ID_MAX 128
#define DURATION_MAX_MS (INT64_C(366) * 24 * 3600 * 1000)
#define SIZE_MAX_BYTES (INT64_C(1) << 52) /* times 1000 still fits */

/*
 * Written in place unless --in-place none is said: what people read while it is
 * written, and what a program that was killed goes on from by itself, with a
 * journal that it writes in step with files that are in place already.
 */
static const char *const default_in_place[] = {
	"*.log",
	"*.pid",
	".*.sw?", /* vim's swap files */
	".hg/",
	".svn/",
	".ninja_log",
	".ninja_deps",
	/* LevelDB and RocksDB; CURRENT is renamed to, tables are closed. */
	"MANIFEST-[0-9][0-9][0-9][0-9][0-9][0-9]",
};

/* What programs that were killed go on from. */
static const char *const default_resumable[] = {
	"*.part",
	"*.aria2",
	"*.joblog",
};

static const char *const discard_names[] = {
	[DISCARD_KILLED] = "killed",
	[DISCARD_FAILED] = "failed",
	[DISCARD_CRASHED] = "crashed",
	[DISCARD_NEVER] = "never",
};

static const char *const durability_names[] = {
	[DURABILITY_NONE] = "none",
	[DURABILITY_CHECKPOINT] = "checkpoint",
	[DURABILITY_CLOSE] = "close",
};

const char *durability_name(enum durability_level d)
{
	return durability_names[d];
}

static const char *const passthrough_names[] = {
	[PASSTHROUGH_AUTO] = "auto",
	[PASSTHROUGH_OFF] = "off",
	[PASSTHROUGH_ON] = "on",
};

static const char *const stale_names[] = {
	[STALE_WARN] = "warn",
	[STALE_HIDE] = "hide",
};

const char *stale_action_name(enum stale_action a)
{
	return stale_names[a];
}

const char *discard_on_name(enum discard_on d)
{
	return discard_names[d];
}

const char *passthrough_mode_name(enum passthrough_mode m)
{
	return passthrough_names[m];
}

/* --- values --------------------------------------------------------------- */

/* Takes decimal digits at *p, at most @max; -1 when there are none. */
static int64_t take_number(const char **p, int64_t max)
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

int64_t options_duration(const char *value)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "", 1000 },   { "s", 1000 },	{ "ms", 1 },
		      { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	int64_t whole, thousandths = 0, ms;
	const char *p = value;

	whole = take_number(&p, DURATION_MAX_MS);
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
		/* Far from overflow: take_number() stops at the maximum. */
		ms = whole * units[i].ms + thousandths * units[i].ms / 1000;
		return ms > DURATION_MAX_MS ? -EINVAL : ms;
	}
	return -EINVAL;
}

static int set_duration(int64_t *ret_ms, const char *key, const char *value,
			struct err *err)
{
	int64_t ms = options_duration(value);

	if (ms < 0)
		return err_set(err, -EINVAL,
			       "%s: \"%s\" is no time: say seconds as in 5 or "
			       "0.5, or 200ms, 2m, 1h (at most 366 days)",
			       key, value);
	*ret_ms = ms;
	return 0;
}

/* "4096", "500M", "1.5G" in bytes, or -EINVAL. */
static int64_t parse_size(const char *value)
{
	static const char units[] = "KMGT";
	int64_t whole, thousandths = 0, unit = 1;
	const char *p = value, *found;

	whole = take_number(&p, SIZE_MAX_BYTES);
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

/* --- keys ----------------------------------------------------------------- */

static int set_threads(struct options *o, const char *value, struct err *err)
{
	const char *p = value;
	int64_t n = take_number(&p, THREADS_MAX + 1);

	if (*p || n < 1 || n > THREADS_MAX)
		return err_set(err, -EINVAL,
			       "threads: \"%s\" is no number from 1 to %d",
			       value, THREADS_MAX);
	o->threads = (unsigned int)n;
	return 0;
}

static int set_discard_on(struct options *o, const char *value, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(discard_names); i++) {
		if (!strcmp(value, discard_names[i])) {
			o->discard = (enum discard_on)i;
			return 0;
		}
	}
	return err_set(err, -EINVAL,
		       "discard-on: \"%s\" is none of killed, failed, crashed, "
		       "never",
		       value);
}

static int set_passthrough(struct options *o, const char *value,
			   struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(passthrough_names); i++) {
		if (!strcmp(value, passthrough_names[i])) {
			o->passthrough = (enum passthrough_mode)i;
			return 0;
		}
	}
	return err_set(err, -EINVAL,
		       "passthrough: \"%s\" is none of auto, off, on", value);
}

static int set_stale(struct options *o, const char *value, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(stale_names); i++) {
		if (!strcmp(value, stale_names[i])) {
			o->stale = (enum stale_action)i;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "stale: \"%s\" is none of hide, warn",
		       value);
}

static int set_spin(struct options *o, const char *value, struct err *err)
{
	if (strcmp(value, "auto") && strcmp(value, "off"))
		return err_set(err, -EINVAL,
			       "spin: \"%s\" is neither auto nor off", value);
	o->spin = !strcmp(value, "auto");
	return 0;
}

static int set_open_wait(struct options *o, const char *value, struct err *err)
{
	return set_duration(&o->open_wait_ms, "open-wait", value, err);
}

static int set_drain(struct options *o, const char *value, struct err *err)
{
	return set_duration(&o->drain_ms, "drain", value, err);
}

static int set_cache(struct options *o, const char *value, struct err *err)
{
	return set_duration(&o->cache_ms, "cache", value, err);
}

static int set_durability(struct options *o, const char *value, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(durability_names); i++) {
		if (!strcmp(value, durability_names[i])) {
			o->durability = (enum durability_level)i;
			return 0;
		}
	}
	return err_set(err, -EINVAL,
		       "durability: \"%s\" is none of none, checkpoint, close",
		       value);
}

static int set_sync_interval(struct options *o, const char *value,
			     struct err *err)
{
	return set_duration(&o->sync_interval_ms, "sync-interval", value, err);
}

/* "SIZE,AGE", each a number or "all"; "SIZE:AGE" for a list behind -o. */
static int set_partial_keep(struct options *o, const char *value,
			    struct err *err)
{
	const char *comma = strpbrk(value, ",:");
	auto_free char *first = comma ? strndup(value, (size_t)(comma - value))
				      : NULL;
	int64_t size = -EINVAL, ms = -EINVAL;

	if (first)
		size = strcmp(first, "all") ? parse_size(first) : -1;
	if (comma)
		ms = strcmp(comma + 1, "all") ? options_duration(comma + 1)
					      : -1;
	if (size == -EINVAL || ms == -EINVAL)
		return err_set(
			err, -EINVAL,
			"partial-keep: \"%s\" is no SIZE,AGE: say 1G,14d "
			"or 500M,12h, with \"all\" for no limit",
			value);
	o->partial_keep_size = size;
	o->partial_keep_ms = ms;
	return 0;
}

static int set_allow_other(struct options *o, const char *value,
			   struct err *err)
{
	if (*value)
		return err_set(err, -EINVAL,
			       "allow-other takes no value, not \"%s\"", value);
	o->allow_other = true;
	return 0;
}

static int set_log_level(struct options *o, const char *value, struct err *err)
{
	if (log_level_parse(value, &o->log_level) < 0)
		return err_set(
			err, -EINVAL,
			"log-level: \"%s\" is none of error, warn, info, debug",
			value);
	return 0;
}

static int add_rule(struct rules *r, bool *none, const char *key,
		    const char *value, struct err *err)
{
	if (!strcmp(value, "none")) {
		*none = true;
		return 0;
	}
	if (!r)
		return err_set(err, -ENOMEM, "%s: out of memory", key);
	return rules_add(r, value, err);
}

static int set_in_place(struct options *o, const char *value, struct err *err)
{
	return add_rule(o->in_place, &o->in_place_none, "in-place", value, err);
}

static int set_resumable(struct options *o, const char *value, struct err *err)
{
	return add_rule(o->resumable, &o->resumable_none, "resumable", value,
			err);
}

/* "20261123-091500-host", in UTC: sorts by time. */
static char *auto_run_id(void)
{
	char host[HOST_NAME_MAX + 1] = "host", *id;
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	if (gethostname(host, sizeof(host)) == 0)
		host[sizeof(host) - 1] = '\0';
	return asprintf(&id, "%s-%s", when, host) < 0 ? NULL : id;
}

/* A name of a directory that people can type and see. */
static bool is_run_id(const char *id)
{
	size_t n = strlen(id);

	if (n == 0 || n > RUN_ID_MAX || id[0] == '.' || id[0] == '-')
		return false;
	for (const char *p = id; *p; p++)
		if (*p == '/' || (unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

static int set_run_id(struct options *o, const char *value, struct err *err)
{
	char *id = strcmp(value, "auto") ? strdup(value) : auto_run_id();

	if (!id)
		return err_set(err, -ENOMEM, "run-id: out of memory");
	if (!is_run_id(id)) {
		free(id);
		return err_set(err, -EINVAL,
			       "run-id: \"%s\" is no name of a run: up to %d "
			       "bytes without slash or space, that begin with "
			       "neither '.' nor '-'; or auto",
			       value, RUN_ID_MAX);
	}
	free(o->run_id);
	o->run_id = id;
	return 0;
}

static const struct {
	const char *name;
	bool is_switch; /* takes no value */
	int (*set)(struct options *o, const char *value, struct err *err);
} keys[] = {
	{ "threads", false, set_threads },
	{ "discard-on", false, set_discard_on },
	{ "open-wait", false, set_open_wait },
	{ "drain", false, set_drain },
	{ "cache", false, set_cache },
	{ "durability", false, set_durability },
	{ "sync-interval", false, set_sync_interval },
	{ "partial-keep", false, set_partial_keep },
	{ "passthrough", false, set_passthrough },
	{ "stale", false, set_stale },
	{ "spin", false, set_spin },
	{ "allow-other", true, set_allow_other },
	{ "log-level", false, set_log_level },
	{ "in-place", false, set_in_place },
	{ "resumable", false, set_resumable },
	{ "run-id", false, set_run_id },
};

static bool same_key(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b))
			return false;
	return *a == *b;
}

int options_set(struct options *o, const char *key, const char *value,
		struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!same_key(key, keys[i].name))
			continue;
		if (!keys[i].is_switch && (!value || !*value))
			return err_set(err, -EINVAL, "%s needs a value",
				       keys[i].name);
		return keys[i].set(o, value ? value : "", err);
	}
	return -ENOENT;
}

const char *options_key(unsigned int i)
{
	return i < ARRAY_SIZE(keys) ? keys[i].name : NULL;
}

const char *options_nearest(const char *key)
{
	/* A third of the letters may be wrong, and one more. */
	unsigned int best = (unsigned int)strnlen(key, 64) / 3 + 2;
	const char *ret = NULL;
	char dashed[64];
	size_t n = strnlen(key, sizeof(dashed));

	if (n == 0 || n == sizeof(dashed))
		return NULL;
	for (size_t i = 0; i <= n; i++)
		dashed[i] = key[i] == '_' ? '-' : key[i];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		unsigned int d = text_distance(dashed, keys[i].name);

		if (d < best) {
			best = d;
			ret = keys[i].name;
		}
	}
	return ret;
}

/* --- all of them ---------------------------------------------------------- */

void options_init(struct options *o)
{
	*o = (struct options){
		.threads = 0, /* until options_finish() */
		.discard = DISCARD_KILLED,
		.open_wait_ms = 5000,
		.drain_ms = 10000,
		.cache_ms = 1000,
		.spin = true,
		.durability = DURABILITY_CHECKPOINT,
		.sync_interval_ms = 5000,
		.partial_keep_size = INT64_C(1) << 30,
		.partial_keep_ms = INT64_C(14) * 24 * 3600 * 1000,
		.log_level = LOG_INFO,
		.in_place = rules_new(),
		.resumable = rules_new(),
	};
}

void options_release(struct options *o)
{
	rules_free(o->in_place);
	o->in_place = NULL;
	rules_free(o->resumable);
	o->resumable = NULL;
	free(o->run_id);
	o->run_id = NULL;
}

static unsigned int default_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n > 8 ? 8 : (unsigned int)n;
}

static int add_defaults(struct rules *r, const char *const *globs, size_t n,
			struct err *err)
{
	int ret = r ? 0 : err_set(err, -ENOMEM, "out of memory");

	for (size_t i = 0; !ret && i < n; i++)
		ret = rules_add(r, globs[i], err);
	return ret;
}

int options_finish(struct options *o, struct err *err)
{
	int r = 0;

	if (o->finished)
		return 0;
	o->finished = true;
	if (o->threads == 0)
		o->threads = default_threads();
	if (!o->in_place_none)
		r = add_defaults(o->in_place, default_in_place,
				 ARRAY_SIZE(default_in_place), err);
	if (!r && !o->resumable_none)
		r = add_defaults(o->resumable, default_resumable,
				 ARRAY_SIZE(default_resumable), err);
	return r;
}

static void put_seconds(FILE *out, int64_t ms)
{
	int digits = 3, fraction = (int)(ms % 1000);

	fprintf(out, "%" PRId64, ms / 1000);
	if (fraction) {
		for (; fraction % 10 == 0; fraction /= 10)
			digits--;
		fprintf(out, ".%0*d", digits, fraction);
	}
}

static void print_seconds(FILE *out, const char *key, int64_t ms)
{
	fprintf(out, "%s ", key);
	put_seconds(out, ms);
	fputc('\n', out);
}

static void print_partial_keep(FILE *out, const struct options *o)
{
	if (o->partial_keep_size < 0)
		fprintf(out, "partial-keep all,");
	else
		fprintf(out, "partial-keep %" PRId64 ",", o->partial_keep_size);
	if (o->partial_keep_ms < 0)
		fprintf(out, "all");
	else
		put_seconds(out, o->partial_keep_ms);
	fputc('\n', out);
}

static void print_rules(FILE *out, const char *key, const struct rules *r)
{
	size_t n = r ? rules_count(r) : 0;

	if (n == 0)
		fprintf(out, "%s none\n", key);
	for (size_t i = 0; i < n; i++) {
		auto_free char *text = text_escape(rules_glob(r, i));

		fprintf(out, "%s %s\n", key, text ? text : "?");
	}
}

void options_print(const struct options *o, FILE *out)
{
	fprintf(out, "threads %u\n", o->threads);
	fprintf(out, "discard-on %s\n", discard_on_name(o->discard));
	print_seconds(out, "open-wait", o->open_wait_ms);
	print_seconds(out, "drain", o->drain_ms);
	print_seconds(out, "cache", o->cache_ms);
	fprintf(out, "durability %s\n", durability_name(o->durability));
	print_seconds(out, "sync-interval", o->sync_interval_ms);
	print_partial_keep(out, o);
	fprintf(out, "spin %s\n", o->spin ? "auto" : "off");
	fprintf(out, "passthrough %s\n", passthrough_mode_name(o->passthrough));
	fprintf(out, "stale %s\n", stale_action_name(o->stale));
	fprintf(out, "allow-other %s\n", o->allow_other ? "yes" : "no");
	fprintf(out, "log-level %s\n", log_level_name(o->log_level));
	if (o->run_id)
		fprintf(out, "run-id %s\n", o->run_id);
	print_rules(out, "in-place", o->in_place);
	print_rules(out, "resumable", o->resumable);
}
