#include "cli/value_json.h"

#include "cli/json_keys.h"
#include "cli/origin.h"

/* One walk over a value. */
struct walk {
    struct icm_json *json;
    size_t end; /* where the buffer is full */
    const struct psrp_value *path[CLI_VALUE_DEPTH_MAX];
    size_t depth;
};

static void write_value(struct walk *w, const struct psrp_value *value);

bool cli_value_is_enum(const struct psrp_value *value)
{
    return value->kind >= PSRP_U8 && value->kind <= PSRP_I64 && value->object && value->object->has_to_string &&
           psrp_value_is_type(value, "System.Enum");
}

static void write_marker(struct walk *w)
{
    icm_json_string(w->json, icm_slice_text("..."));
}

static size_t room(const struct walk *w)
{
    size_t used = w->json->out->size;

    return used < w->end ? w->end - used : 0;
}

static void write_text(struct walk *w, struct icm_slice text)
{
    if (text.size <= room(w))
        icm_json_string(w->json, text);
    else
        write_marker(w);
}

/* JSON has no leading zeroes; all other digits stay, those behind the point too */
static void write_decimal(struct walk *w, struct icm_slice text)
{
    struct icm_buf number = {0};
    bool is_negative = text.size > 0 && text.data[0] == '-';

    text = icm_slice_from(text, is_negative ? 1 : 0);
    while (text.size > 1 && text.data[0] == '0' && text.data[1] != '.')
        text = icm_slice_from(text, 1);
    icm_buf_add_text(&number, is_negative ? "-" : "");
    icm_buf_add(&number, text);
    icm_json_number(w->json, icm_buf_slice(&number));
    w->json->out->failed = w->json->out->failed || number.failed;
    icm_buf_reset(&number);
}

static void write_real(struct walk *w, const struct psrp_value *value)
{
    char text[ICM_DOUBLE_TEXT];

    if (value->kind == PSRP_FLOAT)
        icm_format_float((float)value->as.number, text);
    else
        icm_format_double(value->as.number, text);
    if (text[0] == 'N')
        write_text(w, icm_slice_text("NaN"));
    else if (strchr(text, 'F'))
        write_text(w, icm_slice_text(text[0] == '-' ? "-Infinity" : "Infinity"));
    else
        icm_json_number(w->json, icm_slice_text(text));
}

static void write_built(struct walk *w, struct icm_buf *text)
{
    w->json->out->failed = w->json->out->failed || text->failed;
    write_text(w, icm_buf_slice(text));
    icm_buf_reset(text);
}

static void write_bytes(struct walk *w, struct icm_slice bytes)
{
    struct icm_buf text = {0};

    icm_base64_write(&text, bytes);
    write_built(w, &text);
}

static void write_char(struct walk *w, uint64_t unit)
{
    struct icm_buf text = {0};

    icm_utf8_add(&text, (uint32_t)unit);
    write_built(w, &text);
}

static void write_scalar(struct walk *w, const struct psrp_value *value)
{
    int64_t number;

    if (cli_value_is_enum(value))
        write_text(w, value->object->to_string);
    else if (psrp_value_integer(value, &number))
        icm_json_i64(w->json, number);
    else if (value->kind == PSRP_U64) /* one that is no int64_t */
        icm_json_u64(w->json, value->as.u64);
    else if (value->kind == PSRP_FLOAT || value->kind == PSRP_DOUBLE)
        write_real(w, value);
    else if (value->kind == PSRP_DECIMAL)
        write_decimal(w, value->as.text);
    else if (value->kind == PSRP_BOOL)
        icm_json_bool(w->json, value->as.boolean);
    else if (value->kind == PSRP_CHAR)
        write_char(w, value->as.u64);
    else if (value->kind == PSRP_BYTES)
        write_bytes(w, value->as.text);
    else if (value->kind == PSRP_NIL || value->kind == PSRP_SECURESTRING)
        icm_json_null(w->json);
    else
        write_text(w, psrp_value_text_of(value));
}

static void write_items(struct walk *w, const struct psrp_value *value)
{
    icm_json_open(w->json, '[');
    for (const struct psrp_item *item = value->as.list->first; item && room(w) > 0; item = item->next)
        write_value(w, item->value);
    icm_json_close(w->json, ']');
}

/* @keys has the members' or entries' names in the order of the walk */
static bool write_key(struct walk *w, const struct cli_json_keys *keys, size_t index)
{
    if (room(w) < keys->rows[index].text.size)
        return false;
    cli_json_keys_write(keys, index, w->json);
    return true;
}

static void write_entries(struct walk *w, const struct psrp_value *value)
{
    struct cli_json_keys keys = {0};
    size_t index = 0;

    for (const struct psrp_entry *e = value->as.dictionary->first; e; e = e->next)
        cli_json_keys_add_value(&keys, e->key);
    cli_json_keys_number(&keys);
    icm_json_open(w->json, '{');
    for (const struct psrp_entry *e = value->as.dictionary->first; e && index < keys.count; e = e->next) {
        if (!write_key(w, &keys, index++))
            break;
        write_value(w, e->value);
    }
    icm_json_close(w->json, '}');
    w->json->out->failed = w->json->out->failed || keys.failed;
    cli_json_keys_reset(&keys);
}

static bool is_shown(const struct walk *w, const struct psrp_member *m)
{
    return w->depth > 1 || !cli_origin_has(m->name);
}

static void write_members(struct walk *w, const struct psrp_object *object)
{
    const struct psrp_member *lists[] = {object->adapted, object->extended};
    struct cli_json_keys keys = {0};
    size_t index = 0;

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next)
            if (is_shown(w, m))
                cli_json_keys_add(&keys, m->name);
    cli_json_keys_number(&keys);
    icm_json_open(w->json, '{');
    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m && index < keys.count; m = m->next) {
            if (!is_shown(w, m))
                continue;
            if (!write_key(w, &keys, index++))
                break;
            write_value(w, m->value);
        }
    icm_json_close(w->json, '}');
    w->json->out->failed = w->json->out->failed || keys.failed;
    cli_json_keys_reset(&keys);
}

static bool has_members(const struct walk *w, const struct psrp_object *object)
{
    const struct psrp_member *lists[] = {object->adapted, object->extended};

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *m = lists[i]; m; m = m->next)
            if (is_shown(w, m))
                return true;
    return false;
}

static void write_object(struct walk *w, const struct psrp_object *object)
{
    if (object->has_to_string && object->to_string.size > 0 && !has_members(w, object))
        write_text(w, object->to_string);
    else
        write_members(w, object);
}

static void write_container(struct walk *w, const struct psrp_value *value)
{
    if (value->kind == PSRP_DICTIONARY)
        write_entries(w, value);
    else if (value->kind == PSRP_OBJECT)
        write_object(w, value->object);
    else
        write_items(w, value);
}

static bool is_on_path(const struct walk *w, const struct psrp_value *value)
{
    for (size_t i = 0; i < w->depth; i++)
        if (w->path[i] == value)
            return true;
    return false;
}

static void write_value(struct walk *w, const struct psrp_value *value)
{
    if (value->kind < PSRP_LIST) {
        write_scalar(w, value);
        return;
    }
    if (w->depth == CLI_VALUE_DEPTH_MAX || room(w) == 0 || is_on_path(w, value)) {
        write_marker(w);
        return;
    }
    w->path[w->depth++] = value;
    write_container(w, value);
    w->depth--;
}

void cli_value_write_json_within(struct icm_json *json, const struct psrp_value *value, size_t bytes_max)
{
    struct walk w = {.json = json, .end = json->out->size + bytes_max};

    if (value)
        write_value(&w, value);
    else
        icm_json_null(json);
}

void cli_value_write_json(struct icm_json *json, const struct psrp_value *value)
{
    cli_value_write_json_within(json, value, CLI_VALUE_BYTES_MAX);
}
