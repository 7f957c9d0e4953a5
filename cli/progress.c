#include "cli/progress_private.h"

#include "cli/value_inline.h"
#include "cli/visible.h"

#include <search.h>
#include <stdlib.h>

enum {
    ACTIVITIES_MAX = 16, /* of one computer: of more the oldest goes */
    TEXT_MAX = 512,      /* bytes of one: no line is that long */
};

/* ---- rows ---- */

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct cli_progress_row *)a)->computer, ((const struct cli_progress_row *)b)->computer);
}

static struct cli_progress_row *row_of(struct cli_progress *p, const char *computer)
{
    const struct cli_progress_row key = {.computer = (char *)(uintptr_t)computer};
    struct cli_progress_row **found = tfind(&key, &p->by_name, compare);

    return found ? *found : NULL;
}

static void free_activity(struct cli_activity *a)
{
    icm_buf_reset(&a->text);
    free(a);
}

static void free_row(struct cli_progress_row *row)
{
    for (struct cli_activity *a = row->first, *next; a; a = next) {
        next = a->next;
        free_activity(a);
    }
    free(row->computer);
    free(row);
}

static void drop_row(struct cli_progress *p, struct cli_progress_row *row)
{
    tdelete(row, &p->by_name, compare);
    *row->at = row->next;
    if (row->next)
        row->next->at = row->at;
    else
        p->end = row->at;
    p->count--;
    p->has_changed = true;
    free_row(row);
}

static struct cli_progress_row *add_row(struct cli_progress *p, const char *computer)
{
    struct cli_progress_row *row = calloc(1, sizeof *row);

    if (!row)
        return NULL;
    row->computer = strdup(computer);
    if (!row->computer || !tsearch(row, &p->by_name, compare)) {
        free_row(row);
        return NULL;
    }
    row->at = p->end;
    *p->end = row;
    p->end = &row->next;
    p->count++;
    return row;
}

/* ---- activities ---- */

/* out of the row's list */
static struct cli_activity *take_activity(struct cli_progress_row *row, int64_t id)
{
    struct cli_activity **at = &row->first, *found;

    while (*at && (*at)->id != id)
        at = &(*at)->next;
    found = *at;
    if (found)
        *at = found->next;
    return found;
}

static void drop_oldest(struct cli_progress_row *row)
{
    struct cli_activity **at = &row->first;

    for (size_t i = 0; *at && i < ACTIVITIES_MAX; i++)
        at = &(*at)->next;
    if (*at)
        free_activity(*at);
    *at = NULL;
}

static void add_member(struct icm_buf *out, const char *before, const struct psrp_value *record, const char *member)
{
    const struct psrp_value *value = psrp_value_member(record, member);

    if (!value || value->kind == PSRP_NIL)
        return;
    icm_buf_add_text(out, before);
    cli_value_write_inline(value, out);
}

static void add_time(struct icm_buf *out, const struct psrp_value *record)
{
    int64_t s;

    if (psrp_value_integer(psrp_value_member(record, "SecondsRemaining"), &s) && s >= 0)
        icm_buf_add_format(out, " (%lld:%02d left)", (long long)(s / 60), (int)(s % 60));
}

/* a line it must be: control characters are blanks */
static void add_one_line(struct icm_buf *out, struct icm_slice text)
{
    ICM_OWN(icm_buf_reset) struct icm_buf line = {0};

    while (text.size > 0 && line.size < TEXT_MAX) {
        int32_t c = icm_utf8_next(&text);

        if (c < 0)
            break;
        icm_utf8_add(&line, c < 0x20 || (c >= 0x7F && c <= 0x9F) ? ' ' : (uint32_t)c);
    }
    cli_visible_add(out, icm_buf_slice(&line), true);
}

static int percent_of(const struct psrp_value *record)
{
    int64_t percent;

    if (!psrp_value_integer(psrp_value_member(record, "PercentComplete"), &percent) || percent < 0 || percent > 100)
        return -1;
    return (int)percent;
}

static void describe(struct cli_activity *a, const char *computer, const struct psrp_value *record)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    if (*computer)
        icm_buf_add_format(&text, "[%s] ", computer);
    add_member(&text, "", record, "Activity");
    add_member(&text, ": ", record, "StatusDescription");
    add_member(&text, " - ", record, "CurrentOperation");
    add_time(&text, record);
    icm_buf_clear(&a->text);
    add_one_line(&a->text, icm_buf_slice(&text));
    a->percent = percent_of(record);
}

/* an enum: 1 is Completed; MS-PSRP 2.2.5.1.25 */
bool cli_progress_is_completed(const struct psrp_value *record)
{
    int64_t type;

    return psrp_value_integer(psrp_value_member(record, "Type"), &type) && type == 1;
}

static void note_completed(struct cli_progress *p, struct cli_progress_row *row, int64_t id)
{
    struct cli_activity *a = take_activity(row, id);

    p->has_changed = p->has_changed || a;
    if (a)
        free_activity(a);
    if (!row->first)
        drop_row(p, row);
}

static void note_activity(struct cli_progress *p, struct cli_progress_row *row, int64_t id, const struct psrp_value *record)
{
    struct cli_activity *a = take_activity(row, id);

    if (!a)
        a = calloc(1, sizeof *a);
    if (a) {
        a->id = id;
        a->next = row->first;
        row->first = a;
        describe(a, row->computer, record);
        drop_oldest(row);
        p->has_changed = true;
    }
    if (!row->first)
        drop_row(p, row);
}

void cli_progress_note(struct cli_progress *p, const char *computer, const struct psrp_value *record)
{
    bool ends = cli_progress_is_completed(record);
    struct cli_progress_row *row = row_of(p, computer ? computer : "");
    int64_t id = 0;

    psrp_value_integer(psrp_value_member(record, "ActivityId"), &id);
    if (!row && !ends)
        row = add_row(p, computer ? computer : "");
    if (!row)
        return;
    if (ends)
        note_completed(p, row, id);
    else
        note_activity(p, row, id, record);
}

void cli_progress_forget(struct cli_progress *p, const char *computer)
{
    struct cli_progress_row *row = row_of(p, computer ? computer : "");

    if (row)
        drop_row(p, row);
}

/* ---- life ---- */

struct cli_progress *cli_progress_new(void)
{
    struct cli_progress *p = calloc(1, sizeof *p);

    if (p)
        p->end = &p->first;
    return p;
}

void cli_progress_free(struct cli_progress *p)
{
    if (!p)
        return;
    while (p->first)
        drop_row(p, p->first);
    free(p);
}
