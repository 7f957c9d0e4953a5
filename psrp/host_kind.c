#include "psrp/host_kind.h"

static bool is_anything(const struct psrp_value *value)
{
    return true;
}

static bool is_text(const struct psrp_value *value)
{
    return value->kind == PSRP_STRING || value->kind == PSRP_NIL;
}

static bool is_number(const struct psrp_value *value)
{
    int64_t number;

    return psrp_value_integer(value, &number);
}

static bool is_flag(const struct psrp_value *value)
{
    return value->kind == PSRP_BOOL;
}

static bool is_version(const struct psrp_value *value)
{
    return value->kind == PSRP_VERSION;
}

static bool is_identity(const struct psrp_value *value)
{
    return value->kind == PSRP_GUID;
}

static bool is_secret(const struct psrp_value *value)
{
    return value->kind == PSRP_SECURESTRING || value->kind == PSRP_NIL;
}

static bool is_coordinates(const struct psrp_value *value)
{
    struct psrp_coordinates c;

    return psrp_host_read_coordinates(value, &c);
}

static bool is_size(const struct psrp_value *value)
{
    struct psrp_size s;

    return psrp_host_read_size(value, &s);
}

static bool has_numbers(const struct psrp_value *value, const char *const *names, size_t count)
{
    bool has_all = true;

    for (size_t i = 0; has_all && i < count; i++) {
        const struct psrp_value *member = psrp_value_member(value, names[i]);
        has_all = member && is_number(member);
    }
    return has_all;
}

static bool is_rectangle(const struct psrp_value *value)
{
    static const char *const sides[] = {"left", "top", "right", "bottom"};

    return has_numbers(value, sides, ICM_COUNT(sides));
}

static bool is_cell(const struct psrp_value *value)
{
    static const char *const colours[] = {"foregroundColor", "backgroundColor", "bufferCellType"};

    return psrp_value_member(value, "character") && has_numbers(value, colours, ICM_COUNT(colours));
}

/* An array of several dimensions: its elements and its lengths. The real engine writes Nil for it, too.
 * MS-PSRP 2.2.6.1.4 */
static bool is_cells(const struct psrp_value *value)
{
    return value->kind == PSRP_NIL || (psrp_value_member(value, "mae") && psrp_value_member(value, "mal"));
}

static bool is_key(const struct psrp_value *value)
{
    static const char *const numbers[] = {"virtualKeyCode", "controlKeyState"};

    return has_numbers(value, numbers, ICM_COUNT(numbers)) && psrp_value_member(value, "character") &&
           psrp_value_member(value, "keyDown");
}

static bool is_record(const struct psrp_value *value)
{
    return psrp_value_member(value, "Activity") && psrp_value_member(value, "ActivityId");
}

static bool is_each(const struct psrp_value *value, bool (*is_one)(const struct psrp_value *item))
{
    bool holds = value->kind == PSRP_LIST || value->kind == PSRP_ENUMERABLE;

    for (const struct psrp_item *i = holds ? value->as.list->first : NULL; holds && i; i = i->next)
        holds = is_one(i->value);
    return holds;
}

static bool is_field(const struct psrp_value *value)
{
    struct psrp_host_field field;

    return psrp_host_read_field(value, &field);
}

static bool is_choice(const struct psrp_value *value)
{
    struct psrp_host_choice choice;

    return psrp_host_read_choice(value, &choice);
}

static bool are_fields(const struct psrp_value *value)
{
    return is_each(value, is_field);
}

static bool are_choices(const struct psrp_value *value)
{
    return is_each(value, is_choice);
}

static bool are_numbers(const struct psrp_value *value)
{
    const struct psrp_value *elements = psrp_value_member(value, "mae");

    return value->kind == PSRP_NIL || is_each(elements ? elements : value, is_number);
}

static bool are_answers(const struct psrp_value *value)
{
    return value->kind == PSRP_DICTIONARY;
}

static bool is_credential(const struct psrp_value *value)
{
    return value->kind == PSRP_NIL || (psrp_value_member(value, "UserName") && psrp_value_member(value, "Password"));
}

/* PSRP_HOST_NOTHING has no row of its own: it is nowhere asked for */
static const struct {
    const char *words;
    bool (*is)(const struct psrp_value *value);
} kinds[] = {
    [PSRP_HOST_ANYTHING] = {"anything", is_anything},
    [PSRP_HOST_TEXT] = {"text", is_text},
    [PSRP_HOST_NUMBER] = {"number", is_number},
    [PSRP_HOST_FLAG] = {"boolean", is_flag},
    [PSRP_HOST_VERSION] = {"version", is_version},
    [PSRP_HOST_IDENTITY] = {"GUID", is_identity},
    [PSRP_HOST_SECRET] = {"SecureString", is_secret},
    [PSRP_HOST_PAIR_XY] = {"Coordinates", is_coordinates},
    [PSRP_HOST_PAIR_SIZE] = {"Size", is_size},
    [PSRP_HOST_RECTANGLE] = {"Rectangle", is_rectangle},
    [PSRP_HOST_CELL] = {"BufferCell", is_cell},
    [PSRP_HOST_CELLS] = {"array of BufferCell", is_cells},
    [PSRP_HOST_KEY] = {"KeyInfo", is_key},
    [PSRP_HOST_RECORD] = {"ProgressRecord", is_record},
    [PSRP_HOST_FIELDS] = {"list of FieldDescription", are_fields},
    [PSRP_HOST_CHOICES] = {"list of ChoiceDescription", are_choices},
    [PSRP_HOST_NUMBERS] = {"list of numbers", are_numbers},
    [PSRP_HOST_ANSWERS] = {"dictionary", are_answers},
    [PSRP_HOST_CREDENTIAL] = {"PSCredential", is_credential},
};

bool psrp_host_kind_holds(enum psrp_host_kind kind, const struct psrp_value *value)
{
    return kinds[kind].is && kinds[kind].is(value);
}

const char *psrp_host_kind_words(enum psrp_host_kind kind)
{
    return kinds[kind].words;
}
