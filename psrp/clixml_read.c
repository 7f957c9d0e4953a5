/* CLIXML to values: XML's events against the table of clixml_types.c, on a stack of open elements. MS-PSRP 2.2.5. */
#include "psrp/clixml_reader.h"

#include <stdlib.h>

enum {
    ATTRIBUTES_MAX = 16,
    TEXT_KEPT = 1024 * 1024, /* a longer text's memory is given back after its document */
};

static bool is_value_of_its_own(const struct psrp_clixml_type *type, unsigned place)
{
    switch (type->role) {
    case PSRP_ROLE_OBJECT:
    case PSRP_ROLE_PROGRESS:
        return true;
    case PSRP_ROLE_SCALAR:
    case PSRP_ROLE_REFERENCE:
        return place != PSRP_IN_OBJ;
    default:
        return place == PSRP_IN_MS;
    }
}

static enum icm_code check_depth(const struct psrp_clixml_reader *r, const struct psrp_clixml_type *type,
                                 unsigned place, struct icm_error *err)
{
    if (r->depth + 1 < PSRP_CLIXML_DEPTH_MAX || !is_value_of_its_own(type, place))
        return ICM_OK;
    return icm_fail(err, ICM_LIMIT, "MS-PSRP 2.2.5", "values nested deeper than %d", PSRP_CLIXML_DEPTH_MAX - 1);
}

/* The property's name, or which half of a dictionary's entry it is. */
static enum icm_code name_frame(struct psrp_clixml_reader *r, unsigned place,
                                const struct psrp_clixml_attributes *attributes, struct icm_error *err)
{
    struct psrp_clixml_frame *frame = r->top;
    struct icm_slice name;

    if (place == PSRP_IN_PR) /* the only one without a name of its own is the operation */
        frame->name = icm_slice_text(frame->type->member ? frame->type->member : "CurrentOperation");
    if (!(place & (PSRP_IN_PROPS | PSRP_IN_MS | PSRP_IN_EN)))
        return ICM_OK;
    if (!psrp_clixml_attribute(attributes, "N", &name))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.3", "%s without its name N", frame->type->name);
    if (place != PSRP_IN_EN)
        return psrp_clixml_take_name(r, name, &frame->name, err);
    frame->is_key = icm_slice_is(name, "Key");
    if (!frame->is_key && !icm_slice_is(name, "Value"))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.6", "%s in En is neither Key nor Value", frame->type->name);
    return ICM_OK;
}

/* What is not ours is skipped where a newer minor version may have brought it, with all that it holds. */
static enum icm_code start_unknown(struct psrp_clixml_reader *r, const char *name, struct icm_error *err)
{
    const struct psrp_clixml_frame *parent = r->top - 1;
    char part[PSRP_CLIXML_SHOWN];

    if (r->lenient)
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5", "element %s, which is unknown in %s",
                    psrp_clixml_shown(icm_slice_text(name), part), parent->type ? parent->type->name : "a document");
}

static unsigned place_inside(const struct psrp_clixml_reader *r, const struct psrp_clixml_frame *frame)
{
    if (frame->type)
        return frame->type->opens;
    return frame == r->frames ? PSRP_IN_DOCUMENT : 0;
}

static enum icm_code on_start(void *context, const char *namespace_uri, const char *name,
                              const struct icm_xml_attribute *attributes, size_t count, struct icm_error *err)
{
    struct psrp_clixml_reader *r = context;
    const struct psrp_clixml_attributes all = {attributes, count};
    const struct psrp_clixml_type *type = psrp_clixml_type_find(name);
    unsigned place = place_inside(r, r->top);

    *++r->top = (struct psrp_clixml_frame){0};
    icm_buf_clear(&r->text);
    if (!type || !(type->within & place) ||
        (namespace_uri[0] != '\0' && strcmp(namespace_uri, PSRP_CLIXML_NAMESPACE) != 0))
        return start_unknown(r, name, err);
    r->top->type = type;
    enum icm_code code = check_depth(r, type, place, err);
    if (code == ICM_OK)
        code = name_frame(r, place, &all, err);
    if (code == ICM_OK && psrp_clixml_roles[type->role].start)
        code = psrp_clixml_roles[type->role].start(r, &all, err);
    return code;
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    struct psrp_clixml_reader *r = context;
    struct psrp_clixml_frame done = *r->top--;

    return done.type ? psrp_clixml_roles[done.type->role].end(r, &done, err) : ICM_OK;
}

static enum icm_code on_text(void *context, struct icm_slice text, struct icm_error *err)
{
    struct psrp_clixml_reader *r = context;
    const struct psrp_clixml_type *type = r->top->type;
    char part[PSRP_CLIXML_SHOWN];

    if (type && type->form != PSRP_FORM_NONE) {
        icm_buf_add(&r->text, text);
        return icm_buf_check(&r->text, err);
    }
    text = icm_slice_trim(text);
    if (!type || text.size == 0)
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, type->spec, "text \"%s\" in %s, which has none", psrp_clixml_shown(text, part),
                    type->name);
}

/* ---- the reader ---- */

enum icm_code psrp_clixml_reader_new(struct psrp_clixml_reader **out, struct icm_error *err)
{
    static const struct icm_xml_handler handler = {on_start, on_end, on_text};
    static const struct icm_xml_limits limits = {PSRP_CLIXML_BYTES_MAX, PSRP_CLIXML_OPEN_MAX, PSRP_CLIXML_ELEMENTS_MAX,
                                                 ATTRIBUTES_MAX};
    ICM_OWN(psrp_clixml_reader_freep) struct psrp_clixml_reader *r = calloc(1, sizeof *r);
    struct icm_guid seed;

    if (!r)
        return icm_nomem(err);
    enum icm_code code = icm_guid_random(&seed, err);
    if (code == ICM_OK)
        code = icm_xml_new(&r->xml, &handler, r, &limits, err);
    if (code != ICM_OK)
        return code;
    memcpy(&r->objects.seed, seed.bytes, sizeof r->objects.seed);
    r->objects.seed |= 1;
    r->types.seed = r->objects.seed;
    *out = r;
    r = NULL;
    return ICM_OK;
}

void psrp_clixml_reader_free(struct psrp_clixml_reader *r)
{
    if (!r)
        return;
    icm_xml_free(r->xml);
    psrp_clixml_ids_free(&r->objects);
    psrp_clixml_ids_free(&r->types);
    icm_buf_reset(&r->text);
    icm_buf_reset(&r->decoded);
    free(r);
}

static void shrink(struct icm_buf *b)
{
    icm_buf_clear(b);
    if (b->capacity > TEXT_KEPT)
        icm_buf_reset(b);
}

static enum icm_code read_document(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                   struct icm_error *err)
{
    r->arena = arena;
    r->top = r->frames;
    r->frames[0] = (struct psrp_clixml_frame){0};
    r->depth = 0;
    r->lenient = false;
    enum icm_code code = icm_xml_read(r->xml, text, err);
    psrp_clixml_ids_clear(&r->objects);
    psrp_clixml_ids_clear(&r->types);
    shrink(&r->text);
    shrink(&r->decoded);
    return code;
}

static bool is_empty(struct icm_slice text)
{
    return text.size == 0 || icm_slice_is(text, "\xEF\xBB\xBF");
}

enum icm_code psrp_clixml_read(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                               struct psrp_value **out, struct icm_error *err)
{
    r->want_all = false;
    r->result = NULL;
    enum icm_code code = is_empty(text) ? ICM_OK : read_document(r, text, arena, err);
    if (code != ICM_OK)
        return code;
    struct psrp_value *value = r->result ? r->result : psrp_value_nil(arena);
    if (!value)
        return icm_nomem(err);
    *out = value;
    return ICM_OK;
}

enum icm_code psrp_clixml_read_all(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                   struct psrp_value **out, struct icm_error *err)
{
    r->want_all = true;
    r->result = psrp_value_array(arena);
    if (!r->result)
        return icm_nomem(err);
    enum icm_code code = is_empty(text) ? ICM_OK : read_document(r, text, arena, err);
    if (code == ICM_OK)
        *out = r->result;
    return code;
}
