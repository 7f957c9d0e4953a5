/* What each element of CLIXML means to the reader: one pair of handlers for each role. MS-PSRP 2.2.5. */
#include "psrp/clixml_reader.h"

enum { TYPE_NAMES_FIRST = 4 };

/* ---- the ends of values: where they go ---- */

static enum icm_code add_member(struct psrp_clixml_reader *r, struct psrp_member ***end, struct icm_slice name,
                                struct psrp_value *value, struct icm_error *err)
{
    struct psrp_member *member = icm_arena_take(r->arena, sizeof *member);

    if (!member)
        return icm_nomem(err);
    *member = (struct psrp_member){name, value, NULL};
    **end = member;
    *end = &member->next;
    return ICM_OK;
}

static enum icm_code put_result(struct psrp_clixml_reader *r, struct psrp_value *value, struct icm_error *err)
{
    if (r->want_all)
        return psrp_value_add_item(r->arena, r->result, value) ? ICM_OK : icm_nomem(err);
    if (!r->result)
        r->result = value;
    return ICM_OK;
}

static enum icm_code claim_base(struct psrp_clixml_frame *object, struct icm_error *err)
{
    if (object->has_base)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.2", "an Obj with a second base value");
    object->has_base = true;
    return ICM_OK;
}

/* An object that is open cannot be the base of one inside it: neither would ever be whole. */
static bool is_open(const struct psrp_clixml_reader *r, const struct psrp_value *value)
{
    for (const struct psrp_clixml_frame *frame = r->frames; frame <= r->top; frame++)
        if (frame->value == value)
            return true;
    return false;
}

static enum icm_code put_base(struct psrp_clixml_reader *r, struct psrp_clixml_frame *object, struct psrp_value *value,
                              struct icm_error *err)
{
    if (is_open(r, value))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.2", "an Obj that is its own base value");
    object->base = value;
    return claim_base(object, err);
}

static enum icm_code put_entry(struct psrp_clixml_frame *entry, bool is_key, struct psrp_value *value,
                               struct icm_error *err)
{
    struct psrp_value **place = is_key ? &entry->key : &entry->entry;

    if (*place)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.6", "an En with a second %s", is_key ? "Key" : "Value");
    if (is_key && value->kind == PSRP_NIL)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.6", "an En whose Key is null");
    *place = value;
    return ICM_OK;
}

/* Give a value that is whole to the element around it, the top one. */
static enum icm_code put(struct psrp_clixml_reader *r, const struct psrp_clixml_frame *done, struct psrp_value *value,
                         struct icm_error *err)
{
    struct psrp_clixml_frame *parent = r->top;

    switch (parent->type ? parent->type->opens : PSRP_IN_DOCUMENT) {
    case PSRP_IN_OBJ:
        return put_base(r, parent, value, err);
    case PSRP_IN_LIST:
        return psrp_value_add_item(r->arena, parent->value, value) ? ICM_OK : icm_nomem(err);
    case PSRP_IN_EN:
        return put_entry(parent, done->is_key, value, err);
    case PSRP_IN_PROPS:
        return add_member(r, &parent->value->object->adapted_end, done->name, value, err);
    case PSRP_IN_MS:
    case PSRP_IN_PR:
        return add_member(r, &parent->value->object->extended_end, done->name, value, err);
    default:
        return put_result(r, value, err);
    }
}

/* ---- texts ---- */

static enum icm_code take_text(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_slice *out,
                               struct icm_error *err)
{
    return psrp_clixml_text_copy(text, &r->decoded, r->arena, out, err);
}

enum icm_code psrp_clixml_take_name(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_slice *out,
                                    struct icm_error *err)
{
    enum icm_code code = take_text(r, text, out, err);

    if (code == ICM_OK && out->size > PSRP_CLIXML_NAME_MAX)
        return icm_fail(err, ICM_LIMIT, "MS-PSRP 2.2.5.3", "a name of %zu bytes, at most %d", out->size,
                        PSRP_CLIXML_NAME_MAX);
    return code;
}

/* Without encryption (protocol 2.4) these are somebody's password. */
static void wipe_secret(struct psrp_clixml_reader *r)
{
    if (r->text.data)
        explicit_bzero(r->text.data, r->text.size);
    if (r->decoded.data)
        explicit_bzero(r->decoded.data, r->decoded.size);
}

static enum icm_code end_scalar(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    struct psrp_value *value = psrp_value_new(r->arena, done->type->kind);

    if (!value)
        return icm_nomem(err);
    enum icm_code code =
        psrp_clixml_scalar_read(done->type, icm_buf_slice(&r->text), &r->decoded, r->arena, value, err);
    if (done->type->kind == PSRP_SECURESTRING)
        wipe_secret(r);
    return code == ICM_OK ? put(r, done, value, err) : code;
}

/* ---- attributes ---- */

bool psrp_clixml_attribute(const struct psrp_clixml_attributes *attributes, const char *name, struct icm_slice *out)
{
    for (size_t i = 0; i < attributes->count; i++)
        if (strcmp(attributes->first[i].name, name) == 0 && attributes->first[i].namespace_uri[0] == '\0') {
            *out = attributes->first[i].value;
            return true;
        }
    return false;
}

/* The RefId, where there is one: digits, and no more than an Int32 holds, as in the engine. */
static enum icm_code read_id(const char *element, const struct psrp_clixml_attributes *attributes, bool *found,
                             uint32_t *out, struct icm_error *err)
{
    struct icm_slice text;
    uint64_t id;
    char part[PSRP_CLIXML_SHOWN];

    *found = psrp_clixml_attribute(attributes, "RefId", &text);
    if (!*found)
        return ICM_OK;
    if (!icm_parse_u64(text, INT32_MAX, &id))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.1", "%s with RefId \"%s\", not a number up to %d", element,
                        psrp_clixml_shown(text, part), INT32_MAX);
    *out = (uint32_t)id;
    return ICM_OK;
}

static enum icm_code register_id(struct psrp_clixml_ids *ids, const char *element,
                                 const struct psrp_clixml_attributes *attributes, void *value, struct icm_error *err)
{
    bool found;
    uint32_t id = 0;
    enum icm_code code = read_id(element, attributes, &found, &id, err);

    if (code != ICM_OK || !found)
        return code;
    return psrp_clixml_ids_set(ids, id, value) ? ICM_OK : icm_nomem(err);
}

static enum icm_code resolve_id(const struct psrp_clixml_ids *ids, const char *element,
                                const struct psrp_clixml_attributes *attributes, void **out, struct icm_error *err)
{
    bool found;
    uint32_t id = 0;
    enum icm_code code = read_id(element, attributes, &found, &id, err);

    if (code != ICM_OK)
        return code;
    if (!found)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.1", "%s without RefId", element);
    void *value = psrp_clixml_ids_get(ids, id);
    if (!value)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.1", "%s to %u, which no element before it has", element, id);
    *out = value;
    return ICM_OK;
}

/* ---- the starts and ends of elements by their role ---- */

static struct psrp_value *parent_value(const struct psrp_clixml_reader *r)
{
    return r->top[-1].value;
}

static enum icm_code start_object(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                  struct icm_error *err)
{
    r->top->value = psrp_value_new(r->arena, PSRP_OBJECT);
    if (!r->top->value)
        return icm_nomem(err);
    r->depth++;
    return register_id(&r->objects, "Obj", attributes, r->top->value, err);
}

/* An Obj whose base is an Obj: what the inner one says counts where the outer one says nothing. */
static void inherit(struct psrp_object *outer, const struct psrp_object *inner)
{
    if (!outer->types)
        outer->types = inner->types;
    if (!outer->has_to_string) {
        outer->has_to_string = inner->has_to_string;
        outer->to_string = inner->to_string;
    }
    if (outer->adapted || outer->extended)
        return;
    outer->adapted = inner->adapted;
    outer->extended = inner->extended;
    outer->adapted_end = inner->adapted ? inner->adapted_end : &outer->adapted;
    outer->extended_end = inner->extended ? inner->extended_end : &outer->extended;
}

static void take_base(struct psrp_value *value, const struct psrp_value *base)
{
    value->kind = base->kind;
    value->as = base->as;
    if (base->object)
        inherit(value->object, base->object);
}

static enum icm_code end_object(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    r->depth--;
    if (done->base)
        take_base(done->value, done->base);
    return put(r, done, done->value, err);
}

static enum icm_code start_container(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                     struct icm_error *err)
{
    struct psrp_value *value = parent_value(r);
    enum psrp_kind kind = r->top->type->kind;

    r->top->value = value;
    if (!psrp_value_become_container(r->arena, value, kind))
        return icm_nomem(err);
    return claim_base(r->top - 1, err);
}

static enum icm_code end_nothing(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    return ICM_OK;
}

static enum icm_code start_reference(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                     struct icm_error *err)
{
    void *value = NULL;
    enum icm_code code = resolve_id(&r->objects, "Ref", attributes, &value, err);

    if (code == ICM_OK)
        r->top->value = value;
    return code;
}

static enum icm_code end_reference(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    return put(r, done, done->value, err);
}

static enum icm_code start_type_names(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                      struct icm_error *err)
{
    struct psrp_type_names *types = icm_arena_take(r->arena, sizeof *types);

    if (!types)
        return icm_nomem(err);
    r->top->types = types;
    parent_value(r)->object->types = types;
    return register_id(&r->types, "TN", attributes, types, err);
}

static enum icm_code start_type_reference(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                          struct icm_error *err)
{
    void *types = NULL;
    enum icm_code code = resolve_id(&r->types, "TNRef", attributes, &types, err);

    if (code == ICM_OK)
        parent_value(r)->object->types = types;
    return code;
}

static enum icm_code add_type_name(struct psrp_clixml_reader *r, struct psrp_clixml_frame *list, struct icm_error *err)
{
    struct psrp_type_names *types = list->types;

    if (types->count == list->types_room) {
        size_t room = types->count ? types->count * 2 : TYPE_NAMES_FIRST;
        struct icm_slice *names = icm_arena_take(r->arena, room * sizeof *names);
        if (!names)
            return icm_nomem(err);
        if (types->count > 0)
            memcpy(names, types->names, types->count * sizeof *names);
        types->names = names;
        list->types_room = room;
    }
    enum icm_code code = psrp_clixml_take_name(r, icm_buf_slice(&r->text), &types->names[types->count], err);
    if (code == ICM_OK)
        types->count++;
    return code;
}

static enum icm_code add_progress_type(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done,
                                       struct icm_error *err)
{
    static const char *const states[] = {"Processing", "Completed"};
    struct icm_slice text = icm_buf_slice(&r->text);
    char part[PSRP_CLIXML_SHOWN];

    for (int i = 0; i < (int)ICM_COUNT(states); i++) {
        if (!icm_slice_is(text, states[i]))
            continue;
        struct psrp_value *value =
            psrp_value_enum(r->arena, "System.Management.Automation.ProgressRecordType", i, states[i]);
        done->name = icm_slice_text("Type");
        return value ? put(r, done, value, err) : icm_nomem(err);
    }
    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.1.25", "T is \"%s\", not Processing or Completed",
                    psrp_clixml_shown(text, part));
}

static enum icm_code end_type_name(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    return r->top->type->opens == PSRP_IN_PR ? add_progress_type(r, done, err) : add_type_name(r, r->top, err);
}

static enum icm_code end_to_string(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    struct psrp_object *object = r->top->value->object;

    object->has_to_string = true;
    return take_text(r, icm_buf_slice(&r->text), &object->to_string, err);
}

/* Props and MS of an Obj are its own; an MS inside an MS is a member set, which becomes an object. */
static enum icm_code start_members(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                   struct icm_error *err)
{
    r->top->value = parent_value(r);
    if (r->top[-1].type->opens != PSRP_IN_MS)
        return ICM_OK;
    r->depth++;
    r->top->value = psrp_value_new(r->arena, PSRP_OBJECT);
    return r->top->value ? ICM_OK : icm_nomem(err);
}

static enum icm_code end_members(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    if (r->top->type->opens != PSRP_IN_MS)
        return ICM_OK;
    r->depth--;
    return put(r, done, done->value, err);
}

static enum icm_code start_entry(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                 struct icm_error *err)
{
    r->top->value = parent_value(r);
    return ICM_OK;
}

static enum icm_code end_entry(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    if (!done->key || !done->entry)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.6", "an En without %s", done->key ? "Value" : "Key");
    return psrp_value_add_entry(r->arena, done->value, done->key, done->entry) ? ICM_OK : icm_nomem(err);
}

static enum icm_code start_progress(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                    struct icm_error *err)
{
    static const char *const types[] = {"System.Management.Automation.ProgressRecord", "System.Object", NULL};

    r->depth++;
    r->top->value = psrp_value_object(r->arena, types);
    return r->top->value ? ICM_OK : icm_nomem(err);
}

static enum icm_code start_objects(struct psrp_clixml_reader *r, const struct psrp_clixml_attributes *attributes,
                                   struct icm_error *err)
{
    struct icm_slice version;
    char part[PSRP_CLIXML_SHOWN];

    if (!psrp_clixml_attribute(attributes, "Version", &version))
        return ICM_OK;
    if (!psrp_clixml_is_version(version) || version.data[0] != '1' || version.data[1] != '.')
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5", "Objs of version \"%s\", not 1",
                        psrp_clixml_shown(version, part));
    struct icm_slice minor = icm_slice_from(version, 2);
    r->lenient = !(minor.data[0] <= '1' && (minor.size == 1 || minor.data[1] == '.'));
    return ICM_OK;
}

const struct psrp_clixml_handlers psrp_clixml_roles[PSRP_ROLE_COUNT] = {
    [PSRP_ROLE_SCALAR] = {NULL, end_scalar},
    [PSRP_ROLE_CONTAINER] = {start_container, end_nothing},
    [PSRP_ROLE_OBJECT] = {start_object, end_object},
    [PSRP_ROLE_OBJECTS] = {start_objects, end_nothing},
    [PSRP_ROLE_REFERENCE] = {start_reference, end_reference},
    [PSRP_ROLE_TYPE_NAMES] = {start_type_names, end_nothing},
    [PSRP_ROLE_TYPE_NAME] = {NULL, end_type_name},
    [PSRP_ROLE_TYPE_REFERENCE] = {start_type_reference, end_nothing},
    [PSRP_ROLE_TO_STRING] = {NULL, end_to_string},
    [PSRP_ROLE_MEMBERS] = {start_members, end_members},
    [PSRP_ROLE_ENTRY] = {start_entry, end_entry},
    [PSRP_ROLE_PROGRESS] = {start_progress, end_object},
};
