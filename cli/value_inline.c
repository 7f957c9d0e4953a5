#include "cli/value_inline.h"

#define CUT "\xE2\x80\xA6" /* U+2026, as PowerShell has it */

struct walk {
    struct icm_buf *out;
    size_t began;
    unsigned depth;
};

static void write_value(struct walk *w, const struct psrp_value *value);

static bool is_full(const struct walk *w)
{
    return w->out->size - w->began > CLI_INLINE_BYTES_MAX;
}

/* whether an item at @index goes on; what is in front of it, or the sign that more is not shown, is written */
static bool begin_item(struct walk *w, size_t index)
{
    bool is_shown = index < CLI_INLINE_ITEMS_MAX && !is_full(w);

    icm_buf_add_text(w->out, !is_shown ? CUT : index > 0 ? ", " : "");
    return is_shown;
}

static void write_bytes(struct walk *w, struct icm_slice bytes)
{
    for (size_t i = 0; i < bytes.size && begin_item(w, i); i++)
        icm_buf_add_format(w->out, "%u", bytes.data[i]);
}

static void write_items(struct walk *w, const struct psrp_item *item)
{
    for (size_t i = 0; item && begin_item(w, i); i++, item = item->next)
        if (item->value->kind == PSRP_NIL)
            icm_buf_add_text(w->out, "$null");
        else
            write_value(w, item->value);
}

static void write_entries(struct walk *w, const struct psrp_entry *entry)
{
    for (size_t i = 0; entry && begin_item(w, i); i++, entry = entry->next) {
        icm_buf_add_u8(w->out, '[');
        write_value(w, entry->key);
        icm_buf_add_text(w->out, ", ");
        write_value(w, entry->value);
        icm_buf_add_u8(w->out, ']');
    }
}

static void write_members(struct walk *w, const struct psrp_object *object)
{
    const struct psrp_member *lists[] = {object->adapted, object->extended};
    const char *before = "";

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next) {
            icm_buf_add_text(w->out, before);
            if (is_full(w)) {
                icm_buf_add_text(w->out, CUT);
                return;
            }
            icm_buf_add(w->out, m->name);
            icm_buf_add_u8(w->out, '=');
            write_value(w, m->value);
            before = "; ";
        }
}

static bool has_members(const struct psrp_value *value)
{
    return value->object && (value->object->adapted || value->object->extended);
}

static void write_container(struct walk *w, const struct psrp_value *value)
{
    bool is_object = value->kind == PSRP_OBJECT;

    icm_buf_add_text(w->out, is_object ? "@{" : "{");
    if (is_object)
        write_members(w, value->object);
    else if (value->kind == PSRP_BYTES)
        write_bytes(w, value->as.text);
    else if (value->kind == PSRP_DICTIONARY)
        write_entries(w, value->as.dictionary->first);
    else
        write_items(w, value->as.list->first);
    icm_buf_add_u8(w->out, '}');
}

static void write_value(struct walk *w, const struct psrp_value *value)
{
    bool is_container = value->kind == PSRP_BYTES || (value->kind >= PSRP_LIST && value->kind <= PSRP_DICTIONARY) ||
                        (value->kind == PSRP_OBJECT && has_members(value) &&
                         !(value->object->has_to_string && value->object->to_string.size > 0));

    if (!is_container)
        psrp_value_write_text(value, w->out);
    else if (w->depth == CLI_INLINE_DEPTH_MAX)
        icm_buf_add_text(w->out, CUT);
    else {
        w->depth++;
        write_container(w, value);
        w->depth--;
    }
}

void cli_value_write_inline(const struct psrp_value *value, struct icm_buf *out)
{
    struct walk w = {.out = out, .began = out->size};

    if (value)
        write_value(&w, value);
}
