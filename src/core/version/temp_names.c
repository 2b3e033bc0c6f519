/* SPDX-License-Identifier: MIT */
#include "core/version/temp_names.h"

#include <inttypes.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/temp/temp.h"
#include "core/version/names.h"

/* Names do not move meanwhile. */
int version_note_temps(struct version *v, const struct journal_note *note)
{
	int r = 0;

	VERSION_NAMES_SCOPE(v, 0);
	for (struct vname *vn = v->names; vn && !r; vn = vn->next) {
		auto_free char *path = dir_path(vn->dir, vname_name(vn));

		if (!vn->temp)
			continue;
		if (!path)
			return -ENOMEM;
		r = temp_note(&v->temp, vn->temp, path, note ? vn->dir : NULL,
			      note);
	}
	return r;
}

/* Copies of its path and temp; NULL when it has none any more. */
static int first_temp(struct version *v, char **ret_path, char **ret_temp)
{
	LOCK_SCOPE(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next) {
		if (!vn->temp)
			continue;
		*ret_path = dir_path(vn->dir, vname_name(vn));
		*ret_temp = strdup(vn->temp);
		return *ret_path && *ret_temp ? 0 : -ENOMEM;
	}
	return 0;
}

int version_note_tail(struct version *v, const struct journal_note *note)
{
	auto_free char *path = NULL, *temp = NULL;
	int r = first_temp(v, &path, &temp);

	if (r < 0 || !temp)
		return r;
	return temp_note(&v->temp, temp, path, NULL, note);
}

/* Recovery knows neither, by the names that they have: so it removes them. */
static int put_for_temps(struct version *v, int home, const char *copy)
{
	auto_free char *link = NULL;
	int r = 0;

	if (asprintf(&link, "%s-link", copy) < 0)
		return -ENOMEM;
	VERSION_NAMES_SCOPE(v, 0);
	for (struct vname *vn = v->names; vn && !r; vn = vn->next) {
		if (!vn->temp)
			continue;
		r = sys.linkat(home, copy, home, link, 0);
		if (!r)
			r = sys.renameat2(home, link, home, vn->temp, 0);
	}
	if (r < 0)
		sys.unlinkat(home, link, 0);
	return r;
}

int version_renew_temp(struct version *v, bool durable)
{
	auto_fd fd = -1;
	char copy[64];
	int home = temp_home(&v->temp), r;

	snprintf(copy, sizeof(copy), "copy-%" PRIu64, v->temp.id);
	r = temp_duplicate(&v->temp, copy, durable, &fd);
	if (r < 0)
		return r;
	r = put_for_temps(v, home, copy);
	sys.unlinkat(home, copy, 0);
	if (!r)
		v->temp.copy = steal_fd(&fd);
	return r;
}
