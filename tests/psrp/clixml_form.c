#include "tests/psrp/clixml_form_private.h"

#include <stdlib.h>

/* A place in the value that was written: for the paths of what is referred to. */
struct place {
    const struct psrp_value *value;
    size_t parent; /* its place's index; the root's is its own */
    enum { ROOT, MEMBER, ITEM, ENTRY_KEY, ENTRY_VALUE } step;
    bool is_inside; /* behind ".value": the parent is an Obj, and this one is in the container at its base */
    struct icm_slice name;
    size_t index;
};

struct form {
    struct icm_buf *out;
    const struct clixml_form_source *source;
    struct icm_error *err;
    struct icm_arena arena; /* of everything below and of the texts that places name */
    struct place *places;
    size_t count, room;
    uint32_t *slots; /* places by their value's address, + 1; twice as many as places, a power of two */
};

static enum icm_code write_value(struct form *f, const struct psrp_value *value, const struct place *at);

/* ---- places ---- */

static size_t slot_of(const struct form *f, const struct psrp_value *value)
{
    size_t mask = 2 * f->room - 1;
    size_t slot = (size_t)((uintptr_t)value * UINT64_C(0x9E3779B97F4A7C15) >> 20) & mask;

    while (f->slots[slot] && f->places[f->slots[slot] - 1].value != value)
        slot = (slot + 1) & mask;
    return slot;
}

static bool grow(struct form *f)
{
    size_t room = f->room ? f->room * 4 : 256;
    struct place *places = icm_arena_take(&f->arena, room * sizeof *places);
    uint32_t *slots = icm_arena_take(&f->arena, 2 * room * sizeof *slots);

    if (!places || !slots)
        return false;
    if (f->count > 0)
        memcpy(places, f->places, f->count * sizeof *places);
    f->places = places;
    f->slots = slots;
    f->room = room;
    for (size_t i = 0; i < f->count; i++)
        f->slots[slot_of(f, places[i].value)] = (uint32_t)i + 1;
    return true;
}

static void write_path(const struct form *f, size_t index, struct icm_buf *out)
{
    const struct place *p = &f->places[index];

    if (p->step == ROOT) {
        icm_buf_add_u8(out, '$');
        return;
    }
    write_path(f, p->parent, out); /* as deep as the value, which the reader bounds */
    if (p->is_inside)
        icm_buf_add_text(out, ".value");
    if (p->step == ITEM) {
        icm_buf_add_format(out, "[%zu]", p->index);
        return;
    }
    icm_buf_add_u8(out, p->step == MEMBER ? '.' : '[');
    icm_buf_add(out, p->name);
    icm_buf_add_text(out, p->step == MEMBER ? "" : p->step == ENTRY_KEY ? "].key" : "]");
}

static void write_reference(struct form *f, size_t index)
{
    struct icm_buf path = {0};

    write_path(f, index, &path);
    icm_buf_add_text(f->out, "{\"k\":\"Ref\"");
    clixml_form_text(f->out, "to", icm_buf_slice(&path));
    icm_buf_add_u8(f->out, '}');
    icm_buf_reset(&path);
}

/* Keep the place of a value that is not a scalar; ICM_AGAIN: it has one, and a reference to it was written. */
static enum icm_code keep_place(struct form *f, const struct psrp_value *value, const struct place *at, size_t *index)
{
    if (f->count == f->room && !grow(f))
        return icm_nomem(f->err);
    size_t slot = slot_of(f, value);
    if (f->slots[slot]) {
        write_reference(f, f->slots[slot] - 1);
        return ICM_AGAIN;
    }
    *index = f->count++;
    f->places[*index] = *at;
    f->places[*index].value = value;
    f->slots[slot] = (uint32_t)f->count;
    return ICM_OK;
}

/* ---- sorting: by UTF-16 units ---- */

static uint32_t first_unit(uint32_t c)
{
    return c >= 0x10000 ? 0xD800 + ((c - 0x10000) >> 10) : c;
}

/* The order of UTF-8's bytes is that of code points, from which UTF-16's differs past U+D7FF. */
static int compare_text(struct icm_slice a, struct icm_slice b)
{
    size_t same = 0, shorter = a.size < b.size ? a.size : b.size;

    while (same < shorter && a.data[same] == b.data[same])
        same++;
    if (same == shorter)
        return a.size < b.size ? -1 : a.size > b.size;
    while (same > 0 && (a.data[same] & 0xC0) == 0x80)
        same--;
    a = icm_slice_from(a, same);
    b = icm_slice_from(b, same);
    int32_t c = icm_utf8_next(&a), d = icm_utf8_next(&b);
    uint32_t unit = first_unit((uint32_t)c), other = first_unit((uint32_t)d);
    return unit != other ? (unit < other ? -1 : 1) : (c < d ? -1 : c > d);
}

struct sorted {
    struct icm_slice text;
    size_t index;
    const struct psrp_value *key, *value;
};

static int by_text(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int order = compare_text(x->text, y->text);

    return order ? order : (x->index < y->index ? -1 : 1);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static int by_name(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    size_t i = 0;

    while (i < x->text.size && i < y->text.size && lower(x->text.data[i]) == lower(y->text.data[i]))
        i++;
    int c = i < x->text.size ? lower(x->text.data[i]) : -1, d = i < y->text.size ? lower(y->text.data[i]) : -1;
    return c != d ? c - d : (x->index < y->index ? -1 : 1);
}

/* ---- members ---- */

/* Of members whose names differ in their case alone the last one counts. */
static size_t drop_doubles(struct sorted *members, size_t count)
{
    size_t kept = 0;

    qsort(members, count, sizeof *members, by_name);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !icm_slice_equal_nocase(members[i].text, members[i + 1].text))
            members[kept++] = members[i];
    return kept;
}

static enum icm_code sort_members(struct form *f, const struct psrp_member *first, struct sorted **out, size_t *count)
{
    size_t i = 0;

    for (const struct psrp_member *m = first; m; m = m->next)
        i++;
    struct sorted *members = icm_arena_take(&f->arena, i * sizeof *members);
    if (!members)
        return icm_nomem(f->err);
    i = 0;
    for (const struct psrp_member *m = first; m; m = m->next, i++)
        members[i] = (struct sorted){m->name, i, NULL, m->value};
    *count = drop_doubles(members, i);
    qsort(members, *count, sizeof *members, by_text);
    *out = members;
    return ICM_OK;
}

static enum icm_code write_members(struct form *f, const char *key, const struct psrp_member *first, size_t parent)
{
    struct sorted *members = NULL;
    size_t count = 0;

    if (!first)
        return ICM_OK;
    enum icm_code code = sort_members(f, first, &members, &count);
    icm_buf_add_format(f->out, ",\"%s\":{", key);
    for (size_t i = 0; i < count && code == ICM_OK; i++) {
        const struct place at = {.parent = parent, .step = MEMBER, .name = members[i].text};

        if (i > 0)
            icm_buf_add_u8(f->out, ',');
        clixml_form_quote(f->out, members[i].text);
        icm_buf_add_u8(f->out, ':');
        code = write_value(f, members[i].value, &at);
    }
    icm_buf_add_u8(f->out, '}');
    return code;
}

/* ---- containers ---- */

static enum icm_code write_list(struct form *f, const struct psrp_value *value, size_t parent, bool is_inside)
{
    const char *kind = value->kind == PSRP_QUEUE ? "QUE" : value->kind == PSRP_STACK ? "STK" : "LST";
    struct place at = {.parent = parent, .step = ITEM, .is_inside = is_inside};
    enum icm_code code = ICM_OK;

    icm_buf_add_format(f->out, "{\"k\":\"%s\",\"v\":[", kind);
    for (const struct psrp_item *item = value->as.list->first; item && code == ICM_OK; item = item->next, at.index++) {
        if (at.index > 0)
            icm_buf_add_u8(f->out, ',');
        code = write_value(f, item->value, &at);
    }
    icm_buf_add_text(f->out, "]}");
    return code;
}

static enum icm_code sort_entries(struct form *f, const struct psrp_dictionary *dictionary, struct sorted **out)
{
    struct sorted *entries = icm_arena_take(&f->arena, (dictionary->count + 1) * sizeof *entries);
    struct icm_buf text = {0};
    size_t i = 0;
    bool is_whole = entries;

    for (const struct psrp_entry *entry = dictionary->first; entry && is_whole; entry = entry->next, i++) {
        icm_buf_clear(&text);
        clixml_form_key_text(&text, entry->key);
        entries[i] = (struct sorted){{0}, i, entry->key, entry->value};
        is_whole = !text.failed && icm_arena_copy(&f->arena, icm_buf_slice(&text), &entries[i].text);
    }
    icm_buf_reset(&text);
    if (!is_whole)
        return icm_nomem(f->err);
    qsort(entries, i, sizeof *entries, by_text);
    *out = entries;
    return ICM_OK;
}

static enum icm_code write_entry(struct form *f, const struct sorted *entry, size_t parent, bool is_inside)
{
    struct place at = {.parent = parent, .step = ENTRY_KEY, .is_inside = is_inside, .name = entry->text};

    icm_buf_add_u8(f->out, '[');
    enum icm_code code = write_value(f, entry->key, &at);
    icm_buf_add_u8(f->out, ',');
    at.step = ENTRY_VALUE;
    if (code == ICM_OK)
        code = write_value(f, entry->value, &at);
    icm_buf_add_u8(f->out, ']');
    return code;
}

static enum icm_code write_dictionary(struct form *f, const struct psrp_value *value, size_t parent, bool is_inside)
{
    struct sorted *entries = NULL;
    enum icm_code code = sort_entries(f, value->as.dictionary, &entries);

    icm_buf_add_text(f->out, "{\"k\":\"DCT\",\"v\":[");
    for (size_t i = 0; i < value->as.dictionary->count && code == ICM_OK; i++) {
        if (i > 0)
            icm_buf_add_u8(f->out, ',');
        code = write_entry(f, &entries[i], parent, is_inside);
    }
    icm_buf_add_text(f->out, "]}");
    return code;
}

static enum icm_code write_base(struct form *f, const struct psrp_value *value, size_t place, bool is_inside)
{
    if (value->kind == PSRP_DICTIONARY)
        return write_dictionary(f, value, place, is_inside);
    if (value->kind >= PSRP_LIST)
        return write_list(f, value, place, is_inside);
    return clixml_form_scalar(f->out, value, f->source, f->err);
}

/* ---- objects ---- */

static struct icm_slice without_prefix(struct icm_slice type)
{
    const struct icm_slice prefix = icm_slice_text("Deserialized.");

    if (type.size >= prefix.size && icm_slice_equal_nocase(icm_slice_of(type.data, prefix.size), prefix))
        return icm_slice_from(type, prefix.size);
    return type;
}

static void write_received_types(struct icm_buf *out, const struct psrp_type_names *types)
{
    struct icm_buf name = {0};

    for (size_t i = 0; i < types->count; i++) {
        struct icm_slice bare = without_prefix(types->names[i]);

        icm_buf_clear(&name);
        if (bare.size == types->names[i].size)
            icm_buf_add_text(&name, "Deserialized.");
        icm_buf_add(&name, types->names[i]);
        if (i > 0)
            icm_buf_add_u8(out, ',');
        clixml_form_quote(out, icm_buf_slice(&name));
    }
    icm_buf_reset(&name);
}

static void write_types(struct icm_buf *out, const struct psrp_value *value)
{
    icm_buf_add_text(out, "\"types\":[");
    if (value->object->types) {
        write_received_types(out, value->object->types);
    } else {
        const char *const *class = clixml_form_classes(value->kind);

        for (size_t i = 0; class[i]; i++)
            icm_buf_add_format(out, i > 0 ? ",\"%s\"" : "\"%s\"", class[i]);
    }
    icm_buf_add_u8(out, ']');
}

/* A scalar with nothing to it but its own type is shown as itself. */
static bool is_plain(const struct psrp_value *value)
{
    const struct psrp_object *object = value->object;

    if (!object)
        return value->kind < PSRP_LIST;
    if (value->kind >= PSRP_LIST || value->kind == PSRP_NIL || object->adapted || object->extended)
        return false;
    return !object->types || (object->types->count > 0 && icm_slice_is(without_prefix(object->types->names[0]),
                                                                       clixml_form_classes(value->kind)[0]));
}

static enum icm_code write_object(struct form *f, const struct psrp_value *value, size_t place)
{
    enum icm_code code = ICM_OK;

    if (value->is_member_set) {
        icm_buf_add_text(f->out, "{\"k\":\"MemberSet\"");
        code = write_members(f, "v", value->object->extended, place);
        icm_buf_add_u8(f->out, '}');
        return code;
    }
    icm_buf_add_text(f->out, "{\"k\":\"Obj\",");
    write_types(f->out, value);
    if (value->object->has_to_string)
        clixml_form_text(f->out, "toString", value->object->to_string);
    if (value->kind != PSRP_OBJECT && value->kind != PSRP_NIL) {
        icm_buf_add_text(f->out, ",\"value\":");
        code = write_base(f, value, place, true);
    }
    if (code == ICM_OK)
        code = write_members(f, "adapted", value->object->adapted, place);
    if (code == ICM_OK)
        code = write_members(f, "extended", value->object->extended, place);
    icm_buf_add_u8(f->out, '}');
    return code;
}

/* The dictionaries in one that the engine made live were made so too. */
static bool is_live_dictionary(const struct form *f, const struct psrp_value *value, const struct place *at)
{
    if (clixml_form_is_live_dictionary(value))
        return true;
    return value->kind == PSRP_DICTIONARY && at->step == ENTRY_VALUE &&
           clixml_form_is_live_dictionary(f->places[at->parent].value);
}

static enum icm_code write_value(struct form *f, const struct psrp_value *value, const struct place *at)
{
    size_t place = 0;

    if (is_plain(value))
        return clixml_form_scalar(f->out, value, f->source, f->err);
    enum icm_code code = clixml_form_live(f->out, value, f->source, f->err);
    if (code != ICM_AGAIN)
        return code;
    code = keep_place(f, value, at, &place);
    if (code != ICM_OK)
        return code == ICM_AGAIN ? ICM_OK : code;
    if (!value->object || is_live_dictionary(f, value, at))
        return write_base(f, value, place, false);
    return write_object(f, value, place);
}

enum icm_code clixml_form_write(struct icm_buf *out, const struct psrp_value *value,
                                const struct clixml_form_source *source, struct icm_error *err)
{
    struct form f = {.out = out, .source = source, .err = err};
    const struct place root = {.step = ROOT};
    size_t before = out->size;
    enum icm_code code = write_value(&f, value, &root);

    if (code == ICM_OK)
        code = icm_buf_check(out, err);
    if (code != ICM_OK)
        out->size = before;
    icm_arena_reset(&f.arena);
    return code;
}

void clixml_form_write_refusal(struct icm_buf *out, const struct icm_error *err)
{
    icm_buf_add_text(out, "{\"k\":\"DeserializeError\"");
    clixml_form_text(out, "message", icm_slice_text(err->text));
    icm_buf_add_u8(out, '}');
}
