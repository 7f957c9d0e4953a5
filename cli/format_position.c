#include "cli/format_position.h"

#include "cli/format_cells.h"
#include "cli/format_units.h"

enum {
    LINE_UNITS_MAX = 69, /* within 80 columns, with what stands before and behind */
    BEFORE_UNITS = 12,   /* of a line that is cut: at least so much before the place … */
};

/* The line around the place, in units. */
struct part {
    struct icm_slice line;
    size_t before, marked;
    bool is_cut_before, is_cut_behind;
};

static struct icm_slice trim_end(struct icm_slice text)
{
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || (text.data[text.size - 1] >= '\t' && text.data[text.size - 1] <= '\r')))
        text.size--;
    return text;
}

static void add_without_tabs(struct icm_buf *out, struct icm_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\t')
            icm_buf_add_text(out, "    ");
        else
            icm_buf_add_u8(out, text.data[i]);
}

/* The place goes to the line's end: what does not fit is lost there, and in front all but a little. */
static void cut(struct part *p)
{
    size_t all = cli_units(p->line), total = p->before, before = total < BEFORE_UNITS ? total : BEFORE_UNITS;

    if (all <= LINE_UNITS_MAX)
        return;
    p->is_cut_behind = before + p->marked >= LINE_UNITS_MAX;
    if (!p->is_cut_behind)
        before += total - before < LINE_UNITS_MAX - before - p->marked ? total - before : LINE_UNITS_MAX - before - p->marked;
    p->is_cut_before = before < total;
    p->line = cli_units_first(cli_units_from(p->line, total - before), LINE_UNITS_MAX);
    p->before = before;
    p->marked = p->marked < LINE_UNITS_MAX - before ? p->marked : LINE_UNITS_MAX - before;
}

static void add_part(struct icm_buf *out, const struct part *p)
{
    icm_buf_add_text(out, p->is_cut_before ? CLI_MARK " " : "");
    icm_buf_add(out, p->line);
    icm_buf_add_text(out, p->is_cut_behind ? " " CLI_MARK : "");
    icm_buf_add_text(out, "\n+ ");
    cli_cells_add_blanks(out, p->before + (p->is_cut_before ? 2 : 0));
    for (size_t i = 0; i < (p->marked > 0 ? p->marked : 1); i++)
        icm_buf_add_u8(out, '~');
}

void cli_position_add(struct icm_buf *out, const struct cli_position *p)
{
    struct icm_slice line = trim_end(p->line);
    size_t before = p->offset > 1 && p->offset < INT32_MAX ? (size_t)p->offset - 1 : 0;
    struct icm_slice head = cli_units_first(line, before);
    struct icm_buf text = {0};

    icm_buf_add_text(out, "At ");
    icm_buf_add(out, p->script.size > 0 ? p->script : icm_slice_text("line"));
    icm_buf_add_format(out, ":%lld char:%lld\n+ ", (long long)p->number, (long long)p->offset);
    add_without_tabs(&text, head);
    struct part part = {.before = cli_units(icm_buf_slice(&text))};
    add_without_tabs(&text, icm_slice_from(line, head.size));
    part.line = icm_buf_slice(&text);
    part.marked = cli_units(part.line) - part.before;
    if (line.size > 0) {
        cut(&part);
        add_part(out, &part);
    }
    out->failed = out->failed || text.failed;
    icm_buf_reset(&text);
}
