/* SPDX-License-Identifier: MIT */
#include "cli/report/data.h"

#include "base/util.h"

static void count_record(struct step_row *row, const struct record *rec)
{
	row->inputs += rec->kind == RECORD_INPUT ||
		       record_is_learned(rec->kind);
	switch (rec->kind) {
	case RECORD_FILE:
	case RECORD_UNREAD:
		row->files++;
		row->bytes += rec->st.size;
		break;
	case RECORD_GONE:
		row->gone++;
		break;
	case RECORD_MOVED:
		row->moved++;
		break;
	case RECORD_NODE:
	case RECORD_INPLACE:
		row->other++;
		break;
	default:
		break;
	}
}

static void count_step(struct report *r, struct step_row *row)
{
	struct manifest_reader *m = NULL;
	struct record rec;
	auto_fd fd = -1;
	int code = marklist_open(r->place->state.marks, row->m, &m, &fd);

	while (code >= 0) {
		code = manifest_next(m, &rec);
		if (code <= 0)
			break;
		count_record(row, &rec);
	}
	manifest_close(m);
	row->damaged = code < 0;
	r->damaged += row->damaged;
	r->files += row->files;
	r->bytes += row->bytes;
}

static int64_t ns_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

int64_t report_began(const struct listed_mark *m)
{
	int64_t ms = marklist_took(m);

	if (!m->damaged && m->head.has_ran)
		return ns_of(&m->head.ran.began);
	return ns_of(&m->head.time) - (ms > 0 ? ms : 0) * 1000000;
}

int64_t report_ended(const struct listed_mark *m)
{
	return ns_of(&m->head.time);
}

int report_gather(struct report *r)
{
	int code = marklist_read(r->place->state.marks, r->run, &r->marks);

	if (!code)
		code = quarantine_list(r->place->state.partial, &r->partials);
	if (!code)
		code = sessionlog_read(r->place->state.dir, &r->sessions);
	if (!code) {
		r->rows = calloc(r->marks.count + 1, sizeof(*r->rows));
		code = r->rows ? 0 : -ENOMEM;
	}
	if (!code)
		code = stalelist_read(r->place, &r->marks, &r->stale);
	for (size_t i = 0; !code && i < r->marks.count; i++) {
		const struct listed_mark *m = &r->marks.items[i];
		int64_t ms = marklist_took(m);

		r->rows[i].m = m;
		r->rows[i].stale = r->stale.why[i];
		count_step(r, &r->rows[i]);
		r->took_ms += ms > 0 ? ms : 0;
		code = timeline_add(&r->line, report_began(m),
				    ns_of(&m->head.time));
	}
	timeline_finish(&r->line);
	return code;
}

void report_release(struct report *r)
{
	timeline_release(&r->line);
	partial_list_release(&r->partials);
	sessionlog_release(&r->sessions);
	stalelist_release(&r->stale);
	free(r->rows);
	marklist_release(&r->marks);
}
