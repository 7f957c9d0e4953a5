/* A document's records as lines: blank lines, headings, headers, and rows that wait until their columns can be measured. */
#include "cli/format_cells.h"
#include "cli/format_private.h"

#include <stdlib.h>

/* What waits, one after the other: a row's cells, or lines that stand between rows. */
enum entry { ROW, ROW_WRAPPED, LINES };

static void put_u32(struct icm_buf *to, size_t number)
{
    icm_buf_add_le32(to, (uint32_t)number);
}

static void put_text(struct icm_buf *to, struct icm_slice text)
{
    put_u32(to, text.size);
    icm_buf_add(to, text);
}

/* ---- writing in order ---- */

/* Rows of another document that wait go out first. */
static void take_turn(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    if (f->waiting && f->waiting != d)
        cli_document_flush(f, f->waiting, out);
}

void cli_format_add_lines(struct cli_format *f, struct icm_buf *out, struct icm_slice lines)
{
    struct cli_document *d = f->waiting;

    if (!d) {
        icm_buf_add(out, lines);
        return;
    }
    icm_buf_add_u8(&d->rows, LINES);
    put_text(&d->rows, lines);
    if (d->rows.size > CLI_QUEUE_BYTES_MAX)
        cli_document_flush(f, d, out);
}

void cli_format_add_list_aside(struct cli_format *f, struct icm_buf *out, const struct cli_list_item *items, size_t count)
{
    struct icm_buf lines = {0};

    icm_buf_add_u8(&lines, '\n');
    cli_list_add(&lines, items, count, f->room, f->options.has_colors);
    icm_buf_add_u8(&lines, '\n');
    cli_format_add_lines(f, out, icm_buf_slice(&lines));
    out->failed = out->failed || lines.failed;
    icm_buf_reset(&lines);
}

/* ---- tables ---- */

static void show_header(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    icm_buf_add(out, icm_buf_slice(&d->heading));
    d->is_shown = cli_table_fit(&d->table, f->room);
    if (d->is_shown && !d->hides_header)
        cli_table_add_header(&d->table, out);
}

static void measure(struct cli_document *d, const struct cli_cell *cells)
{
    for (size_t i = 0; i < d->table.count; i++) {
        int64_t width = (int64_t)cli_cells(cells[i].text);

        d->widths[i] = width > d->widths[i] ? width : d->widths[i];
    }
}

static void put_row(struct cli_document *d, const struct cli_cell *cells, bool is_wrapped)
{
    icm_buf_add_u8(&d->rows, is_wrapped ? ROW_WRAPPED : ROW);
    for (size_t i = 0; i < d->table.count; i++) {
        icm_buf_add_u8(&d->rows, (uint8_t)cells[i].align);
        put_text(&d->rows, cells[i].text);
    }
}

static void show_rows(struct cli_document *d, struct icm_buf *out)
{
    struct icm_reader r = icm_reader_on(icm_buf_slice(&d->rows));
    struct cli_cell *cells = calloc(d->table.count, sizeof *cells);

    out->failed = out->failed || !cells;
    while (cells && r.rest.size > 0 && !r.missing) {
        enum entry kind = icm_read_u8(&r);

        if (kind == LINES) {
            icm_buf_add(out, icm_read_slice(&r, icm_read_le32(&r)));
            continue;
        }
        for (size_t i = 0; i < d->table.count; i++) {
            cells[i].align = icm_read_u8(&r);
            cells[i].text = icm_read_slice(&r, icm_read_le32(&r));
        }
        if (d->is_shown && !r.missing)
            cli_table_add_row(&d->table, cells, kind == ROW_WRAPPED, out);
    }
    free(cells);
}

/* Every column becomes as wide as its label and the widest of its values. */
void cli_document_flush(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    if (!d->is_waiting)
        return;
    d->is_waiting = false;
    f->waiting = NULL;
    out->failed = out->failed || d->rows.failed;
    for (size_t i = 0; i < d->table.count; i++)
        d->columns[i].width = d->widths[i];
    show_header(f, d, out);
    show_rows(d, out);
    icm_buf_clear(&d->rows);
}

void cli_document_add_row(struct cli_format *f, struct cli_document *d, const struct cli_cell *cells, bool is_wrapped, struct icm_buf *out)
{
    take_turn(f, d, out);
    if (!d->is_waiting) {
        if (d->is_shown)
            cli_table_add_row(&d->table, cells, is_wrapped, out);
        return;
    }
    measure(d, cells);
    put_row(d, cells, is_wrapped);
    if (d->rows.size > CLI_QUEUE_BYTES_MAX)
        cli_document_flush(f, d, out);
}

static void begin_waiting(struct cli_format *f, struct cli_document *d)
{
    for (size_t i = 0; i < d->table.count; i++)
        d->widths[i] = (int64_t)cli_cells(d->columns[i].label);
    d->is_waiting = true;
    f->waiting = d;
}

/* ---- wide ---- */

/* The values that wait, as many on a line as there are columns. */
static void show_values(struct cli_document *d, struct icm_buf *out)
{
    struct icm_reader r = icm_reader_on(icm_buf_slice(&d->rows));
    struct cli_cell *cells = d->table.count > 0 ? calloc(d->table.count, sizeof *cells) : NULL;

    while (cells && d->is_shown && r.rest.size > 0 && !r.missing) {
        for (size_t i = 0; i < d->table.count; i++)
            cells[i].text = r.rest.size > 0 ? icm_read_slice(&r, icm_read_le32(&r)) : icm_slice_text("");
        cli_table_add_row(&d->table, cells, false, out);
    }
    out->failed = out->failed || d->rows.failed || (d->table.count > 0 && !cells);
    free(cells);
    icm_buf_clear(&d->rows);
    d->wide_count = 0;
}

/* As many columns as leave a cell free, each as wide as the widest value. */
static void choose_columns(struct cli_format *f, struct cli_document *d)
{
    size_t fit = (f->room > 0 ? f->room : 1) / (d->wide_width + 1);

    d->table.count = fit < 1 ? 1 : fit < d->columns_max ? fit : d->columns_max;
    d->is_shown = cli_table_fit(&d->table, f->room);
}

static void end_wide(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    if (d->is_measured)
        choose_columns(f, d);
    show_values(d, out);
}

void cli_document_add_wide(struct cli_format *f, struct cli_document *d, struct icm_slice value, struct icm_buf *out)
{
    size_t width = cli_cells(value);

    take_turn(f, d, out);
    put_text(&d->rows, value);
    d->wide_count++;
    d->wide_width = width > d->wide_width ? width : d->wide_width;
    if (!d->is_measured && d->wide_count >= d->table.count)
        show_values(d, out);
    else if (d->is_measured && d->rows.size > CLI_QUEUE_BYTES_MAX)
        end_wide(f, d, out);
}

/* ---- the rest ---- */

void cli_document_add_list(struct cli_format *f, struct cli_document *d, const struct cli_list_item *items, size_t count, struct icm_buf *out)
{
    take_turn(f, d, out);
    cli_list_add(out, items, count, f->room, f->options.has_colors);
    icm_buf_add_u8(out, '\n');
}

void cli_document_add_lines(struct cli_format *f, struct cli_document *d, struct icm_slice lines, struct icm_buf *out)
{
    take_turn(f, d, out);
    icm_buf_add(out, lines);
}

void cli_document_start(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    d->is_open = true;
    d->table.columns = d->columns;
    d->table.has_colors = f->options.has_colors;
    take_turn(f, NULL, out);
    icm_buf_add_u8(out, '\n');
}

void cli_document_start_group(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    take_turn(f, d, out);
    d->is_in_group = true;
    if (d->shape == CLI_SHAPE_TABLE && d->is_measured)
        begin_waiting(f, d);
    else if (d->shape == CLI_SHAPE_TABLE && d->table.count > 0)
        show_header(f, d, out);
    else
        icm_buf_add(out, icm_buf_slice(&d->heading));
    if (d->shape == CLI_SHAPE_WIDE)
        d->is_shown = cli_table_fit(&d->table, f->room);
}

void cli_document_end_group(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    cli_document_flush(f, d, out);
    if (d->shape == CLI_SHAPE_WIDE)
        end_wide(f, d, out);
    d->is_in_group = false;
    icm_buf_clear(&d->heading);
}

/* A list has left a blank line behind its last object. */
void cli_document_end(struct cli_format *f, struct cli_document *d, struct icm_buf *out)
{
    if (d->is_in_group)
        cli_document_end_group(f, d, out);
    take_turn(f, d, out);
    if (d->is_open && d->shape != CLI_SHAPE_LIST)
        icm_buf_add_u8(out, '\n');
    cli_document_reset(d);
}

void cli_document_reset(struct cli_document *d)
{
    icm_buf_reset(&d->heading);
    icm_buf_reset(&d->rows);
    icm_arena_reset(&d->arena);
    *d = (struct cli_document){0};
}
