/* As ConvertTo-Csv of PowerShell 7 writes it: the first object's properties are the columns, every value is quoted and null is
 * nothing at all. The other streams are Text's, on standard error. design.md, Output. */
#include "cli/properties.h"
#include "cli/render_private.h"
#include "cli/visible.h"

/* Where a value without properties stands, and which computer an object comes from. */
static const char value_column[] = "Value", computer_column[] = "PSComputerName";

static void add_quoted(const struct cli_renderer *r, struct icm_buf *out, struct icm_slice text)
{
    icm_buf_add_u8(out, '"');
    while (text.size > 0) {
        const uint8_t *quote = memchr(text.data, '"', text.size);
        size_t size = quote ? (size_t)(quote - text.data) + 1 : text.size;

        cli_visible_add(out, icm_slice_of(text.data, size), r->options.out_is_terminal);
        if (quote)
            icm_buf_add_u8(out, '"');
        text = icm_slice_from(text, size);
    }
    icm_buf_add_u8(out, '"');
}

/* ---- columns ---- */

static void add_column(struct cli_renderer *r, struct cli_sink *to, struct icm_slice name)
{
    if (!cli_names_add(&r->arena, &r->columns, name))
        to->out.failed = true;
}

/* what the computer's own column says is not said twice */
static void add_property_columns(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                                 const struct psrp_value *value)
{
    struct cli_properties properties = {0};

    cli_properties_of(&properties, value);
    cli_properties_in_order(&properties);
    for (size_t i = 0; i < properties.count; i++)
        if (!computer || !cli_origin_has(properties.rows[i].name))
            add_column(r, to, properties.rows[i].name);
    to->out.failed = to->out.failed || properties.failed;
    cli_properties_reset(&properties);
}

static bool has_properties(const struct psrp_value *value)
{
    return value->kind == PSRP_OBJECT || value->kind == PSRP_DICTIONARY;
}

static void choose_columns(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                           const struct psrp_value *value)
{
    if (has_properties(value))
        add_property_columns(r, to, computer, value);
    else
        add_column(r, to, icm_slice_text(value_column));
    if (computer && !r->options.hide_computer_name)
        add_column(r, to, icm_slice_text(computer_column));
}

static void add_header(struct cli_renderer *r, struct cli_sink *to)
{
    for (const struct cli_name *n = r->columns.first; n; n = n->next) {
        icm_buf_add_text(&to->out, n != r->columns.first ? "," : "");
        add_quoted(r, &to->out, icm_slice_text(n->text));
    }
    icm_buf_add_u8(&to->out, '\n');
}

/* ---- rows ---- */

static const struct psrp_value *cell_of(const struct psrp_value *value, const struct cli_properties *properties,
                                        const char *name)
{
    if (!has_properties(value) && strcmp(name, value_column) == 0)
        return value;
    return cli_properties_find(properties, icm_slice_text(name));
}

static void add_cell(const struct cli_renderer *r, struct cli_sink *to, const struct psrp_value *cell)
{
    struct icm_buf text = {0};

    if (!cell || cell->kind == PSRP_NIL)
        return;
    psrp_value_write_text(cell, &text);
    add_quoted(r, &to->out, icm_buf_slice(&text));
    to->out.failed = to->out.failed || text.failed;
    icm_buf_reset(&text);
}

static void add_cells(const struct cli_renderer *r, struct cli_sink *to, const char *computer,
                      const struct psrp_value *value)
{
    struct cli_properties properties = {0};

    cli_properties_of(&properties, value);
    for (const struct cli_name *n = r->columns.first; n; n = n->next) {
        icm_buf_add_text(&to->out, n != r->columns.first ? "," : "");
        if (computer && strcmp(n->text, computer_column) == 0)
            add_quoted(r, &to->out, icm_slice_text(computer));
        else
            add_cell(r, to, cell_of(value, &properties, n->text));
    }
    to->out.failed = to->out.failed || properties.failed;
    cli_properties_reset(&properties);
}

static void add_row(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_value *value)
{
    if (!r->has_begun) {
        choose_columns(r, to, computer, value);
        add_header(r, to);
        r->has_begun = true;
    }
    add_cells(r, to, computer, value);
    icm_buf_add_u8(&to->out, '\n');
}

static void add_output(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_value *value)
{
    bool is_list = value->kind >= PSRP_LIST && value->kind <= PSRP_STACK;

    if (!is_list && value->kind != PSRP_NIL)
        add_row(r, to, computer, value);
    for (const struct psrp_item *i = is_list ? value->as.list->first : NULL; i; i = i->next)
        if (i->value->kind != PSRP_NIL)
            add_row(r, to, computer, i->value);
}

static void csv_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event)
{
    if (event->type == PSRP_EVENT_OUTPUT)
        add_output(r, to, computer, event->value);
    else
        cli_render_text.event(r, to, computer, event);
}

static void csv_host_text(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                          const struct cli_host_text *said)
{
    cli_render_text.host_text(r, to, computer, said);
}

static void csv_failure(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why)
{
    cli_render_text.failure(r, to, computer, why);
}

static void csv_status(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status)
{
    cli_render_text.status(r, to, status);
}

const struct cli_render_format cli_render_csv = {csv_event, csv_host_text, csv_failure, csv_status, NULL, true};
