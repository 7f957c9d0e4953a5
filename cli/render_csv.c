/* As ConvertTo-Csv of PowerShell 7 writes it: the first object's properties are the columns, every value is quoted and null is
 * nothing at all. The other streams are Text's, on standard error. design.md, Output. */
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

static bool has_properties(const struct psrp_value *value)
{
    return value->kind == PSRP_OBJECT || value->kind == PSRP_DICTIONARY;
}

/* ---- columns ---- */

static bool has_column(const struct cli_renderer *r, struct icm_slice name)
{
    for (const struct cli_name *n = r->columns.first; n; n = n->next)
        if (icm_slice_equal_nocase(icm_slice_text(n->text), name))
            return true;
    return false;
}

/* what the computer's own column says is not said twice */
static void add_column(struct cli_renderer *r, struct cli_sink *to, const char *computer, struct icm_slice name)
{
    if ((computer && cli_value_is_origin_note(name)) || has_column(r, name))
        return;
    if (!cli_names_add(&r->arena, &r->columns, name))
        to->out.failed = true;
}

static void add_key_columns(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                            const struct psrp_value *dictionary)
{
    for (const struct psrp_entry *e = dictionary->as.dictionary->first; e; e = e->next) {
        struct icm_buf key = {0};

        psrp_value_write_text(e->key, &key);
        add_column(r, to, computer, icm_buf_slice(&key));
        to->out.failed = to->out.failed || key.failed;
        icm_buf_reset(&key);
    }
}

static void add_member_columns(struct cli_renderer *r, struct cli_sink *to, const char *computer,
                               const struct psrp_value *value)
{
    const struct psrp_member *lists[] = {value->object ? value->object->extended : NULL,
                                         value->object ? value->object->adapted : NULL};

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next)
            add_column(r, to, computer, m->name);
}

static void choose_columns(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_value *value)
{
    if (value->kind == PSRP_DICTIONARY)
        add_key_columns(r, to, computer, value);
    else if (value->kind == PSRP_OBJECT)
        add_member_columns(r, to, computer, value);
    else
        add_column(r, to, computer, icm_slice_text(value_column));
    if (computer && !r->options.hide_computer_name)
        if (!cli_names_add(&r->arena, &r->columns, icm_slice_text(computer_column)))
            to->out.failed = true;
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

static const struct psrp_value *entry_of(const struct psrp_value *dictionary, const char *name)
{
    const struct psrp_value *found = NULL;

    for (const struct psrp_entry *e = dictionary->as.dictionary->first; e && !found; e = e->next) {
        struct icm_buf key = {0};

        psrp_value_write_text(e->key, &key);
        if (icm_slice_equal_nocase(icm_buf_slice(&key), icm_slice_text(name)))
            found = e->value;
        icm_buf_reset(&key);
    }
    return found;
}

static const struct psrp_value *cell_of(const struct psrp_value *value, const char *name)
{
    if (value->kind == PSRP_DICTIONARY)
        return entry_of(value, name);
    if (!has_properties(value) && strcmp(name, value_column) == 0)
        return value;
    return psrp_value_member(value, name);
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

static void add_row(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_value *value)
{
    if (!r->has_begun) {
        choose_columns(r, to, computer, value);
        add_header(r, to);
        r->has_begun = true;
    }
    for (const struct cli_name *n = r->columns.first; n; n = n->next) {
        icm_buf_add_text(&to->out, n != r->columns.first ? "," : "");
        if (computer && strcmp(n->text, computer_column) == 0)
            add_quoted(r, &to->out, icm_slice_text(computer));
        else
            add_cell(r, to, cell_of(value, n->text));
    }
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

static void csv_host_text(struct cli_renderer *r, struct cli_sink *to, const char *computer, struct icm_slice text,
                          bool is_error, bool ends_line)
{
    cli_render_text.host_text(r, to, computer, text, is_error, ends_line);
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
