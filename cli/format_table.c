#include "cli/format_table.h"

#include "cli/format_cells.h"
#include "cli/format_wrap.h"

#include <stdlib.h>

#define STYLE_HEADER "\033[32;1m"
#define STYLE_COMPUTED "\033[32;1;3m"

enum { HIDDEN = -1, SEPARATOR = 1, ROOM_MIN = 5 /* below it a table is not worth showing */ };

/* ---- widths ---- */

static int64_t width_of_all(const struct cli_table *t)
{
    int64_t sum = 0;
    size_t shown = 0;

    for (size_t i = 0; i < t->count; i++)
        if (t->widths[i] > 0) {
            sum += t->widths[i];
            shown++;
        }
    return sum + (shown > 0 ? (int64_t)(shown - 1) * SEPARATOR : 0);
}

/* Each column without a width gets as much as the others; those on the left get what cannot be shared. */
static void share_rest(struct cli_table *t, int64_t room)
{
    int64_t open = 0, rest;

    for (size_t i = 0; i < t->count; i++)
        if (t->columns[i].width <= 0) {
            t->widths[i] = 1;
            open++;
        }
    rest = room - width_of_all(t);
    if (open == 0 || rest <= 0)
        return;
    for (size_t i = 0, nth = 0; i < t->count; i++)
        if (t->columns[i].width <= 0)
            t->widths[i] += rest / open + ((int64_t)nth++ < rest % open);
}

/* The last column that is shown is made narrower by what is too much, or goes. */
static void trim(struct cli_table *t, int64_t room)
{
    int64_t all = width_of_all(t);

    for (size_t i = t->count; i-- > 0 && all > room;) {
        int64_t width = t->widths[i];

        t->widths[i] = width - (all - room) >= 1 ? width - (all - room) : HIDDEN;
        all -= t->widths[i] == HIDDEN ? width + SEPARATOR : width - t->widths[i];
    }
}

bool cli_table_fit(struct cli_table *t, size_t room)
{
    bool is_any = false;

    for (size_t i = 0; i < t->count; i++)
        t->widths[i] = t->columns[i].width < INT32_MAX ? t->columns[i].width : INT32_MAX;
    share_rest(t, (int64_t)room);
    trim(t, (int64_t)room);
    for (size_t i = 0; i < t->count; i++)
        is_any = is_any || t->widths[i] > 0;
    return is_any && room >= ROOM_MIN;
}

/* ---- fields ---- */

static size_t add_cut(struct icm_buf *out, struct icm_slice text, size_t width, enum cli_align align)
{
    const char *mark = width > 1 ? CLI_MARK : "";
    size_t cells = width > 1 ? width - 1 : width;
    size_t used = align == CLI_ALIGN_RIGHT ? cli_cells_add_tail(out, text, cells, mark)
                                           : cli_cells_add_head(out, text, cells, mark);

    return used + (width > 1);
}

/* A wide character that was half in leaves a cell free. */
static void add_cut_whole(struct icm_buf *out, struct icm_slice text, size_t width, enum cli_align align, bool is_padded)
{
    struct icm_buf part = {0};
    size_t used = add_cut(&part, text, width, align);

    if (used < width && align == CLI_ALIGN_RIGHT)
        icm_buf_add_u8(out, ' ');
    icm_buf_add(out, icm_buf_slice(&part));
    if (used < width && align != CLI_ALIGN_RIGHT && is_padded)
        icm_buf_add_u8(out, ' ');
    out->failed = out->failed || part.failed;
    icm_buf_reset(&part);
}

static void add_line(struct icm_buf *out, struct icm_slice text, size_t width, enum cli_align align, bool is_padded)
{
    size_t cells = cli_cells(text);

    if (cells > width) {
        add_cut_whole(out, text, width, align, is_padded);
        return;
    }
    size_t rest = width - cells;
    size_t left = align == CLI_ALIGN_RIGHT ? rest : align == CLI_ALIGN_CENTER ? rest / 2 : 0;

    cli_cells_add_blanks(out, left);
    icm_buf_add(out, text);
    if (is_padded)
        cli_cells_add_blanks(out, rest - left);
}

void cli_table_add_field(struct icm_buf *out, struct icm_slice text, size_t width, enum cli_align align, bool is_padded)
{
    struct icm_buf first = {0};
    size_t size = 0;

    while (size < text.size && text.data[size] != '\n' && text.data[size] != '\r')
        size++;
    if (size == text.size) {
        add_line(out, text, width, align, is_padded);
        return;
    }
    icm_buf_add(&first, icm_slice_of(text.data, size));
    icm_buf_add_text(&first, CLI_MARK);
    add_line(out, icm_buf_slice(&first), width, align, is_padded);
    out->failed = out->failed || first.failed;
    icm_buf_reset(&first);
}

static enum cli_align align_of(const struct cli_table *t, const struct cli_cell *cells, size_t at)
{
    return cells[at].align != CLI_ALIGN_UNDEFINED ? cells[at].align : t->columns[at].align;
}

/* ---- rows of one line ---- */

/* Blanks stand behind every field but that of the last column, shown or not. */
static void add_single(const struct cli_table *t, const struct cli_cell *cells, bool is_header, struct icm_buf *out)
{
    bool has_style = is_header && t->has_colors;

    for (size_t i = 0; i < t->count; i++) {
        if (t->widths[i] <= 0)
            continue;
        if (i > 0)
            icm_buf_add_u8(out, ' ');
        if (has_style)
            icm_buf_add_text(out, STYLE_HEADER);
        size_t began = out->size;
        cli_table_add_field(out, cells[i].text, (size_t)t->widths[i], align_of(t, cells, i), i + 1 < t->count);
        struct icm_slice field = icm_slice_of(out->data + began, out->size - began);
        while (field.size > 0 && field.data[field.size - 1] == ' ')
            field.size--;
        if (has_style || (t->has_colors && cli_has_escape(field) && !cli_cells_ends_reset(field)))
            icm_buf_add_text(out, CLI_STYLE_RESET);
    }
    icm_buf_add_u8(out, '\n');
}

/* ---- rows of several lines ---- */

/* One cell while its row is written. */
struct tall {
    struct icm_buf lines;   /* wrapped, without padding */
    struct icm_slice rest;  /* of them: those that were not written yet */
    bool has_more;
    size_t width;
    enum cli_align align;
    bool is_computed;
};

static struct icm_slice trim_end(struct icm_slice text)
{
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || (text.data[text.size - 1] >= '\t' && text.data[text.size - 1] <= '\r')))
        text.size--;
    return text;
}

static size_t wrap_cells(const struct cli_table *t, const struct cli_cell *cells, struct tall *talls)
{
    size_t count = 0;

    for (size_t i = 0; i < t->count; i++) {
        struct tall *tall = &talls[count];

        if (t->widths[i] <= 0)
            continue;
        *tall = (struct tall){.width = (size_t)t->widths[i], .align = align_of(t, cells, i), .is_computed = t->columns[i].is_computed};
        cli_wrap(&tall->lines, cells[i].text, tall->width, tall->width);
        tall->rest = icm_buf_slice(&tall->lines);
        tall->has_more = true;
        count++;
    }
    return count;
}

/* Its text in this line, with the blank in front of it that parts it from the one before. */
static void add_tall(struct tall *tall, bool is_first, bool is_padded, struct icm_buf *out)
{
    struct icm_slice line = {0};

    if (!is_first)
        icm_buf_add_u8(out, ' ');
    if (!cli_wrap_next(&tall->rest, &tall->has_more, &line))
        cli_cells_add_blanks(out, tall->width);
    else if (cli_cells(line) < tall->width)
        cli_table_add_field(out, line, tall->width, tall->align, is_padded);
    else
        icm_buf_add(out, line);
}

/* The style of a computed label leaves the blank in front of it alone. */
static void add_styled(struct icm_slice text, const struct tall *tall, bool is_first, struct icm_buf *out)
{
    size_t before = tall->is_computed && !is_first && text.size > 0 ? 1 : 0;

    icm_buf_add(out, icm_slice_of(text.data, before));
    if (!tall->is_computed)
        icm_buf_add_text(out, STYLE_HEADER);
    else if (text.size > 0)
        icm_buf_add_text(out, STYLE_COMPUTED);
    icm_buf_add(out, icm_slice_from(text, before));
    icm_buf_add_text(out, CLI_STYLE_RESET);
}

static size_t last_with_more(const struct tall *talls, size_t count)
{
    while (count > 1 && !talls[count - 1].has_more)
        count--;
    return count - 1;
}

/* One line of all cells: nothing stands behind the last one that still has text. */
static void add_tall_line(struct tall *talls, size_t count, bool is_only, bool has_style, struct icm_buf *out)
{
    size_t last = last_with_more(talls, count);
    struct icm_buf part = {0};

    for (size_t i = 0; i < count; i++) {
        icm_buf_clear(&part);
        if (i <= last)
            add_tall(&talls[i], i == 0, i + 1 < count, &part);
        struct icm_slice text = i == last && !is_only ? trim_end(icm_buf_slice(&part)) : icm_buf_slice(&part);
        if (has_style)
            add_styled(text, &talls[i], i == 0, out);
        else
            icm_buf_add(out, text);
        out->failed = out->failed || part.failed;
    }
    icm_buf_add_u8(out, '\n');
    icm_buf_reset(&part);
}

static bool has_more(const struct tall *talls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (talls[i].has_more)
            return true;
    return false;
}

static bool is_one_line(const struct tall *talls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (talls[i].lines.size > 0 && memchr(talls[i].lines.data, '\n', talls[i].lines.size))
            return false;
    return true;
}

static void add_multiple(const struct cli_table *t, const struct cli_cell *cells, bool is_header, struct icm_buf *out)
{
    struct tall *talls = calloc(t->count, sizeof *talls);

    if (!talls) {
        out->failed = true;
        return;
    }
    size_t count = wrap_cells(t, cells, talls);
    bool is_only = is_one_line(talls, count);

    while (has_more(talls, count))
        add_tall_line(talls, count, is_only, is_header && t->has_colors, out);
    for (size_t i = 0; i < count; i++) {
        out->failed = out->failed || talls[i].lines.failed;
        icm_buf_reset(&talls[i].lines);
    }
    free(talls);
}

void cli_table_add_row(const struct cli_table *t, const struct cli_cell *cells, bool is_wrapped, struct icm_buf *out)
{
    if (is_wrapped)
        add_multiple(t, cells, false, out);
    else
        add_single(t, cells, false, out);
}

/* ---- header ---- */

static struct icm_slice dashes(struct icm_buf *line, size_t count)
{
    while (line->size < count && !line->failed)
        icm_buf_add_u8(line, '-');
    return icm_slice_of(line->data, line->failed ? 0 : count);
}

static int64_t widest(const struct cli_table *t)
{
    int64_t width = 0;

    for (size_t i = 0; i < t->count; i++)
        width = t->widths[i] > width ? t->widths[i] : width;
    return width;
}

static void add_dashes(const struct cli_table *t, struct cli_cell *cells, struct icm_buf *out)
{
    struct icm_buf line = {0};

    (void)dashes(&line, (size_t)widest(t)); /* where they lie must not change from here on */
    for (size_t i = 0; i < t->count; i++) {
        size_t label = cli_cells(t->columns[i].label);
        size_t width = t->widths[i] > 0 ? (size_t)t->widths[i] : 0;

        cells[i].text = dashes(&line, label > 0 && label < width ? label : width);
    }
    add_single(t, cells, true, out);
    out->failed = out->failed || line.failed;
    icm_buf_reset(&line);
}

void cli_table_add_header(const struct cli_table *t, struct icm_buf *out)
{
    struct cli_cell *cells = calloc(t->count, sizeof *cells);

    if (!cells) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < t->count; i++)
        cells[i].text = t->columns[i].label;
    add_multiple(t, cells, true, out);
    add_dashes(t, cells, out);
    free(cells);
}
