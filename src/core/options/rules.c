/* SPDX-License-Identifier: MIT */
/*
 * A glob is checked and cut into components when it is added, so that matching
 * neither fails nor allocates.  Both matchers, of components and of characters,
 * remember the last star only: a later star makes the earlier one's choice
 * irrelevant.  So no glob, however many stars it has, costs more than the
 * product of the two lengths.
 */
#include "core/options/rules.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"

struct rule {
	char *glob;	    /* as it was given */
	char *text;	    /* what parts points into */
	const char **parts; /* the components */
	size_t count;
	bool exclude;
	bool whole_path; /* else the last component alone */
};

struct rules {
	struct rule *items;
	size_t count;
};

static const char any_depth[] = "**";

/* --- characters ----------------------------------------------------------- */

/*
 * Takes the character at *p, which ends at @end.  A byte that is no UTF-8 gets
 * a number beyond all characters, so that it equals itself and nothing else.
 */
static uint32_t take_char(const char **p, const char *end)
{
	uint32_t c;
	size_t len = text_char(*p, (size_t)(end - *p), &c);

	if (len == 0) {
		c = 0x110000 + (unsigned char)**p;
		len = 1;
	}
	*p += len;
	return c;
}

/* The same, with a backslash that takes the meaning of what follows. */
static uint32_t take_escaped(const char **p, const char *end)
{
	if (**p == '\\' && *p + 1 < end)
		(*p)++;
	return take_char(p, end);
}

/*
 * Matches @c with the bracket expression after the '[' at *p, and moves *p past
 * its ']'.
 */
static bool match_bracket(const char **p, const char *end, uint32_t c)
{
	bool negated = **p == '!' || **p == '^', found = false, first = true;
	uint32_t low, high;

	if (negated)
		(*p)++;
	for (; *p < end && (first || **p != ']'); first = false) {
		low = high = take_escaped(p, end);
		if (*p + 1 < end && **p == '-' && (*p)[1] != ']') {
			(*p)++;
			high = take_escaped(p, end);
		}
		if (low <= c && c <= high)
			found = true;
	}
	if (*p < end)
		(*p)++;
	return found != negated;
}

/* Matches one character of a name with what stands at *glob, and moves it. */
static bool match_one(const char **glob, const char *end, uint32_t c)
{
	switch (**glob) {
	case '?':
		(*glob)++;
		return true;
	case '[':
		(*glob)++;
		return match_bracket(glob, end, c);
	default:
		return take_escaped(glob, end) == c;
	}
}

/* Does the component @glob match all of the @n bytes at @name? */
static bool match_name(const char *glob, const char *name, size_t n)
{
	const char *glob_end = glob + strlen(glob), *end = name + n;
	const char *star = NULL, *star_name = NULL;

	while (name < end || glob < glob_end) {
		if (glob < glob_end && *glob == '*') {
			star = ++glob;
			star_name = name;
			continue;
		}
		if (glob < glob_end && name < end) {
			uint32_t c = take_char(&name, end);

			if (match_one(&glob, glob_end, c))
				continue;
		}
		if (!star || star_name == end)
			return false;
		/* Let the star have one character more. */
		take_char(&star_name, end);
		name = star_name;
		glob = star;
	}
	return true;
}

/* --- components ----------------------------------------------------------- */

static const char *skip_slashes(const char *path)
{
	return path + strspn(path, "/");
}

/* Do the components of @r match all of @path, which begins with no '/'? */
static bool match_path(const struct rule *r, const char *path)
{
	const char *star_path = NULL;
	size_t i = 0, star = 0, n;

	while (*path || i < r->count) {
		if (i < r->count && r->parts[i] == any_depth) {
			star = ++i;
			star_path = path;
			continue;
		}
		n = strcspn(path, "/");
		if (i < r->count && *path && match_name(r->parts[i], path, n)) {
			i++;
			path = skip_slashes(path + n);
			continue;
		}
		if (!star_path || !*star_path)
			return false;
		star_path += strcspn(star_path, "/");
		path = star_path = skip_slashes(star_path);
		i = star;
	}
	return true;
}

static const char *last_component(const char *path, size_t *ret_n)
{
	size_t end = strlen(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/';)
		start--;
	*ret_n = end - start;
	return path + start;
}

bool rules_match(const struct rules *r, const char *path)
{
	const char *name;
	size_t n;

	path = skip_slashes(path);
	if (!*path)
		return false;
	name = last_component(path, &n);

	for (size_t i = 0; i < r->count; i++) {
		const struct rule *rule = &r->items[i];

		if (rule->whole_path ? match_path(rule, path)
				     : match_name(rule->parts[0], name, n))
			return !rule->exclude;
	}
	return false;
}

/* --- adding --------------------------------------------------------------- */

/* What is wrong with the bracket after the '[' at *p; NULL moves *p past it. */
static const char *check_bracket(const char **p, const char *end)
{
	uint32_t low, high;
	bool first = true;

	if (*p < end && (**p == '!' || **p == '^'))
		(*p)++;
	for (; *p < end && (first || **p != ']'); first = false) {
		if (**p == '[' && *p + 1 < end && strchr(":.=", (*p)[1]))
			return "classes as in [[:alpha:]] are not known: "
			       "write a range";
		low = take_escaped(p, end);
		if (*p + 1 < end && **p == '-' && (*p)[1] != ']') {
			(*p)++;
			high = take_escaped(p, end);
			if (low > high)
				return "a range in [...] runs backwards";
		}
	}
	if (*p == end)
		return "a [ has no ] (write \\[ for the character itself)";
	(*p)++;
	return NULL;
}

/* What is wrong with the component @part, or NULL. */
static const char *check_part(const char *part)
{
	const char *p = part, *end = part + strlen(part), *why = NULL;

	if (!*part)
		return "a name between two '/' is empty";
	if (!strcmp(part, ".") || !strcmp(part, ".."))
		return "\".\" and \"..\" match nothing";
	while (p < end && !why) {
		if (*p == '\\' && p + 1 == end)
			return "nothing follows the last \\";
		if (*p == '[') {
			p++;
			why = check_bracket(&p, end);
		} else {
			take_escaped(&p, end);
		}
	}
	return why;
}

static void rule_release(struct rule *rule)
{
	free(rule->glob);
	free(rule->text);
	free(rule->parts);
}

static const char *add_part(struct rule *rule, char *part)
{
	const char *why = check_part(part);

	/* Compared by address when matching. */
	rule->parts[rule->count++] = strcmp(part, any_depth) ? part : any_depth;
	return why;
}

/* Cuts rule->text, which has room for it, at its slashes. */
static const char *cut_parts(struct rule *rule, char *text)
{
	const char *why = NULL;
	char *slash;

	while (!why) {
		slash = strchr(text, '/');
		if (slash)
			*slash = '\0';
		why = add_part(rule, text);
		if (!slash)
			break;
		text = slash + 1;
	}
	return why;
}

/* One more than the slashes, and what a trailing slash adds around them. */
static size_t most_parts(const char *glob)
{
	size_t n = 4;

	for (; *glob; glob++)
		n += *glob == '/';
	return n;
}

/*
 * Fills in what stands behind rule->glob: 0, or -EINVAL with *ret_why, or
 * -ENOMEM.
 */
static int rule_parse(struct rule *rule, const char **ret_why)
{
	bool below, anchored;
	char *text;
	size_t n;

	text = rule->text = strdup(rule->glob);
	rule->parts = calloc(most_parts(rule->glob), sizeof(*rule->parts));
	if (!text || !rule->parts)
		return -ENOMEM;

	rule->exclude = *text == '!';
	if (rule->exclude)
		text++;
	anchored = *text == '/';
	if (anchored)
		text++;
	n = strlen(text);
	below = n > 0 && text[n - 1] == '/';
	if (below)
		text[n - 1] = '\0';
	if (!*text) {
		*ret_why = "it names nothing";
		return -EINVAL;
	}

	rule->whole_path = anchored || below || strchr(text, '/');
	if (below && !anchored && !strchr(text, '/'))
		rule->parts[rule->count++] = any_depth;
	*ret_why = cut_parts(rule, text);
	if (below) {
		rule->parts[rule->count++] = any_depth;
		rule->parts[rule->count++] = "*";
	}
	return *ret_why ? -EINVAL : 0;
}

struct rules *rules_new(void)
{
	return calloc(1, sizeof(struct rules));
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		rule_release(&r->items[i]);
	free(r->items);
	free(r);
}

int rules_add(struct rules *r, const char *glob, struct err *err)
{
	struct rule rule = { 0 };
	const char *why = NULL;
	struct rule *items;
	int ret = -ENOMEM;

	if (strlen(glob) > RULES_GLOB_MAX)
		return err_set(err, -EINVAL,
			       "a glob is longer than %d bytes: \"%.40s...\"",
			       RULES_GLOB_MAX, glob);
	if (r->count >= RULES_MAX)
		return err_set(err, -EINVAL, "more than %d globs", RULES_MAX);

	items = reallocarray(r->items, r->count + 1, sizeof(*items));
	if (items) {
		r->items = items;
		rule.glob = strdup(glob);
	}
	if (rule.glob)
		ret = rule_parse(&rule, &why);
	if (ret < 0) {
		rule_release(&rule);
		return err_set(err, ret, "bad glob \"%s\": %s", glob,
			       why ? why : "out of memory");
	}
	r->items[r->count++] = rule;
	return 0;
}

bool rules_need_path(const struct rules *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].whole_path)
			return true;
	return false;
}

size_t rules_count(const struct rules *r)
{
	return r->count;
}

const char *rules_glob(const struct rules *r, size_t i)
{
	return r->items[i].glob;
}
