/* Building values and looking into them; value_text.c gives their text. */
#include "psrp/value.h"

static struct psrp_object *object_of(struct icm_arena *a, struct psrp_value *value)
{
    if (value->object)
        return value->object;
    struct psrp_object *object = icm_arena_take(a, sizeof *object);
    if (!object)
        return NULL;
    object->adapted_end = &object->adapted;
    object->extended_end = &object->extended;
    value->object = object;
    return object;
}

bool psrp_value_become_container(struct icm_arena *a, struct psrp_value *value, enum psrp_kind kind)
{
    value->kind = kind;
    if (kind == PSRP_DICTIONARY) {
        struct psrp_dictionary *dictionary = icm_arena_take(a, sizeof *dictionary);

        if (dictionary)
            dictionary->end = &dictionary->first;
        value->as.dictionary = dictionary;
        return dictionary;
    }
    struct psrp_list *list = icm_arena_take(a, sizeof *list);
    if (list)
        list->end = &list->first;
    value->as.list = list;
    return list;
}

struct psrp_value *psrp_value_new(struct icm_arena *a, enum psrp_kind kind)
{
    struct psrp_value *value = icm_arena_take(a, sizeof *value);

    if (!value)
        return NULL;
    value->kind = kind;
    if (kind < PSRP_LIST)
        return value;
    if (kind != PSRP_OBJECT && !psrp_value_become_container(a, value, kind))
        return NULL;
    return object_of(a, value) ? value : NULL;
}

struct psrp_value *psrp_value_nil(struct icm_arena *a)
{
    return psrp_value_new(a, PSRP_NIL);
}

struct psrp_value *psrp_value_bool(struct icm_arena *a, bool flag)
{
    struct psrp_value *value = psrp_value_new(a, PSRP_BOOL);

    if (value)
        value->as.boolean = flag;
    return value;
}

static struct psrp_value *new_signed(struct icm_arena *a, enum psrp_kind kind, int64_t number)
{
    struct psrp_value *value = psrp_value_new(a, kind);

    if (value)
        value->as.i64 = number;
    return value;
}

struct psrp_value *psrp_value_i32(struct icm_arena *a, int32_t number)
{
    return new_signed(a, PSRP_I32, number);
}

struct psrp_value *psrp_value_i64(struct icm_arena *a, int64_t number)
{
    return new_signed(a, PSRP_I64, number);
}

struct psrp_value *psrp_value_double(struct icm_arena *a, double number)
{
    struct psrp_value *value = psrp_value_new(a, PSRP_DOUBLE);

    if (value)
        value->as.number = number;
    return value;
}

struct psrp_value *psrp_value_text(struct icm_arena *a, enum psrp_kind kind, struct icm_slice text)
{
    struct psrp_value *value = psrp_value_new(a, kind);

    return value && icm_arena_copy(a, text, &value->as.text) ? value : NULL;
}

struct psrp_value *psrp_value_string(struct icm_arena *a, const char *text)
{
    return text ? psrp_value_text(a, PSRP_STRING, icm_slice_text(text)) : NULL;
}

static struct psrp_type_names *new_types(struct icm_arena *a, const char *const *names)
{
    struct psrp_type_names *types = icm_arena_take(a, sizeof *types);

    if (!types)
        return NULL;
    while (names[types->count])
        types->count++;
    types->names = icm_arena_take(a, types->count * sizeof *types->names);
    if (!types->names)
        return NULL;
    for (size_t i = 0; i < types->count; i++)
        types->names[i] = icm_slice_text(names[i]);
    return types;
}

struct psrp_value *psrp_value_typed(struct icm_arena *a, enum psrp_kind kind, const char *const *types)
{
    struct psrp_value *value = psrp_value_new(a, kind);

    if (!value || !types)
        return value;
    if (!object_of(a, value))
        return NULL;
    value->object->types = new_types(a, types);
    return value->object->types ? value : NULL;
}

struct psrp_value *psrp_value_secure(struct icm_arena *a, struct icm_slice text)
{
    struct psrp_value *value = psrp_value_text(a, PSRP_SECURESTRING, text);

    if (value)
        value->is_clear = true;
    return value;
}

struct psrp_value *psrp_value_credential(struct icm_arena *a, struct icm_slice user, struct icm_slice password)
{
    static const char *const types[] = {"System.Management.Automation.PSCredential", "System.Object", NULL};
    struct psrp_value *value = psrp_value_object(a, types);

    if (!value)
        return NULL;
    value->object->has_to_string = true;
    value->object->to_string = icm_slice_text(types[0]);
    bool whole = psrp_value_add_property(a, value, "UserName", psrp_value_text(a, PSRP_STRING, user)) &&
                 psrp_value_add_property(a, value, "Password", psrp_value_secure(a, password));
    return whole ? value : NULL;
}

struct psrp_value *psrp_value_object(struct icm_arena *a, const char *const *types)
{
    return psrp_value_typed(a, PSRP_OBJECT, types);
}

struct psrp_value *psrp_value_custom_object(struct icm_arena *a)
{
    static const char *const types[] = {"System.Management.Automation.PSCustomObject", "System.Object", NULL};

    return psrp_value_typed(a, PSRP_OBJECT, types);
}

struct psrp_value *psrp_value_array(struct icm_arena *a)
{
    static const char *const types[] = {"System.Object[]", "System.Array", "System.Object", NULL};

    return psrp_value_typed(a, PSRP_LIST, types);
}

struct psrp_value *psrp_value_hashtable(struct icm_arena *a)
{
    static const char *const types[] = {"System.Collections.Hashtable", "System.Object", NULL};

    return psrp_value_typed(a, PSRP_DICTIONARY, types);
}

struct psrp_value *psrp_value_primitive_dictionary(struct icm_arena *a)
{
    static const char *const types[] = {"System.Management.Automation.PSPrimitiveDictionary",
                                        "System.Collections.Hashtable", "System.Object", NULL};

    return psrp_value_typed(a, PSRP_DICTIONARY, types);
}

struct psrp_value *psrp_value_enum(struct icm_arena *a, const char *type, int32_t number, const char *text)
{
    const char *const types[] = {type, "System.Enum", "System.ValueType", "System.Object", NULL};
    struct psrp_value *value = psrp_value_i32(a, number);

    if (!value || !type || !text || !object_of(a, value))
        return NULL;
    value->object->types = new_types(a, types);
    value->object->has_to_string = true;
    return value->object->types && icm_arena_copy(a, icm_slice_text(text), &value->object->to_string) ? value : NULL;
}

/* a second place in a tree makes it shared */
static void hold(struct psrp_value *value)
{
    value->is_shared = value->is_held;
    value->is_held = true;
}

bool psrp_value_add_item(struct icm_arena *a, struct psrp_value *list, struct psrp_value *value)
{
    struct psrp_item *item = list && value ? icm_arena_take(a, sizeof *item) : NULL;

    if (!item)
        return false;
    hold(value);
    item->value = value;
    *list->as.list->end = item;
    list->as.list->end = &item->next;
    list->as.list->count++;
    return true;
}

bool psrp_value_add_entry(struct icm_arena *a, struct psrp_value *dictionary, struct psrp_value *key,
                          struct psrp_value *value)
{
    struct psrp_entry *entry = dictionary && key && value ? icm_arena_take(a, sizeof *entry) : NULL;

    if (!entry)
        return false;
    hold(key);
    hold(value);
    entry->key = key;
    entry->value = value;
    *dictionary->as.dictionary->end = entry;
    dictionary->as.dictionary->end = &entry->next;
    dictionary->as.dictionary->count++;
    return true;
}

static bool add_member(struct icm_arena *a, struct psrp_member ***end, const char *name, struct psrp_value *value)
{
    struct psrp_member *member = icm_arena_take(a, sizeof *member);

    if (!member || !icm_arena_copy(a, icm_slice_text(name), &member->name))
        return false;
    hold(value);
    member->value = value;
    **end = member;
    *end = &member->next;
    return true;
}

bool psrp_value_add_note(struct icm_arena *a, struct psrp_value *object, const char *name, struct psrp_value *value)
{
    return object && value && object_of(a, object) && add_member(a, &object->object->extended_end, name, value);
}

bool psrp_value_add_property(struct icm_arena *a, struct psrp_value *object, const char *name, struct psrp_value *value)
{
    return object && value && object_of(a, object) && add_member(a, &object->object->adapted_end, name, value);
}

static const struct psrp_value *last_member(const struct psrp_member *member, struct icm_slice name)
{
    const struct psrp_value *found = NULL;

    for (; member; member = member->next)
        if (icm_slice_equal_nocase(member->name, name))
            found = member->value;
    return found;
}

const struct psrp_value *psrp_value_find(const struct psrp_value *value, struct icm_slice name)
{
    if (!value || !value->object)
        return NULL;
    const struct psrp_value *found = last_member(value->object->extended, name);
    return found ? found : last_member(value->object->adapted, name);
}

const struct psrp_value *psrp_value_member(const struct psrp_value *value, const char *name)
{
    return psrp_value_find(value, icm_slice_text(name));
}

const struct psrp_value *psrp_value_entry(const struct psrp_value *dictionary, const char *key)
{
    const struct psrp_value *found = NULL; /* but for case */
    struct icm_slice wanted = icm_slice_text(key);

    if (!dictionary || dictionary->kind != PSRP_DICTIONARY)
        return NULL;
    for (const struct psrp_entry *entry = dictionary->as.dictionary->first; entry; entry = entry->next) {
        if (entry->key->kind != PSRP_STRING)
            continue;
        if (icm_slice_equal(entry->key->as.text, wanted))
            return entry->value;
        if (icm_slice_equal_nocase(entry->key->as.text, wanted))
            found = entry->value;
    }
    return found;
}

bool psrp_value_integer(const struct psrp_value *value, int64_t *out)
{
    switch (value ? value->kind : PSRP_NIL) {
    case PSRP_I8:
    case PSRP_I16:
    case PSRP_I32:
    case PSRP_I64:
        *out = value->as.i64;
        return true;
    case PSRP_U8:
    case PSRP_U16:
    case PSRP_U32:
    case PSRP_U64:
        if (value->as.u64 > INT64_MAX)
            return false;
        *out = (int64_t)value->as.u64;
        return true;
    default:
        return false;
    }
}

struct icm_slice psrp_value_text_of(const struct psrp_value *value)
{
    switch (value ? value->kind : PSRP_NIL) {
    case PSRP_STRING:
    case PSRP_DATETIME:
    case PSRP_TIMESPAN:
    case PSRP_DECIMAL:
    case PSRP_GUID:
    case PSRP_URI:
    case PSRP_VERSION:
    case PSRP_XML:
    case PSRP_SCRIPTBLOCK:
        return value->as.text;
    default:
        return icm_slice_of(NULL, 0);
    }
}

bool psrp_value_is_type(const struct psrp_value *value, const char *type)
{
    const struct icm_slice prefix = icm_slice_text("Deserialized."), wanted = icm_slice_text(type);
    const struct psrp_type_names *types = value && value->object ? value->object->types : NULL;

    for (size_t i = 0; types && i < types->count; i++) {
        struct icm_slice name = types->names[i];

        if (icm_slice_equal_nocase(name, wanted))
            return true;
        if (name.size > prefix.size && icm_slice_equal_nocase(icm_slice_of(name.data, prefix.size), prefix) &&
            icm_slice_equal_nocase(icm_slice_from(name, prefix.size), wanted))
            return true;
    }
    return false;
}
