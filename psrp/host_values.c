/* The values that host methods take and give, but for pairs of numbers (host_info.c). MS-PSRP 2.2.3.26, 2.2.6. */
#include "psrp/host.h"

/* ---- given ---- */

static struct psrp_value *character_value(struct icm_arena *a, uint16_t character)
{
    struct psrp_value *v = psrp_value_new(a, PSRP_CHAR);

    if (v)
        v->as.u64 = character;
    return v;
}

struct psrp_value *psrp_host_key(struct icm_arena *a, int32_t virtual_key, uint16_t character, int32_t control_state,
                                 bool is_down)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "virtualKeyCode", psrp_value_i32(a, virtual_key)) &&
                 psrp_value_add_note(a, v, "character", character_value(a, character)) &&
                 psrp_value_add_note(a, v, "controlKeyState", psrp_value_i32(a, control_state)) &&
                 psrp_value_add_note(a, v, "keyDown", psrp_value_bool(a, is_down));
    return whole ? v : NULL;
}

struct psrp_value *psrp_host_answers(struct icm_arena *a)
{
    return psrp_value_hashtable(a);
}

struct psrp_value *psrp_host_numbers(struct icm_arena *a, const int32_t *numbers, size_t count)
{
    static const char *const types[] = {"System.Collections.ArrayList", "System.Object", NULL};
    struct psrp_value *list = psrp_value_typed(a, PSRP_LIST, types);

    for (size_t i = 0; list && i < count; i++)
        if (!psrp_value_add_item(a, list, psrp_value_i32(a, numbers[i])))
            return NULL;
    return list;
}

/* ---- taken ---- */

/* A text, which may be null or left out. */
static bool read_text(const struct psrp_value *value, struct icm_slice *out)
{
    *out = psrp_value_text_of(value);
    return !value || value->kind == PSRP_STRING || value->kind == PSRP_NIL;
}

bool psrp_host_read_field(const struct psrp_value *value, struct psrp_host_field *out)
{
    const struct psrp_value *name = psrp_value_member(value, "name"),
                            *mandatory = psrp_value_member(value, "isMandatory");
    struct psrp_host_field field = {.default_value = psrp_value_member(value, "defaultValue")};

    if (!name || name->kind != PSRP_STRING || !read_text(name, &field.name) ||
        !read_text(psrp_value_member(value, "label"), &field.label) ||
        !read_text(psrp_value_member(value, "helpMessage"), &field.help) ||
        !read_text(psrp_value_member(value, "parameterTypeFullName"), &field.type_name))
        return false;
    if (mandatory && mandatory->kind != PSRP_BOOL)
        return false;
    field.is_mandatory = mandatory && mandatory->as.boolean;
    if (field.default_value && field.default_value->kind == PSRP_NIL)
        field.default_value = NULL;
    *out = field;
    return true;
}

bool psrp_host_read_choice(const struct psrp_value *value, struct psrp_host_choice *out)
{
    const struct psrp_value *label = psrp_value_member(value, "label");
    struct psrp_host_choice choice;

    if (!label || label->kind != PSRP_STRING || !read_text(label, &choice.label) ||
        !read_text(psrp_value_member(value, "helpMessage"), &choice.help))
        return false;
    *out = choice;
    return true;
}
