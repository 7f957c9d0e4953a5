/* The text of a value, as PowerShell's ToString in the invariant culture gives it. */
#include "psrp/value.h"

static void add_real(struct icm_buf *out, const struct psrp_value *value)
{
    char text[ICM_DOUBLE_TEXT];

    if (value->kind == PSRP_FLOAT)
        icm_format_float((float)value->as.number, text);
    else
        icm_format_double(value->as.number, text);
    icm_buf_add_text(out, strcmp(text, "INF") == 0 ? "Infinity" : strcmp(text, "-INF") == 0 ? "-Infinity" : text);
}

static void add_scalar(struct icm_buf *out, const struct psrp_value *value)
{
    int64_t number;

    if (psrp_value_integer(value, &number))
        icm_buf_add_format(out, "%lld", (long long)number);
    else if (value->kind == PSRP_U64) /* one that is no int64_t */
        icm_buf_add_format(out, "%llu", (unsigned long long)value->as.u64);
    else if (value->kind == PSRP_FLOAT || value->kind == PSRP_DOUBLE)
        add_real(out, value);
    else if (value->kind == PSRP_BOOL)
        icm_buf_add_text(out, value->as.boolean ? "True" : "False");
    else if (value->kind == PSRP_CHAR)
        icm_utf8_add(out, (uint32_t)value->as.u64);
    else
        icm_buf_add(out, psrp_value_text_of(value));
}

/* what the kinds are called whose text is only their type's name, where no type names were sent */
static const char *const names[PSRP_KIND_COUNT] = {
    [PSRP_BYTES] = "System.Byte[]",
    [PSRP_SECURESTRING] = "System.Security.SecureString",
    [PSRP_LIST] = "System.Collections.ArrayList",
    [PSRP_ENUMERABLE] = "System.Collections.ArrayList",
    [PSRP_QUEUE] = "System.Collections.Queue",
    [PSRP_STACK] = "System.Collections.Stack",
    [PSRP_DICTIONARY] = "System.Collections.Hashtable",
    [PSRP_OBJECT] = "System.Object",
};

static void add_type(struct icm_buf *out, const struct psrp_value *value)
{
    const struct icm_slice prefix = icm_slice_text("Deserialized.");
    const struct psrp_type_names *types = value->object ? value->object->types : NULL;
    struct icm_slice name = types && types->count > 0 ? types->names[0] : icm_slice_text(names[value->kind]);

    if (name.size > prefix.size && icm_slice_equal(icm_slice_of(name.data, prefix.size), prefix))
        name = icm_slice_from(name, prefix.size);
    icm_buf_add(out, name);
}

static bool is_custom(const struct psrp_value *value)
{
    return value->kind == PSRP_OBJECT && (!value->object || !value->object->types ||
                                          psrp_value_is_type(value, "System.Management.Automation.PSCustomObject"));
}

/* A value inside another one: PowerShell looks into neither lists nor custom objects there. */
static void add_inner(struct icm_buf *out, const struct psrp_value *value)
{
    if (value->object && value->object->has_to_string)
        icm_buf_add(out, value->object->to_string);
    else if (!names[value->kind])
        add_scalar(out, value);
    else if (!is_custom(value))
        add_type(out, value);
}

static void add_bytes(struct icm_buf *out, struct icm_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        icm_buf_add_format(out, i > 0 ? " %u" : "%u", bytes.data[i]);
}

static void add_items(struct icm_buf *out, const struct psrp_item *item)
{
    for (bool first = true; item; item = item->next, first = false) {
        if (!first)
            icm_buf_add_u8(out, ' ');
        add_inner(out, item->value);
    }
}

/* @{a=1; b=2}; an object without members has no text */
static void add_members(struct icm_buf *out, const struct psrp_object *object)
{
    const struct psrp_member *lists[] = {object->adapted, object->extended};
    const char *before = "@{";

    for (size_t i = 0; i < ICM_COUNT(lists); i++)
        for (const struct psrp_member *member = lists[i]; member; member = member->next) {
            icm_buf_add_text(out, before);
            icm_buf_add(out, member->name);
            icm_buf_add_u8(out, '=');
            add_inner(out, member->value);
            before = "; ";
        }
    if (before[0] == ';')
        icm_buf_add_u8(out, '}');
}

void psrp_value_write_text(const struct psrp_value *value, struct icm_buf *out)
{
    bool own = value && value->object && value->object->has_to_string;

    if (!value)
        return;
    if (!own && value->kind == PSRP_BYTES)
        add_bytes(out, value->as.text);
    else if (!own && value->kind >= PSRP_LIST && value->kind <= PSRP_STACK)
        add_items(out, value->as.list->first);
    else if (!own && value->object && is_custom(value))
        add_members(out, value->object);
    else
        add_inner(out, value);
}
