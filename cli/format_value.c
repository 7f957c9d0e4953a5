#include "cli/format_value.h"

#include "cli/format_cells.h"
#include "cli/format_number.h"
#include "cli/format_time.h"
#include "cli/format_type.h"

enum {
    DOUBLE_DIGITS = 15, /* PowerShell's own, not .NET's */
    FLOAT_DIGITS = 7,
    GENERIC_DECIMALS = 3,    /* of en-US in ICU */
    BYTES_MAX = 1024 * 1024, /* of what is put together from many values; one text is never cut */
};

bool cli_value_is_enumerable(const struct psrp_value *value)
{
    return value->kind == PSRP_BYTES || (value->kind >= PSRP_LIST && value->kind <= PSRP_DICTIONARY);
}

static bool has_own_text(const struct psrp_value *value)
{
    return value->object && value->object->has_to_string;
}

static void add_date(struct icm_buf *out, const struct psrp_value *value)
{
    struct cli_date date;

    if (cli_date_parse(value->as.text, &date))
        cli_date_add(out, &date, CLI_DATE_GENERAL);
    else
        icm_buf_add(out, value->as.text);
}

static void add_span(struct icm_buf *out, const struct psrp_value *value)
{
    int64_t ticks;

    if (cli_span_parse(value->as.text, &ticks))
        cli_span_add(out, ticks);
    else
        icm_buf_add(out, value->as.text);
}

/* What is neither put together from others nor has a text of its own. */
static void add_scalar(struct icm_buf *out, const struct psrp_value *value)
{
    switch (value->kind) {
    case PSRP_DATETIME:
        add_date(out, value);
        return;
    case PSRP_TIMESPAN:
        add_span(out, value);
        return;
    case PSRP_DOUBLE:
        cli_number_add_general(out, value->as.number, DOUBLE_DIGITS);
        return;
    case PSRP_FLOAT:
        cli_number_add_general(out, value->as.number, FLOAT_DIGITS);
        return;
    case PSRP_XML:
        icm_buf_add_text(out, "#document"); /* a node's name */
        return;
    default:
        psrp_value_write_text(value, out);
        return;
    }
}

/* What a client makes of a collection or a document, whatever it was: its ToString is the name of the type. */
static const char *const made_of[PSRP_KIND_COUNT] = {
    [PSRP_BYTES] = "System.Byte[]",
    [PSRP_LIST] = "System.Collections.ArrayList",
    [PSRP_ENUMERABLE] = "System.Collections.ArrayList",
    [PSRP_QUEUE] = "System.Collections.Queue",
    [PSRP_STACK] = "System.Collections.Stack",
    [PSRP_DICTIONARY] = "System.Collections.Hashtable",
    [PSRP_XML] = "System.Xml.XmlDocument",
};

static const char *made_of_value(const struct psrp_value *value)
{
    return value->kind == PSRP_DICTIONARY && cli_type_is_ordered(value) ? CLI_TYPE_ORDERED : made_of[value->kind];
}

/* An element of a list, or a member's value: a collection in it is its type's name, and an object without a text of its own nothing. */
static void add_inner(struct icm_buf *out, const struct psrp_value *value)
{
    if (has_own_text(value))
        icm_buf_add(out, value->object->to_string);
    else if (made_of[value->kind])
        icm_buf_add_text(out, made_of_value(value));
    else if (value->kind != PSRP_OBJECT)
        add_scalar(out, value);
}

static void add_bytes(struct icm_buf *out, struct icm_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        icm_buf_add_format(out, i > 0 ? " %u" : "%u", bytes.data[i]);
}

static void add_items(struct icm_buf *out, const struct psrp_item *item)
{
    size_t began = out->size;

    for (bool is_first = true; item && out->size - began < BYTES_MAX; item = item->next, is_first = false) {
        if (!is_first)
            icm_buf_add_u8(out, ' ');
        if (item->value->kind == PSRP_XML)
            add_scalar(out, item->value); /* a node is not a member's value: its name */
        else
            add_inner(out, item->value);
    }
}

static void add_members(struct icm_buf *out, const struct psrp_object *object)
{
    const struct psrp_member *lists[] = {object->extended, object->adapted}; /* what is the client's own comes first in a text */
    const char *before = "@{";
    size_t began = out->size;

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m && out->size - began < BYTES_MAX; m = m->next) {
            icm_buf_add_text(out, before);
            icm_buf_add(out, m->name);
            icm_buf_add_u8(out, '=');
            add_inner(out, m->value);
            before = "; ";
        }
    if (before[0] == ';')
        icm_buf_add_u8(out, '}');
}

void cli_value_add_text(struct icm_buf *out, const struct psrp_value *value)
{
    if (!value)
        return;
    if (has_own_text(value) && !(value->kind >= PSRP_LIST && value->kind <= PSRP_STACK))
        icm_buf_add(out, value->object->to_string);
    else if (value->kind == PSRP_BYTES)
        add_bytes(out, value->as.text);
    else if (value->kind >= PSRP_LIST && value->kind <= PSRP_STACK)
        add_items(out, value->as.list->first);
    else if (value->kind == PSRP_OBJECT)
        add_members(out, value->object);
    else if (value->kind == PSRP_DICTIONARY)
        icm_buf_add_text(out, made_of_value(value));
    else
        add_scalar(out, value);
}

/* ---- {a, b...} ---- */

struct set {
    struct icm_buf *out;
    size_t began;
    int64_t limit, count;
};

/* Whether one more element is shown; what is in front of it, or the sign that there are more, is written. */
static bool begin_element(struct set *s)
{
    bool is_shown = (s->limit < 0 || s->count < s->limit) && s->out->size - s->began < BYTES_MAX;

    icm_buf_add_text(s->out, !is_shown ? CLI_MARK : s->count > 0 ? ", " : "");
    s->count++;
    return is_shown;
}

static void add_byte_set(struct set *s, struct icm_slice bytes)
{
    for (size_t i = 0; i < bytes.size && begin_element(s); i++)
        icm_buf_add_format(s->out, "%u", bytes.data[i]);
}

/* What .NET makes of an entry: numbers are its own; of what is PowerShell's, a list's elements side by side, an object's members. */
static void add_entry_part(struct icm_buf *out, const struct psrp_value *value)
{
    if ((value->kind == PSRP_DOUBLE || value->kind == PSRP_FLOAT) && !has_own_text(value))
        cli_number_add_shortest(out, value->as.number, value->kind == PSRP_FLOAT);
    else if (value->kind == PSRP_BYTES || value->kind == PSRP_XML)
        add_inner(out, value);
    else
        cli_value_add_text(out, value);
}

static void add_entry_set(struct set *s, const struct psrp_entry *entry)
{
    for (; entry && begin_element(s); entry = entry->next) {
        icm_buf_add_u8(s->out, '[');
        add_entry_part(s->out, entry->key);
        icm_buf_add_text(s->out, ", ");
        add_entry_part(s->out, entry->value);
        icm_buf_add_u8(s->out, ']');
    }
}

static void add_item_set(struct set *s, const struct psrp_item *item)
{
    for (; item && begin_element(s); item = item->next)
        if (item->value->kind == PSRP_NIL)
            icm_buf_add_text(s->out, "$null");
        else
            cli_value_add_text(s->out, item->value);
}

static void add_set(struct icm_buf *out, const struct psrp_value *value, int64_t limit)
{
    struct set s = {.out = out, .began = out->size, .limit = limit};

    icm_buf_add_u8(out, '{');
    if (value->kind == PSRP_BYTES)
        add_byte_set(&s, value->as.text);
    else if (value->kind == PSRP_DICTIONARY)
        add_entry_set(&s, value->as.dictionary->first);
    else
        add_item_set(&s, value->as.list->first);
    icm_buf_add_u8(out, '}');
}

void cli_value_add_cell(struct icm_buf *out, const struct psrp_value *value, int64_t limit, bool is_generic)
{
    if (!value)
        return;
    if (cli_value_is_enumerable(value))
        add_set(out, value, limit);
    else if (is_generic && (value->kind == PSRP_DOUBLE || value->kind == PSRP_FLOAT || value->kind == PSRP_DECIMAL))
        cli_number_add_fixed(out, value, GENERIC_DECIMALS);
    else
        cli_value_add_text(out, value);
}
