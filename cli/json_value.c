#include "cli/json_value.h"

/* The smallest of Int32 and Int64 that holds it, as PowerShell's numbers are. */
static struct psrp_value *whole_number(struct icm_arena *a, int64_t number)
{
    return number >= INT32_MIN && number <= INT32_MAX ? psrp_value_i32(a, (int32_t)number) : psrp_value_i64(a, number);
}

static struct psrp_value *unsigned_number(struct icm_arena *a, uint64_t number)
{
    struct psrp_value *value = psrp_value_new(a, PSRP_U64);

    if (value)
        value->as.u64 = number;
    return value;
}

static struct psrp_value *make(struct icm_arena *a, const struct icm_json_event *event)
{
    switch (event->type) {
    case ICM_JSON_BOOL:
        return psrp_value_bool(a, event->boolean);
    case ICM_JSON_INT:
        return whole_number(a, event->integer);
    case ICM_JSON_UINT:
        return unsigned_number(a, event->unsigned_integer);
    case ICM_JSON_DOUBLE:
        return psrp_value_double(a, event->number);
    case ICM_JSON_STRING:
        return psrp_value_text(a, PSRP_STRING, event->text);
    case ICM_JSON_OBJECT:
        return psrp_value_custom_object(a);
    case ICM_JSON_ARRAY:
        return psrp_value_array(a);
    case ICM_JSON_NULL:
    case ICM_JSON_OBJECT_END:
    case ICM_JSON_ARRAY_END:
        break;
    }
    return psrp_value_nil(a);
}

static bool is_end(const struct icm_json_event *event)
{
    return event->type == ICM_JSON_OBJECT_END || event->type == ICM_JSON_ARRAY_END;
}

static bool is_container(const struct icm_json_event *event)
{
    return event->type == ICM_JSON_OBJECT || event->type == ICM_JSON_ARRAY;
}

/* into the innermost container that is open; the outermost value goes nowhere */
static enum icm_code put(struct cli_json_builder *b, const char *key, struct psrp_value *value, struct icm_error *err)
{
    struct psrp_value *into = b->depth > 0 ? b->open[b->depth - 1] : NULL;
    bool is_put = value != NULL;

    if (into && into->kind == PSRP_LIST)
        is_put = psrp_value_add_item(b->arena, into, value);
    else if (into && (!key || key[0] == '\0'))
        return icm_fail(err, ICM_SYNTAX, NULL, "a member with an empty name, which no PowerShell object can have");
    else if (into)
        is_put = psrp_value_add_note(b->arena, into, key, value);
    return is_put ? ICM_OK : icm_nomem(err);
}

enum icm_code cli_json_value_take(struct cli_json_builder *b, const struct icm_json_event *event,
                                  struct psrp_value **whole, struct icm_error *err)
{
    struct psrp_value *value;

    if (is_end(event)) {
        value = b->open[--b->depth];
    } else {
        if (is_container(event) && b->depth == CLI_JSON_DEPTH_MAX)
            return icm_fail(err, ICM_LIMIT, NULL, "objects and arrays nested deeper than %d", CLI_JSON_DEPTH_MAX);
        value = make(b->arena, event);
        enum icm_code code = put(b, event->key, value, err);
        if (code != ICM_OK)
            return code;
        if (is_container(event))
            b->open[b->depth++] = value;
    }
    if (b->depth > 0)
        return ICM_AGAIN;
    *whole = value;
    return ICM_OK;
}
