/* What a newer minor version may have brought: kept as XML, with a warning, and never dropped in silence.
 * MS-PSRP 2.2.5. */
#include "base/xml.h"
#include "psrp/clixml_reader.h"

enum {
    VALUES = PSRP_IN_DOCUMENT | PSRP_IN_OBJS | PSRP_IN_OBJ | PSRP_IN_LIST | PSRP_IN_EN | PSRP_IN_PROPS | PSRP_IN_MS,
};

static void add_tag(struct icm_buf *out, const struct psrp_clixml_tag *tag)
{
    icm_buf_add_text(out, "<");
    icm_buf_add(out, tag->name);
    for (size_t i = 0; i < tag->count; i++) {
        icm_buf_add_text(out, " ");
        icm_buf_add(out, tag->attributes[i].name);
        icm_buf_add_text(out, "=\"");
        icm_xml_add_value(out, tag->attributes[i].value);
        icm_buf_add_text(out, "\"");
    }
    icm_buf_add_text(out, ">");
}

/* where the outermost one stands */
static const char *place_name(const struct psrp_clixml_frame *frame)
{
    return frame->type ? frame->type->name : "a document";
}

static enum icm_code begin(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag, struct icm_error *err)
{
    const struct psrp_clixml_attribute *name = psrp_clixml_attribute(tag, "N");

    icm_buf_clear(&r->unknown);
    return psrp_clixml_take_name(r, name ? name->value : tag->name, false, &r->unknown_name, err);
}

enum icm_code psrp_clixml_unknown_start(struct psrp_clixml_reader *r, const struct psrp_clixml_tag *tag,
                                        struct icm_error *err)
{
    char part[PSRP_CLIXML_SHOWN];
    enum icm_code code = ICM_OK;

    if (!r->lenient)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5", "element %s, which is unknown in %s",
                        psrp_clixml_shown(tag->name, part), place_name(r->top - 1));
    r->top->name = tag->name; /* both sources keep names until the document ends */
    if (r->unknown_open++ == 0)
        code = begin(r, tag, err);
    add_tag(&r->unknown, tag);
    return code == ICM_OK ? icm_buf_check(&r->unknown, err) : code;
}

enum icm_code psrp_clixml_unknown_text(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_error *err)
{
    icm_xml_add_text(&r->unknown, text);
    return icm_buf_check(&r->unknown, err);
}

static void warn(struct psrp_clixml_reader *r, struct icm_slice element, bool is_kept)
{
    char part[PSRP_CLIXML_SHOWN];

    if (r->warning.code == ICM_OK)
        icm_fail(&r->warning, ICM_UNSUPPORTED, "MS-PSRP 2.2.5",
                 "element %s, which is unknown in %s, %s, before byte %zu", psrp_clixml_shown(element, part),
                 place_name(r->top), is_kept ? "kept as its XML" : "left out", psrp_clixml_reader_at(r));
}

/* Whether a value may stand inside @frame, @r->top: half of a dictionary's entry only where it says which. */
static bool has_place(const struct psrp_clixml_reader *r, struct psrp_clixml_frame *done)
{
    unsigned place = psrp_clixml_place_inside(r, r->top);

    if (place == PSRP_IN_EN) {
        done->is_key = icm_slice_is(r->unknown_name, "Key");
        return done->is_key || icm_slice_is(r->unknown_name, "Value");
    }
    return place & VALUES;
}

/* In an Obj it is no base value, of which there is but one: it joins the properties. */
static enum icm_code put(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct psrp_value *value,
                         struct icm_error *err)
{
    static const struct psrp_clixml_type *const members = &psrp_clixml_types[PSRP_ELEMENT_MS];
    struct psrp_clixml_frame *parent = r->top;
    const struct psrp_clixml_type *type = parent->type;

    if (!type || type->opens != PSRP_IN_OBJ)
        return psrp_clixml_put(r, done, value, err);
    parent->type = members;
    enum icm_code code = psrp_clixml_put(r, done, value, err);
    parent->type = type;
    return code;
}

static enum icm_code keep(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done, struct icm_error *err)
{
    struct icm_slice element = done->name;
    bool is_kept = has_place(r, done);

    warn(r, element, is_kept);
    if (!is_kept)
        return ICM_OK;
    struct psrp_value *value = psrp_value_text(r->arena, PSRP_XML, icm_buf_slice(&r->unknown));
    if (!value)
        return icm_nomem(err);
    done->name = r->unknown_name;
    return put(r, done, value, err);
}

enum icm_code psrp_clixml_unknown_end(struct psrp_clixml_reader *r, struct psrp_clixml_frame *done,
                                      struct icm_error *err)
{
    icm_buf_add_text(&r->unknown, "</");
    icm_buf_add(&r->unknown, done->name);
    icm_buf_add_text(&r->unknown, ">");
    if (r->unknown.failed)
        return icm_nomem(err);
    return --r->unknown_open == 0 ? keep(r, done, err) : ICM_OK;
}
