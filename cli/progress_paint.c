#include "cli/progress_private.h"

#include "cli/format_cells.h"

#define CLEAR_TO_LINE_END "\033[K"
#define CLEAR_TO_END "\033[J"

enum {
    COLUMNS = 80,        /* of a terminal that does not say */
    COLUMNS_MAX = 100,   /* a bar far from its text is not read with it */
    BAR = 20,            /* cells, where there is room for text beside it … */
    BAR_COLUMNS = 60,    /* … which is from here on */
};

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

static void add_activity(struct icm_buf *line, const struct cli_activity *a, size_t cells)
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
    const struct cli_progress_row *row = p->first;

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
