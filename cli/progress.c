#include "cli/progress.h"

#include "cli/format_cells.h"
#include "cli/value_inline.h"
#include "cli/visible.h"

#include <search.h>
#include <stdlib.h>

#define CLEAR_TO_LINE_END "\033[K"
#define CLEAR_TO_END "\033[J"

enum {
    ACTIVITIES_MAX = 16, /* of one computer: of more the oldest goes */
    TEXT_MAX = 512,      /* bytes of one: no line is that long */
    COLUMNS = 80,        /* of a terminal that does not say */
    COLUMNS_MAX = 100,   /* a bar far from its text is not read with it */
    BAR = 20,            /* cells, where there is room for text beside it … */
    BAR_COLUMNS = 60,    /* … which is from here on */
};

struct activity {
    struct activity *next; /* told of before this one */
    int64_t id;
    int percent; /* -1: not known */
    struct icm_buf text;
};

struct row {
    char *computer; /* "": none that has a name */
    struct row *next, **at;
    struct activity *first; /* of the last record */
};

struct cli_progress {
    void *by_name; /* a tree of rows, tsearch(3) */
    struct row *first, **end;
    size_t count;
    bool has_changed;
    size_t shown;                         /* lines that stand on the terminal … */
    size_t cells[CLI_PROGRESS_LINES];     /* … and what each takes */
};

/* ---- rows ---- */

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->computer, ((const struct row *)b)->computer);
}

static struct row *row_of(struct cli_progress *p, const char *computer)
{
    const struct row key = {.computer = (char *)(uintptr_t)computer};
    struct row **found = tfind(&key, &p->by_name, compare);

    return found ? *found : NULL;
}

static void free_activity(struct activity *a)
{
    icm_buf_reset(&a->text);
    free(a);
}

static void free_row(struct row *row)
{
    for (struct activity *a = row->first, *next; a; a = next) {
        next = a->next;
        free_activity(a);
    }
    free(row->computer);
    free(row);
}

static void drop_row(struct cli_progress *p, struct row *row)
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

static struct row *add_row(struct cli_progress *p, const char *computer)
{
    struct row *row = calloc(1, sizeof *row);

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
static struct activity *take_activity(struct row *row, int64_t id)
{
    struct activity **at = &row->first, *found;

    while (*at && (*at)->id != id)
        at = &(*at)->next;
    found = *at;
    if (found)
        *at = found->next;
    return found;
}

static void drop_oldest(struct row *row)
{
    struct activity **at = &row->first;

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

static void describe(struct activity *a, const char *computer, const struct psrp_value *record)
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

static void note_completed(struct cli_progress *p, struct row *row, int64_t id)
{
    struct activity *a = take_activity(row, id);

    p->has_changed = p->has_changed || a;
    if (a)
        free_activity(a);
    if (!row->first)
        drop_row(p, row);
}

static void note_activity(struct cli_progress *p, struct row *row, int64_t id, const struct psrp_value *record)
{
    struct activity *a = take_activity(row, id);

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
    struct row *row = row_of(p, computer ? computer : "");
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
    struct row *row = row_of(p, computer ? computer : "");

    if (row)
        drop_row(p, row);
}

/* ---- the terminal ---- */

/* The last column stays free: a line that fills it may wrap, or not. */
static size_t line_cells(struct cli_progress_size size)
{
    size_t columns = size.columns > 0 ? size.columns : COLUMNS;

    return columns > COLUMNS_MAX ? COLUMNS_MAX : columns - 1;
}

/* some of the terminal is left to what was said before */
static size_t lines_max(struct cli_progress_size size)
{
    size_t rows = size.rows > 2 ? size.rows - 2 : size.rows > 0 ? 1 : CLI_PROGRESS_LINES;

    return rows < CLI_PROGRESS_LINES ? rows : CLI_PROGRESS_LINES;
}

static void add_bar(struct icm_buf *out, int percent, bool is_long)
{
    int filled = percent * BAR / 100;

    icm_buf_add_text(out, is_long ? " [" : " ");
    for (int i = 0; is_long && i < BAR; i++)
        icm_buf_add_u8(out, i < filled ? '=' : ' ');
    icm_buf_add_format(out, is_long ? "] %3d%%" : "%3d%%", percent);
}

static void add_cut(struct icm_buf *line, struct icm_slice text, size_t cells)
{
    if (cli_cells(text) <= cells)
        icm_buf_add(line, text);
    else if (cells > 0)
        cli_cells_add_head(line, text, cells - 1, CLI_MARK);
}

static void add_activity(struct icm_buf *line, const struct activity *a, size_t cells)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bar = {0};

    if (a->percent >= 0)
        add_bar(&bar, a->percent, cells + 1 >= BAR_COLUMNS);
    if (cells <= bar.size)
        return;
    cells -= bar.size;
    add_cut(line, icm_buf_slice(&a->text), cells);
    size_t used = cli_cells(icm_buf_slice(line));
    if (bar.size > 0 && used < cells)
        cli_cells_add_blanks(line, cells - used);
    icm_buf_add(line, icm_buf_slice(&bar));
}

static void add_rest(struct icm_buf *line, size_t count, size_t cells)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    icm_buf_add_format(&text, "%s and %zu more", CLI_MARK, count);
    add_cut(line, icm_buf_slice(&text), cells);
}

/* How high the block stands in a terminal that may have become narrower: its lines are wrapped now. */
static size_t height(const struct cli_progress *p, struct cli_progress_size size)
{
    size_t columns = size.columns > 0 ? size.columns : COLUMNS, rows = 0;

    for (size_t i = 0; i < p->shown; i++)
        rows += p->cells[i] > columns ? (p->cells[i] + columns - 1) / columns : 1;
    return rows;
}

static void go_to_top(const struct cli_progress *p, struct icm_buf *out, struct cli_progress_size size)
{
    size_t rows = height(p, size);

    if (rows > 0)
        icm_buf_add_text(out, "\r");
    if (rows > 1)
        icm_buf_add_format(out, "\033[%zuA", rows - 1);
}

void cli_progress_wipe(struct cli_progress *p, struct icm_buf *out, struct cli_progress_size size)
{
    if (p->shown == 0)
        return;
    go_to_top(p, out, size);
    icm_buf_add_text(out, CLEAR_TO_END);
    p->shown = 0;
}

/* Over what stands there, so that nothing flickers. */
void cli_progress_paint(struct cli_progress *p, struct icm_buf *out, struct cli_progress_size size)
{
    size_t max = lines_max(size), lines = p->count < max ? p->count : max, i = 0;
    const struct row *row = p->first;

    go_to_top(p, out, size);
    for (; i < lines; i++, row = row->next) {
        ICM_OWN(icm_buf_reset) struct icm_buf line = {0};

        if (i + 1 == lines && lines < p->count)
            add_rest(&line, p->count - i, line_cells(size));
        else
            add_activity(&line, row->first, line_cells(size));
        p->cells[i] = cli_cells(icm_buf_slice(&line));
        icm_buf_add(out, icm_buf_slice(&line));
        icm_buf_add_text(out, i + 1 < lines ? CLEAR_TO_LINE_END "\n" : "");
    }
    if (lines > 0 || p->shown > 0)
        icm_buf_add_text(out, CLEAR_TO_END);
    p->shown = lines;
    p->has_changed = false;
}

bool cli_progress_is_due(const struct cli_progress *p)
{
    return p->has_changed || (p->count > 0 && p->shown == 0);
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
