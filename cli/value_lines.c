#include "cli/value_lines.h"

#include "cli/value_inline.h"
#include "cli/value_json.h"
#include "cli/visible.h"

/* An object's lines are walked twice: to measure the names, and to write. */
struct rows {
    struct cli_lines *lines;
    struct icm_buf *out;
    size_t width; /* of the longest name, in characters */
    size_t limit; /* where the buffer is full */
};

static size_t count_characters(struct icm_slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xC0) != 0x80;
    return count;
}

static void begin(struct cli_lines *l, bool is_object, struct icm_buf *out)
{
    if (l->has_before && (is_object || l->was_object))
        icm_buf_add_u8(out, '\n');
    l->has_before = true;
    l->was_object = is_object;
}

/* a list in a list is one line; PowerShell does not open it either */
static void add_inline(struct cli_lines *l, const struct psrp_value *value, struct icm_buf *out)
{
    struct icm_buf text = {0};

    begin(l, false, out);
    cli_value_write_inline(value, &text);
    cli_visible_add(out, icm_buf_slice(&text), l->is_terminal);
    icm_buf_add_u8(out, '\n');
    out->failed = out->failed || text.failed;
    icm_buf_reset(&text);
}

static void add_scalar(struct cli_lines *l, const struct psrp_value *value, struct icm_buf *out)
{
    if (value->kind != PSRP_STRING || value->object) {
        add_inline(l, value, out);
        return;
    }
    begin(l, false, out);
    cli_visible_add(out, value->as.text, l->is_terminal); /* without a copy: most of what is long is a string */
    icm_buf_add_u8(out, '\n');
}

static void add_bytes(struct cli_lines *l, struct icm_slice bytes, struct icm_buf *out)
{
    for (size_t i = 0; i < bytes.size; i++) {
        begin(l, false, out);
        icm_buf_add_format(out, "%u\n", bytes.data[i]);
    }
}

static void add_spaces(struct icm_buf *out, size_t count)
{
    while (count-- > 0)
        icm_buf_add_u8(out, ' ');
}

/* a further line of the value stands under its first */
static void add_indented(const struct rows *r, struct icm_slice text)
{
    const uint8_t *end;

    while (text.size > 0 && (end = memchr(text.data, '\n', text.size))) {
        size_t size = (size_t)(end - text.data);

        cli_visible_add(r->out, icm_slice_of(text.data, size - (size > 0 && text.data[size - 1] == '\r')),
                        r->lines->is_terminal);
        icm_buf_add_u8(r->out, '\n');
        add_spaces(r->out, r->width + 3);
        text = icm_slice_from(text, size + 1);
    }
    cli_visible_add(r->out, text, r->lines->is_terminal);
}

static void add_row(const struct rows *r, struct icm_slice name, struct icm_slice text)
{
    size_t width = count_characters(name);

    cli_visible_add(r->out, name, r->lines->is_terminal);
    add_spaces(r->out, r->width > width ? r->width - width : 0);
    icm_buf_add_text(r->out, " : ");
    add_indented(r, text);
    icm_buf_add_u8(r->out, '\n');
}

static void add_value_row(const struct rows *r, struct icm_slice name, const struct psrp_value *value)
{
    struct icm_buf text = {0};

    if (r->out->size < r->limit)
        cli_value_write_inline(value, &text);
    add_row(r, name, icm_buf_slice(&text));
    r->out->failed = r->out->failed || text.failed;
    icm_buf_reset(&text);
}

enum { NAME_COLUMN_MAX = 60 /* characters; a longer name moves its own value only */ };

static void measure(struct rows *r, struct icm_slice name)
{
    size_t width = count_characters(name);

    if (width > r->width)
        r->width = width < NAME_COLUMN_MAX ? width : NAME_COLUMN_MAX;
}

static void add_entries(struct rows *r, const struct psrp_value *value, bool is_writing)
{
    for (const struct psrp_entry *e = value->as.dictionary->first; e; e = e->next) {
        struct icm_buf name = {0};

        cli_value_write_inline(e->key, &name);
        if (is_writing)
            add_value_row(r, icm_buf_slice(&name), e->value);
        else
            measure(r, icm_buf_slice(&name));
        icm_buf_reset(&name);
    }
}

static void add_members(struct rows *r, const struct psrp_value *value, bool is_writing)
{
    const struct psrp_member *lists[] = {value->object->adapted, value->object->extended};

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next) {
            if (cli_value_is_origin_note(m->name))
                continue;
            if (is_writing)
                add_value_row(r, m->name, m->value);
            else
                measure(r, m->name);
        }
}

static void add_object(struct cli_lines *l, const struct psrp_value *value, const char *computer, struct icm_buf *out)
{
    const struct icm_slice origin = icm_slice_text("PSComputerName");
    struct rows r = {.lines = l, .out = out, .limit = out->size + CLI_LINES_BYTES_MAX};

    begin(l, true, out);
    if (computer)
        measure(&r, origin);
    for (int is_writing = 0; is_writing < 2; is_writing++)
        if (value->kind == PSRP_DICTIONARY)
            add_entries(&r, value, is_writing);
        else
            add_members(&r, value, is_writing);
    if (computer)
        add_row(&r, origin, icm_slice_text(computer));
}

static bool has_members(const struct psrp_value *value)
{
    const struct psrp_member *lists[] = {value->object->adapted, value->object->extended};

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next)
            if (!cli_value_is_origin_note(m->name))
                return true;
    return false;
}

static void add_one(struct cli_lines *l, const struct psrp_value *value, const char *computer, struct icm_buf *out)
{
    bool is_object = value->kind == PSRP_OBJECT && has_members(value);
    bool is_filled_table = value->kind == PSRP_DICTIONARY && value->as.dictionary->first;

    if (is_object || is_filled_table)
        add_object(l, value, computer, out);
    else if (value->kind != PSRP_DICTIONARY)
        add_scalar(l, value, out);
}

static void add_items(struct cli_lines *l, const struct psrp_value *list, const char *computer, struct icm_buf *out)
{
    size_t limit = out->size + CLI_LINES_BYTES_MAX;

    for (const struct psrp_item *i = list->as.list->first; i && out->size < limit; i = i->next)
        add_one(l, i->value, computer, out);
}

void cli_lines_add(struct cli_lines *l, const struct psrp_value *value, const char *computer, struct icm_buf *out)
{
    if (value->kind == PSRP_BYTES)
        add_bytes(l, value->as.text, out);
    else if (value->kind >= PSRP_LIST && value->kind <= PSRP_STACK)
        add_items(l, value, computer, out);
    else if (value->kind != PSRP_NIL)
        add_one(l, value, computer, out);
}
