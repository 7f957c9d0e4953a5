/* Values to CLIXML, shaped as the engine shapes it: type names, ToString, base value, Props, MS. MS-PSRP 2.2.5. */
#include "psrp/clixml.h"
#include "psrp/clixml_progress.h"
#include "psrp/clixml_shared.h"
#include "psrp/clixml_types.h"

/* Lists of type names that were written, to be referred to. Where no room is left one is written out again, which is
 * longer and no less right. */
enum { KNOWN_LISTS = 256, TRIES = 8 };

struct known_list {
    const struct psrp_type_names *types;
    uint32_t ref_id;
};

struct writer {
    struct icm_buf *out;
    size_t start; /* of what is ours in @out */
    size_t elements;
    uint32_t next_object, next_list;
    struct known_list last; /* of the object before: most often that of the next one too */
    struct psrp_clixml_shared shared;
    const struct psrp_clixml_sealer *sealer; /* NULL: there is none */
    struct icm_error *err;
    uint64_t used[KNOWN_LISTS / 64]; /* which of … */
    struct known_list
        known[KNOWN_LISTS]; /* … these have been set: clearing them would cost a small value half its time */
};

static enum icm_code write_value(struct writer *w, const struct psrp_value *value, const struct icm_slice *name,
                                 unsigned depth);

static enum icm_code too_much(struct writer *w)
{
    return icm_fail(w->err, ICM_LIMIT, "MS-PSRP 2.2.5", "a value of more than %zu bytes or %d elements of CLIXML",
                    PSRP_CLIXML_WRITTEN_MAX, PSRP_CLIXML_ELEMENTS_MAX);
}

static void add_name(struct icm_buf *out, struct icm_slice name)
{
    icm_buf_add_text(out, " N=\"");
    psrp_clixml_escape_value(out, name);
    icm_buf_add_u8(out, '"');
}

/* <S N="name", without what ends it; the element is one of the table's */
static inline void open_element(struct writer *w, const struct psrp_clixml_type *type, const struct icm_slice *name)
{
    enum { ROOM = 1 + PSRP_CLIXML_ELEMENT_NAME };
    uint8_t *room = icm_buf_room(w->out, ROOM);

    w->elements++;
    if (!room)
        return;
    room[0] = '<';
    memcpy(room + 1, type->name, PSRP_CLIXML_ELEMENT_NAME); /* more than its name is written over */
    w->out->size += 1u + type->name_size;
    if (name)
        add_name(w->out, *name);
}

static inline void close_element(struct writer *w, const struct psrp_clixml_type *type)
{
    enum { ROOM = 2 + PSRP_CLIXML_ELEMENT_NAME + 1 };
    uint8_t *room = icm_buf_room(w->out, ROOM);

    if (!room)
        return;
    memcpy(room, "</", 2);
    memcpy(room + 2, type->name, PSRP_CLIXML_ELEMENT_NAME);
    room[2 + type->name_size] = '>';
    w->out->size += 3u + type->name_size;
}

/* the same of any name: where that is a literal, all of it is known here */
static inline void open_tag(struct writer *w, const char *element, const struct icm_slice *name)
{
    w->elements++;
    icm_buf_add_u8(w->out, '<');
    icm_buf_add_text(w->out, element);
    if (name)
        add_name(w->out, *name);
}

static inline void close_tag(struct writer *w, const char *element)
{
    icm_buf_add_text(w->out, "</");
    icm_buf_add_text(w->out, element);
    icm_buf_add_u8(w->out, '>');
}

static inline void start_element(struct writer *w, const char *element)
{
    open_tag(w, element, NULL);
    icm_buf_add_u8(w->out, '>');
}

static inline void write_text_element(struct writer *w, const char *element, struct icm_slice text)
{
    open_tag(w, element, NULL);
    icm_buf_add_u8(w->out, '>');
    psrp_clixml_escape(w->out, text);
    close_tag(w, element);
}

/* ---- scalars ---- */

static void write_real(struct icm_buf *out, const struct psrp_value *value)
{
    char text[ICM_DOUBLE_TEXT];

    if (value->kind == PSRP_FLOAT)
        icm_format_float((float)value->as.number, text);
    else
        icm_format_double(value->as.number, text);
    icm_buf_add_text(out, text);
}

/* printf's way to digits would cost more than all the rest of a number's element */
static void write_number(struct icm_buf *out, uint64_t size, bool is_negative)
{
    char digits[24];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + size % 10);
    while ((size /= 10) > 0);
    if (is_negative)
        digits[--at] = '-';
    icm_buf_add(out, icm_slice_of(digits + at, sizeof digits - at));
}

static void write_content(struct icm_buf *out, const struct psrp_value *value)
{
    switch (psrp_clixml_types[value->kind].form) {
    case PSRP_FORM_NONE:
        return;
    case PSRP_FORM_ESCAPED:
    case PSRP_FORM_LEXICAL:
        psrp_clixml_escape(out, value->as.text);
        return;
    case PSRP_FORM_SIGNED:
        write_number(out, value->as.i64 < 0 ? 0 - (uint64_t)value->as.i64 : value->as.u64, value->as.i64 < 0);
        return;
    case PSRP_FORM_UNSIGNED:
        write_number(out, value->as.u64, false);
        return;
    case PSRP_FORM_REAL:
        write_real(out, value);
        return;
    case PSRP_FORM_BOOL:
        icm_buf_add_text(out, value->as.boolean ? "true" : "false");
        return;
    case PSRP_FORM_BASE64:
        icm_base64_write(out, value->as.text);
        return;
    }
}

static enum icm_code write_secret(struct writer *w, const struct psrp_value *value, const struct icm_slice *name)
{
    const struct psrp_clixml_type *type = &psrp_clixml_types[value->kind];

    if (!w->sealer)
        return icm_fail(w->err, ICM_STATE, "MS-PSRP 2.2.5.1.24", "a SecureString, and no key to encrypt it with");
    open_element(w, type, name);
    icm_buf_add_u8(w->out, '>');
    enum icm_code code = w->sealer->seal(w->sealer->context, value->as.text, w->out, w->err);
    close_element(w, type);
    return code;
}

static enum icm_code write_scalar(struct writer *w, const struct psrp_value *value, const struct icm_slice *name)
{
    const struct psrp_clixml_type *type = &psrp_clixml_types[value->kind];

    if (value->is_clear)
        return write_secret(w, value, name);
    open_element(w, type, name);
    icm_buf_add_u8(w->out, '>');
    size_t before = w->out->size;
    write_content(w->out, value);
    if (w->out->size == before && !w->out->failed && type->form != PSRP_FORM_ESCAPED) {
        w->out->size--;
        icm_buf_add_text(w->out, " />");
        return ICM_OK;
    }
    close_element(w, type);
    return ICM_OK;
}

/* ---- type names ---- */

static bool same_list(const struct psrp_type_names *a, const struct psrp_type_names *b)
{
    if (a == b)
        return true;
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!icm_slice_equal(a->names[i], b->names[i]))
            return false;
    return true;
}

/* The first name's end, which tells nearly all lists apart. */
static size_t home_of(const struct psrp_type_names *types)
{
    const struct icm_slice name = types->count > 0 ? types->names[0] : (struct icm_slice){0};
    const uint64_t end = name.size >= sizeof end ? psrp_clixml_word(name.data + name.size - sizeof end) : 0;

    return (size_t)((end + name.size) * UINT64_C(0x9E3779B97F4A7C15) >> 32) % KNOWN_LISTS;
}

static bool is_used(const struct writer *w, size_t place)
{
    return w->used[place / 64] >> place % 64 & 1;
}

/* The place of a list equal to @types, or the one to keep @types in. */
static struct known_list *known_place(struct writer *w, const struct psrp_type_names *types)
{
    size_t home = home_of(types);

    for (size_t i = 0; i < TRIES; i++) {
        size_t at = (home + i) % KNOWN_LISTS;

        if (!is_used(w, at)) {
            home = at;
            break;
        }
        if (same_list(w->known[at].types, types))
            return &w->known[at];
    }
    w->used[home / 64] |= (uint64_t)1 << home % 64;
    w->known[home].types = NULL;
    return &w->known[home];
}

static enum icm_code write_new_list(struct writer *w, const struct psrp_type_names *types, uint32_t ref_id)
{
    w->elements++;
    icm_buf_add_text(w->out, "<TN RefId=\"");
    write_number(w->out, ref_id, false);
    icm_buf_add_text(w->out, "\">");
    for (size_t i = 0; i < types->count; i++) {
        if (types->names[i].size > PSRP_CLIXML_NAME_MAX)
            return icm_fail(w->err, ICM_LIMIT, "MS-PSRP 2.2.5.2.3", "a type name of %zu bytes, at most %d",
                            types->names[i].size, PSRP_CLIXML_NAME_MAX);
        write_text_element(w, "T", types->names[i]);
    }
    close_tag(w, "TN");
    return ICM_OK;
}

static enum icm_code write_types(struct writer *w, const struct psrp_type_names *types)
{
    struct known_list *place = w->last.types == types ? &w->last : known_place(w, types);

    if (place->types) {
        w->last = (struct known_list){types, place->ref_id};
        w->elements++;
        icm_buf_add_text(w->out, "<TNRef RefId=\"");
        write_number(w->out, w->last.ref_id, false);
        icm_buf_add_text(w->out, "\" />");
        return ICM_OK;
    }
    *place = (struct known_list){types, w->next_list++};
    w->last = *place;
    return write_new_list(w, types, place->ref_id);
}

/* ---- containers ---- */

static enum icm_code write_items(struct writer *w, const struct psrp_item *item, unsigned depth)
{
    enum icm_code code = ICM_OK;

    for (; item && code == ICM_OK; item = item->next)
        code = write_value(w, item->value, NULL, depth + 1);
    return code;
}

static enum icm_code write_entries(struct writer *w, const struct psrp_entry *entry, unsigned depth)
{
    const struct icm_slice key = icm_slice_text("Key"), value = icm_slice_text("Value");
    enum icm_code code = ICM_OK;

    for (; entry && code == ICM_OK; entry = entry->next) {
        start_element(w, "En");
        code = write_value(w, entry->key, &key, depth + 1);
        if (code == ICM_OK)
            code = write_value(w, entry->value, &value, depth + 1);
        close_tag(w, "En");
    }
    return code;
}

static enum icm_code write_container(struct writer *w, const struct psrp_value *value, unsigned depth)
{
    const struct psrp_clixml_type *type = &psrp_clixml_types[value->kind];
    bool is_dictionary = value->kind == PSRP_DICTIONARY;

    open_element(w, type, NULL);
    if (is_dictionary ? !value->as.dictionary->first : !value->as.list->first) {
        icm_buf_add_text(w->out, " />");
        return ICM_OK;
    }
    icm_buf_add_u8(w->out, '>');
    enum icm_code code = is_dictionary ? write_entries(w, value->as.dictionary->first, depth)
                                       : write_items(w, value->as.list->first, depth);
    close_element(w, type);
    return code;
}

/* ---- objects ---- */

static enum icm_code write_members(struct writer *w, const char *element, const struct psrp_member *member,
                                   unsigned depth)
{
    enum icm_code code = ICM_OK;

    if (!member)
        return ICM_OK;
    start_element(w, element);
    for (; member && code == ICM_OK; member = member->next) {
        if (member->name.size > PSRP_CLIXML_NAME_MAX)
            return icm_fail(w->err, ICM_LIMIT, "MS-PSRP 2.2.5.3", "a property's name of %zu bytes, at most %d",
                            member->name.size, PSRP_CLIXML_NAME_MAX);
        code = write_value(w, member->value, &member->name, depth + 1);
    }
    close_tag(w, element);
    return code;
}

static enum icm_code write_base(struct writer *w, const struct psrp_value *value, unsigned depth)
{
    if (value->kind >= PSRP_LIST && value->kind <= PSRP_DICTIONARY)
        return write_container(w, value, depth);
    return value->kind == PSRP_OBJECT ? ICM_OK : write_scalar(w, value, NULL);
}

static void write_to_string(struct writer *w, struct icm_slice text)
{
    if (text.size > 0) {
        write_text_element(w, "ToString", text);
        return;
    }
    open_tag(w, "ToString", NULL);
    icm_buf_add_text(w->out, " />");
}

static void write_reference(struct writer *w, const struct icm_slice *name, uint32_t ref_id)
{
    open_tag(w, "Ref", name);
    icm_buf_add_text(w->out, " RefId=\"");
    write_number(w->out, ref_id, false);
    icm_buf_add_text(w->out, "\" />");
}

static void write_progress(struct writer *w, const struct psrp_value *value, const struct icm_slice *name)
{
    open_tag(w, "PR", name);
    icm_buf_add_u8(w->out, '>');
    psrp_clixml_write_progress(w->out, value);
    close_tag(w, "PR");
}

/* An MS inside an MS is no object: it has no RefId, and nothing but members. */
static enum icm_code write_member_set(struct writer *w, const struct psrp_value *value, const struct icm_slice *name,
                                      unsigned depth)
{
    enum icm_code code = ICM_OK;

    open_tag(w, "MS", name);
    icm_buf_add_u8(w->out, '>');
    for (const struct psrp_member *m = value->object->extended; m && code == ICM_OK; m = m->next)
        code = write_value(w, m->value, &m->name, depth + 1);
    close_tag(w, "MS");
    return code;
}

static enum icm_code write_object(struct writer *w, const struct psrp_value *value, const struct icm_slice *name,
                                  unsigned depth)
{
    static const struct psrp_object bare;
    const struct psrp_object *object = value->object ? value->object : &bare;
    enum icm_code code = ICM_OK;

    if (value->is_shared && !psrp_clixml_shared_keep(&w->shared, value, w->next_object))
        return icm_nomem(w->err);
    open_tag(w, "Obj", name);
    icm_buf_add_text(w->out, " RefId=\"");
    write_number(w->out, w->next_object++, false);
    icm_buf_add_text(w->out, "\">");
    if (object->types)
        code = write_types(w, object->types);
    if (object->has_to_string)
        write_to_string(w, object->to_string);
    if (code == ICM_OK)
        code = write_base(w, value, depth);
    if (code == ICM_OK)
        code = write_members(w, "Props", object->adapted, depth);
    if (code == ICM_OK)
        code = write_members(w, "MS", object->extended, depth);
    close_tag(w, "Obj");
    return code;
}

/* What is more than a scalar: written once, and referred to in its other places. */
static enum icm_code write_complex(struct writer *w, const struct psrp_value *value, const struct icm_slice *name,
                                   unsigned depth)
{
    uint32_t ref_id;

    if (value->is_shared && psrp_clixml_shared_find(&w->shared, value, &ref_id)) {
        write_reference(w, name, ref_id);
        return ICM_OK;
    }
    if (value->is_member_set && name)
        return write_member_set(w, value, name, depth);
    if (value->is_shared || !psrp_clixml_is_progress(value)) /* a PR has no RefId */
        return write_object(w, value, name, depth);
    write_progress(w, value, name);
    return ICM_OK;
}

static enum icm_code write_value(struct writer *w, const struct psrp_value *value, const struct icm_slice *name,
                                 unsigned depth)
{
    if (depth >= PSRP_CLIXML_DEPTH_MAX)
        return icm_fail(w->err, ICM_LIMIT, "MS-PSRP 2.2.5", "a value nested deeper than %d, or in itself",
                        PSRP_CLIXML_DEPTH_MAX - 1);
    if (w->elements > PSRP_CLIXML_ELEMENTS_MAX || w->out->size - w->start > PSRP_CLIXML_WRITTEN_MAX)
        return too_much(w);
    if (value->object || value->kind >= PSRP_LIST)
        return write_complex(w, value, name, depth);
    enum icm_code code = write_scalar(w, value, name);
    return code == ICM_OK ? icm_buf_check(w->out, w->err) : code;
}

static void begin(struct writer *w, struct icm_buf *out, const struct psrp_clixml_sealer *sealer, struct icm_error *err)
{
    memset(w, 0, offsetof(struct writer, known));
    w->out = out;
    w->start = out->size;
    w->sealer = sealer;
    w->err = err;
}

enum icm_code psrp_clixml_write(struct icm_buf *out, const struct psrp_value *value, struct icm_error *err)
{
    return psrp_clixml_write_sealed(out, value, NULL, err);
}

enum icm_code psrp_clixml_write_sealed(struct icm_buf *out, const struct psrp_value *value,
                                       const struct psrp_clixml_sealer *sealer, struct icm_error *err)
{
    struct writer w;

    begin(&w, out, sealer, err);
    if (!value) /* what building it has come to when memory was short */
        return icm_nomem(err);
    enum icm_code code = write_value(&w, value, NULL, 1);
    if (code == ICM_OK)
        code = icm_buf_check(out, err);
    if (code == ICM_OK && (w.elements > PSRP_CLIXML_ELEMENTS_MAX || out->size - w.start > PSRP_CLIXML_WRITTEN_MAX))
        code = too_much(&w);
    if (code != ICM_OK)
        out->size = w.start;
    psrp_clixml_shared_free(&w.shared);
    return code;
}
