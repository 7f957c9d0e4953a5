/* What each element of CLIXML means to the reader: one pair of handlers for each role. MS-PSRP 2.2.5. */
#include "psrp/clixml_reader.h"

#include <stdlib.h>

enum { TYPE_NAMES_FIRST = 32 };

/* ---- the ends of values: where they go ---- */

/* One more place holds @value. */
static void hold(struct psrp_value *value)
{
    value->is_shared = value->is_shared || value->is_held;
    value->is_held = true;
}

static enum icm_code add_member(struct psrp_clixml_reader *r, struct psrp_member ***end, struct icm_slice name,
                                struct psrp_value *value, struct icm_error *err)
{
    struct psrp_member *member = icm_arena_take_unset(r->arena, sizeof *member);

    if (!member)
        return icm_nomem(err);
    hold(value);
    *member = (struct psrp_member){name, value, NULL};
    **end = member;
    *end = &member->next;
    return ICM_OK;
}

static enum icm_code put_result(struct psrp_clixml_reader *r, const struct psrp_clixml_frame *done,
                                struct psrp_value *value, struct icm_error *err)
{
    if (done->origin != PSRP_ORIGIN_NONE)
        value->origin = done->origin;
    if (r->want_all)
        return psrp_value_add_item(r->arena, r->result, value) ? ICM_OK : icm_nomem(err);
    if (!r->result || (r->is_result_unknown && done->type)) {
        r->result = value;
        r->is_result_unknown = !done->type;
    }
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

enum icm_code psrp_clixml_put(struct psrp_clixml_reader *r, const struct psrp_clixml_frame *done,
                              struct psrp_value *value, struct icm_error *err)
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
        return put_result(r, done, value, err);
    }
}

/* ---- texts ---- */

enum icm_code psrp_clixml_take_text(struct psrp_clixml_reader *r, struct icm_slice text, bool is_plain,
                                    struct icm_slice *out, struct icm_error *err)
{
    if (text.size == 0)
        *out = icm_slice_of("", 0);
    else if ((!is_plain && psrp_clixml_has_escape(text)) || !psrp_clixml_is_lasting(r, text))
        return psrp_clixml_text_copy(text, &r->decoded, r->arena, out, err);
    else
        *out = text;
    return ICM_OK;
}

enum icm_code psrp_clixml_take_name(struct psrp_clixml_reader *r, struct icm_slice text, bool is_plain,
                                    struct icm_slice *out, struct icm_error *err)
{
    enum icm_code code = psrp_clixml_take_text(r, text, is_plain, out, err);

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

/* Of a document of Export-Clixml's the engine reads no empty secret; in a message it is one that needs no encryption.
 */
static enum icm_code check_secret(const struct psrp_clixml_reader *r, const struct psrp_value *value,
                                  struct icm_error *err)
{
    if (value->kind != PSRP_SECURESTRING || value->as.text.size > 0 || !r->has_root)
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.1.24",
                    "SS is empty, which the text of a secret never is in a document");
}

static enum icm_code read_text(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct psrp_value *value,
                               struct icm_error *err)
{
    const struct psrp_clixml_type *type = done->type;

    if (type->form == PSRP_FORM_NONE)
        return ICM_OK;
    if (type->form == PSRP_FORM_ESCAPED)
        return psrp_clixml_take_text(r, psrp_clixml_text(r), r->is_plain, &value->as.text, err);
    struct icm_slice text = psrp_clixml_text(r);
    bool is_lasting = psrp_clixml_is_lasting(r, text);
    enum icm_code code = psrp_clixml_scalar_read(type, text, is_lasting, &r->decoded, r->arena, value, err);
    if (type->kind != PSRP_SECURESTRING)
        return code;
    wipe_secret(r);
    return code == ICM_OK ? check_secret(r, value, err) : code;
}

/* The base value of an Obj is the Obj's own. */
static enum icm_code end_base(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    enum icm_code code = claim_base(r->top, err);

    r->top->value->kind = done->type->kind;
    return code == ICM_OK ? read_text(r, done, r->top->value, err) : code;
}

static enum icm_code end_scalar(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    if (r->top->type && r->top->type->opens == PSRP_IN_OBJ)
        return end_base(r, done, err);
    struct psrp_value *value = icm_arena_take_unset(r->arena, sizeof *value);
    if (!value)
        return icm_nomem(err);
    *value = (struct psrp_value){.kind = done->type->kind};
    enum icm_code code = read_text(r, done, value, err);
    return code == ICM_OK ? psrp_clixml_put(r, done, value, err) : code;
}

/* ---- attributes ---- */

static enum icm_code bad_id(const struct psrp_clixml_frame *frame, struct icm_slice text, struct icm_error *err)
{
    char part[PSRP_CLIXML_SHOWN];

    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.1", "%s with RefId \"%s\", not a number up to %d",
                    frame->type->name, psrp_clixml_shown(text, part), INT32_MAX);
}

/* The RefId, where there is one: digits, and no more than an Int32 holds, as in the engine. */
static enum icm_code read_id(struct psrp_clixml_frame *frame, const struct psrp_clixml_tag *tag, struct icm_error *err)
{
    const struct psrp_clixml_attribute *attribute = psrp_clixml_attribute(tag, "RefId");
    uint64_t id;

    frame->has_id = attribute;
    if (!attribute)
        return ICM_OK;
    if (!icm_parse_u64(attribute->value, INT32_MAX, &id))
        return bad_id(frame, attribute->value, err);
    frame->id = (uint32_t)id;
    return ICM_OK;
}

static enum icm_code begin_id(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag, struct icm_error *err)
{
    r->top->begun = psrp_clixml_charged(r);
    return read_id(r->top, tag, err);
}

/* The element is whole: what it costs to come by it once more. */
static void weigh(const struct psrp_clixml_reader *r, const struct psrp_clixml_ids *ids,
                  const struct psrp_clixml_frame *done, const void *value)
{
    struct psrp_clixml_id *slot = done->has_id ? psrp_clixml_ids_get(ids, done->id) : NULL;
    uint64_t weight = psrp_clixml_charged(r) - done->begun;

    if (slot && slot->value == value) /* and not of a later element of the same id */
        slot->weight = weight < UINT32_MAX ? (uint32_t)weight : UINT32_MAX;
}

/* One that is open still costs nothing: it makes a cycle, which who walks a tree has to notice anyway. */
static enum icm_code charge(struct psrp_clixml_reader *r, const struct psrp_clixml_id *slot, struct icm_error *err)
{
    const uint64_t most = (uint64_t)r->document.size * PSRP_CLIXML_REFERENCED_TIMES + PSRP_CLIXML_REFERENCED_MORE;

    r->referenced += slot->weight;
    if (r->referenced <= most)
        return ICM_OK;
    return icm_fail(err, ICM_LIMIT, "MS-PSRP 2.2.5.2.1", "references that stand for more than %llu bytes",
                    (unsigned long long)most);
}

static enum icm_code resolve_id(struct psrp_clixml_reader *r, const struct psrp_clixml_ids *ids,
                                const struct psrp_clixml_tag *tag, void **out, struct icm_error *err)
{
    struct psrp_clixml_frame *frame = r->top;
    enum icm_code code = read_id(frame, tag, err);

    if (code != ICM_OK)
        return code;
    if (!frame->has_id)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.1", "%s without RefId", frame->type->name);
    frame->has_id = false; /* it is another element's */
    const struct psrp_clixml_id *slot = psrp_clixml_ids_get(ids, frame->id);
    if (!slot)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.1", "%s to %u, which no element before it has",
                        frame->type->name, frame->id);
    *out = slot->value;
    return charge(r, slot, err);
}

/* ---- the starts and ends of elements by their role ---- */

static struct psrp_value *parent_value(const struct psrp_clixml_reader *r)
{
    return r->top[-1].value;
}

static enum icm_code start_object(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                  struct icm_error *err)
{
    r->top->value = psrp_value_new(r->arena, PSRP_OBJECT);
    if (!r->top->value)
        return icm_nomem(err);
    r->depth++;
    enum icm_code code = begin_id(r, tag, err);
    if (code != ICM_OK || !r->top->has_id)
        return code;
    return psrp_clixml_ids_set(&r->objects, r->top->id, r->top->value) ? ICM_OK : icm_nomem(err);
}

/* The inner object's members in front of the outer one's, which count where names are the same. */
static enum icm_code join(struct psrp_clixml_reader *r, struct psrp_member **first, struct psrp_member ***end,
                          const struct psrp_member *inner, struct icm_error *err)
{
    struct psrp_member *outer = *first, **place = first;

    for (; inner; inner = inner->next, place = &(*place)->next) {
        *place = icm_arena_take(r->arena, sizeof **place);
        if (!*place)
            return icm_nomem(err);
        **place = (struct psrp_member){inner->name, inner->value, NULL};
    }
    *place = outer;
    if (!outer)
        *end = place;
    return ICM_OK;
}

/* An Obj whose base is an Obj: of types and text what the inner one says counts where the outer one says nothing. */
static enum icm_code inherit(struct psrp_clixml_reader *r, struct psrp_object *outer, const struct psrp_object *inner,
                             struct icm_error *err)
{
    if (!outer->types)
        outer->types = inner->types;
    if (!outer->has_to_string) {
        outer->has_to_string = inner->has_to_string;
        outer->to_string = inner->to_string;
    }
    enum icm_code code = join(r, &outer->adapted, &outer->adapted_end, inner->adapted, err);
    return code == ICM_OK ? join(r, &outer->extended, &outer->extended_end, inner->extended, err) : code;
}

static enum icm_code take_base(struct psrp_clixml_reader *r, struct psrp_value *value, const struct psrp_value *base,
                               struct icm_error *err)
{
    value->kind = base->kind;
    value->as = base->as;
    return base->object ? inherit(r, value->object, base->object, err) : ICM_OK;
}

static enum icm_code end_object(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    r->depth--;
    weigh(r, &r->objects, done, done->value);
    enum icm_code code = done->base ? take_base(r, done->value, done->base, err) : ICM_OK;
    return code == ICM_OK ? psrp_clixml_put(r, done, done->value, err) : code;
}

static enum icm_code start_container(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
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

static enum icm_code start_reference(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                     struct icm_error *err)
{
    void *value = NULL;
    enum icm_code code = resolve_id(r, &r->objects, tag, &value, err);

    if (code != ICM_OK)
        return code;
    r->top->value = value;
    r->top->value->is_held = r->top->value->is_shared = true; /* the element itself is the other place */
    return ICM_OK;
}

static enum icm_code end_reference(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    return psrp_clixml_put(r, done, done->value, err);
}

static enum icm_code start_type_names(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                      struct icm_error *err)
{
    r->names_count = 0;
    return begin_id(r, tag, err);
}

static enum icm_code start_type_reference(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                          struct icm_error *err)
{
    void *types = NULL;
    enum icm_code code = resolve_id(r, &r->types, tag, &types, err);

    if (code == ICM_OK)
        parent_value(r)->object->types = types;
    return code;
}

static struct psrp_type_names *new_type_names(struct psrp_clixml_reader *r)
{
    const size_t size = r->names_count * sizeof *r->names;
    struct psrp_type_names *types = icm_arena_take_unset(r->arena, sizeof *types + size);

    if (!types)
        return NULL;
    *types = (struct psrp_type_names){(struct icm_slice *)(types + 1), r->names_count};
    if (size > 0)
        memcpy(types->names, r->names, size);
    return types;
}

/* How many there are is known at the end: until then they are the reader's. Most objects are of few types. */
static enum icm_code end_type_names(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    const struct psrp_type_names *types = psrp_type_names_find(r->names, r->names_count);

    if (!types)
        types = new_type_names(r);
    if (!types)
        return icm_nomem(err);
    r->top->value->object->types = types;
    /* nobody writes to them through their id */
    if (done->has_id && !psrp_clixml_ids_set(&r->types, done->id, (void *)(uintptr_t)types))
        return icm_nomem(err);
    weigh(r, &r->types, done, types);
    return ICM_OK;
}

static bool grow_names(struct psrp_clixml_reader *r)
{
    size_t room = r->names_room ? r->names_room * 2 : TYPE_NAMES_FIRST;
    struct icm_slice *more = realloc(r->names, room * sizeof *more);

    if (!more)
        return false;
    r->names = more;
    r->names_room = room;
    return true;
}

static enum icm_code add_type_name(struct psrp_clixml_reader *r, struct icm_error *err)
{
    if (r->names_count == r->names_room && !grow_names(r))
        return icm_nomem(err);
    enum icm_code code = psrp_clixml_take_name(r, psrp_clixml_text(r), r->is_plain, &r->names[r->names_count], err);
    if (code == ICM_OK)
        r->names_count++;
    return code;
}

static enum icm_code add_progress_type(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done,
                                       struct icm_error *err)
{
    static const char *const states[] = {"Processing", "Completed"};
    struct icm_slice text = psrp_clixml_text(r);
    char part[PSRP_CLIXML_SHOWN];

    for (int i = 0; i < (int)ICM_COUNT(states); i++) {
        if (!icm_slice_is(text, states[i]))
            continue;
        struct psrp_value *value =
            psrp_value_enum(r->arena, "System.Management.Automation.ProgressRecordType", i, states[i]);
        done->name = icm_slice_text("Type");
        return value ? psrp_clixml_put(r, done, value, err) : icm_nomem(err);
    }
    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.1.25", "T is \"%s\", not Processing or Completed",
                    psrp_clixml_shown(text, part));
}

static enum icm_code end_type_name(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    return r->top->type->opens == PSRP_IN_PR ? add_progress_type(r, done, err) : add_type_name(r, err);
}

static enum icm_code end_to_string(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    struct psrp_object *object = r->top->value->object;

    object->has_to_string = true;
    return psrp_clixml_take_text(r, psrp_clixml_text(r), r->is_plain, &object->to_string, err);
}

/* Props and MS of an Obj are its own; an MS inside an MS is a member set, which becomes an object. */
static enum icm_code start_members(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                   struct icm_error *err)
{
    r->top->value = parent_value(r);
    if (r->top[-1].type->opens != PSRP_IN_MS)
        return ICM_OK;
    r->depth++;
    r->top->value = psrp_value_new(r->arena, PSRP_OBJECT);
    if (!r->top->value)
        return icm_nomem(err);
    r->top->value->is_member_set = true;
    return ICM_OK;
}

static enum icm_code end_members(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    if (r->top->type->opens != PSRP_IN_MS)
        return ICM_OK;
    r->depth--;
    return psrp_clixml_put(r, done, done->value, err);
}

static enum icm_code start_entry(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag, struct icm_error *err)
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

static enum icm_code start_progress(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                    struct icm_error *err)
{
    static const char *const types[] = {"System.Management.Automation.ProgressRecord", "System.Object", NULL};

    r->depth++;
    r->top->value = psrp_value_object(r->arena, types);
    return r->top->value ? ICM_OK : icm_nomem(err);
}

static enum icm_code check_version(struct psrp_clixml_reader *r, struct icm_slice version, struct icm_error *err)
{
    char part[PSRP_CLIXML_SHOWN];

    if (!psrp_clixml_is_version(version) || version.data[0] != '1' || version.data[1] != '.')
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5", "Objs of version \"%s\", not 1",
                        psrp_clixml_shown(version, part));
    struct icm_slice minor = icm_slice_from(version, 2);
    r->lenient = !(minor.data[0] <= '1' && (minor.size == 1 || minor.data[1] == '.'));
    return ICM_OK;
}

static enum icm_code start_objects(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                   struct icm_error *err)
{
    const struct psrp_clixml_attribute *version = psrp_clixml_attribute(tag, "Version");

    r->has_root = true;
    return version ? check_version(r, version->value, err) : ICM_OK;
}

const struct psrp_clixml_handlers psrp_clixml_roles[PSRP_ROLE_COUNT] = {
    [PSRP_ROLE_SCALAR] = {NULL, end_scalar},
    [PSRP_ROLE_CONTAINER] = {start_container, end_nothing},
    [PSRP_ROLE_OBJECT] = {start_object, end_object},
    [PSRP_ROLE_OBJECTS] = {start_objects, end_nothing},
    [PSRP_ROLE_REFERENCE] = {start_reference, end_reference},
    [PSRP_ROLE_TYPE_NAMES] = {start_type_names, end_type_names},
    [PSRP_ROLE_TYPE_NAME] = {NULL, end_type_name},
    [PSRP_ROLE_TYPE_REFERENCE] = {start_type_reference, end_nothing},
    [PSRP_ROLE_TO_STRING] = {NULL, end_to_string},
    [PSRP_ROLE_MEMBERS] = {start_members, end_members},
    [PSRP_ROLE_ENTRY] = {start_entry, end_entry},
    [PSRP_ROLE_PROGRESS] = {start_progress, end_object},
};
