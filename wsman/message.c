#include "wsman/message.h"

#include "base/text.h"
#include "wsman/encoding.h"
#include "wsman/limits.h"
#include "wsman/message_table.h"
#include "wsman/names.h"
#include "wsman/shell_kind.h"

#include <stdlib.h>

/* One open element. What has no row, and all that lies in it, does not matter. */
struct frame {
    const struct wsman_element *element;
    bool is_inside; /* of a deep text's element, which has the row */
};

struct wsman_reader {
    struct icm_xml *xml;
    struct wsman_decoder decoder;
    size_t bytes_max, bytes;
    struct frame frames[WSMAN_DEPTH_MAX];
    size_t depth;
    bool has_body;
    struct icm_buf text;      /* of the element that is open */
    struct icm_base64 base64; /* likewise */
    struct wsman_message message;
};

static void message_begin(struct wsman_message *m)
{
    struct icm_buf payload = m->payload;

    icm_buf_clear(&payload);
    icm_arena_reset(&m->arena);
    *m = (struct wsman_message){.operation_timeout_ms = -1, .idle_timeout_ms = -1, .payload = payload};
    m->streams_end = &m->streams;
    m->shells_end = &m->shells;
    m->commands_end = &m->commands;
}

static enum icm_code check_root(const char *namespace_uri, const char *name, struct icm_error *err)
{
    if (strcmp(name, "Envelope") == 0 && strcmp(namespace_uri, WSMAN_NS_SOAP) == 0)
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, WSMAN_SPEC_ENVELOPE,
                    "root element %.60s of namespace \"%.100s\", not an envelope of SOAP 1.2", name, namespace_uri);
}

static enum icm_code check_attributes(struct wsman_attributes attributes, struct icm_error *err)
{
    for (size_t i = 0; i < attributes.count; i++)
        if (attributes.first[i].value.size > WSMAN_TEXT_MAX)
            return icm_fail(err, ICM_LIMIT, NULL, "attribute %.60s of %zu bytes, at most %d", attributes.first[i].name,
                            attributes.first[i].value.size, WSMAN_TEXT_MAX);
    return ICM_OK;
}

/* a header that we do not know: to be remembered where it must be understood. SOAP 1.2 part 1, 5.2.3 */
static enum icm_code on_unknown_header(struct wsman_message *m, const char *namespace_uri, const char *name,
                                       struct wsman_attributes attributes, struct icm_error *err)
{
    if (m->not_understood.size > 0 || !wsman_attribute_is_true(attributes, "mustUnderstand"))
        return ICM_OK;
    bool kept = icm_arena_copy(&m->arena, icm_slice_text(name), &m->not_understood) &&
                icm_arena_copy(&m->arena, icm_slice_text(namespace_uri), &m->not_understood_uri);
    return kept ? ICM_OK : icm_nomem(err);
}

/* the body's first element says what the envelope is */
static enum icm_code on_body_child(struct wsman_message *m, const struct wsman_element *element, const char *name,
                                   struct icm_error *err)
{
    if (m->body != WSMAN_BODY_EMPTY)
        return ICM_OK;
    m->body = element ? element->body : WSMAN_BODY_UNKNOWN;
    return icm_arena_copy(&m->arena, icm_slice_text(name), &m->body_name) ? ICM_OK : icm_nomem(err);
}

static enum icm_code begin_element(struct wsman_reader *r, const struct wsman_element *element,
                                   struct wsman_attributes attributes, struct icm_error *err)
{
    enum icm_code code = wsman_element_attributes(element, &r->message, attributes, err);

    if (element->text != WSMAN_TEXT_SKIP)
        icm_buf_clear(&r->text);
    if (element->place == WSMAN_IN_BODY)
        r->has_body = true;
    if (code == ICM_OK && element->begin)
        code = element->begin(&r->message, attributes, err);
    return code;
}

/* the texts of a deep element's children do not grow together */
static void part_texts(struct wsman_reader *r)
{
    if (r->text.size > 0 && r->text.data[r->text.size - 1] != ' ')
        icm_buf_add_u8(&r->text, ' ');
}

static enum icm_code open_known(struct wsman_reader *r, const struct wsman_element *parent, const char *namespace_uri,
                                const char *name, struct wsman_attributes attributes, struct icm_error *err)
{
    struct frame *frame = &r->frames[r->depth - 1];
    enum icm_code code = ICM_OK;

    frame->element = wsman_element_find(parent->place, namespace_uri, name);
    if (parent->place == WSMAN_IN_HEADER && !frame->element)
        code = on_unknown_header(&r->message, namespace_uri, name, attributes, err);
    if (parent->place == WSMAN_IN_BODY)
        code = on_body_child(&r->message, frame->element, name, err);
    if (code == ICM_OK && frame->element)
        code = begin_element(r, frame->element, attributes, err);
    if (!frame->element && parent->text == WSMAN_TEXT_DEEP) {
        *frame = (struct frame){parent, true};
        part_texts(r);
    }
    return code;
}

static enum icm_code on_start(void *context, const char *namespace_uri, const char *name,
                              const struct icm_xml_attribute *attributes, size_t count, struct icm_error *err)
{
    static const struct wsman_element document = {.place = WSMAN_IN_NOTHING};
    struct wsman_reader *r = context;
    struct wsman_attributes list = {attributes, count};
    const struct wsman_element *parent = r->depth == 0 ? &document : r->frames[r->depth - 1].element;
    enum icm_code code = r->depth == 0 ? check_root(namespace_uri, name, err) : check_attributes(list, err);

    if (code != ICM_OK)
        return code;
    r->frames[r->depth++] = (struct frame){NULL, false}; /* the reader of XML has counted: it fits */
    return parent ? open_known(r, parent, namespace_uri, name, list, err) : ICM_OK;
}

/* what the table says; of Arguments the resource decides, which stands in the header */
static enum wsman_text text_kind(const struct wsman_reader *r, const struct wsman_element *element)
{
    if (element->text != WSMAN_TEXT_ARGUMENTS)
        return element->text;
    const struct wsman_shell_kind *kind = wsman_shell_kind_of(r->message.resource_uri);
    return kind && kind->has_pool ? WSMAN_TEXT_BASE64 : WSMAN_TEXT_VERBATIM;
}

static enum icm_code end_element(struct wsman_reader *r, const struct wsman_element *element, struct icm_error *err)
{
    enum wsman_text kind = text_kind(r, element);
    struct icm_slice text = icm_buf_slice(&r->text); /* for those rows only that keep it */
    enum icm_code code =
        kind == WSMAN_TEXT_BASE64 ? icm_base64_end(&r->base64, err) : icm_buf_check(&r->text, err);

    if (kind != WSMAN_TEXT_VERBATIM)
        text = icm_slice_trim(text);
    if (code == ICM_OK && element->field != 0)
        code = wsman_message_keep(&r->message, element->field, text, err);
    if (code == ICM_OK && element->end)
        code = element->end(&r->message, text, err);
    return code;
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    struct wsman_reader *r = context;
    struct frame frame = r->frames[--r->depth];

    if (!frame.element)
        return ICM_OK;
    if (!frame.is_inside)
        return end_element(r, frame.element, err);
    part_texts(r);
    return ICM_OK;
}

static enum icm_code on_text(void *context, struct icm_slice text, struct icm_error *err)
{
    struct wsman_reader *r = context;
    const struct wsman_element *element = r->depth > 0 ? r->frames[r->depth - 1].element : NULL;

    enum wsman_text kind = element ? text_kind(r, element) : WSMAN_TEXT_SKIP;

    if (kind == WSMAN_TEXT_SKIP)
        return ICM_OK;
    if (kind == WSMAN_TEXT_BASE64)
        return icm_base64_feed(&r->base64, text, &r->message.payload, err);
    if (text.size > WSMAN_TEXT_MAX - r->text.size)
        return icm_fail(err, ICM_LIMIT, NULL, "the text of element %s is longer than %d bytes", element->name,
                        WSMAN_TEXT_MAX);
    icm_buf_add(&r->text, text);
    return icm_buf_check(&r->text, err);
}

enum icm_code wsman_reader_new(struct wsman_reader **out, size_t bytes_max, struct icm_error *err)
{
    static const struct icm_xml_handler handler = {on_start, on_end, on_text};
    static const struct icm_xml_limits limits = {SIZE_MAX, WSMAN_DEPTH_MAX, WSMAN_ELEMENTS_MAX, WSMAN_ATTRIBUTES_MAX};
    struct wsman_reader *r = calloc(1, sizeof *r);

    if (!r)
        return icm_nomem(err);
    enum icm_code code = icm_xml_new(&r->xml, &handler, r, &limits, err);
    if (code != ICM_OK) {
        free(r);
        return code;
    }
    wsman_reader_restart(r, bytes_max);
    *out = r;
    return ICM_OK;
}

void wsman_reader_free(struct wsman_reader *r)
{
    if (!r)
        return;
    icm_xml_free(r->xml);
    wsman_decoder_reset(&r->decoder);
    icm_buf_reset(&r->text);
    icm_buf_reset(&r->message.payload);
    icm_arena_reset(&r->message.arena);
    free(r);
}

void wsman_reader_restart(struct wsman_reader *r, size_t bytes_max)
{
    icm_xml_restart(r->xml);
    wsman_decoder_restart(&r->decoder);
    message_begin(&r->message);
    icm_buf_clear(&r->text);
    r->base64 = (struct icm_base64){0};
    r->bytes_max = bytes_max;
    r->bytes = 0;
    r->depth = 0;
    r->has_body = false;
}

enum icm_code wsman_reader_feed(struct wsman_reader *r, struct icm_slice bytes, struct icm_error *err)
{
    if (bytes.size > r->bytes_max - r->bytes)
        return icm_fail(err, ICM_LIMIT, "DSP0226 6.2", "an envelope of more than %zu bytes", r->bytes_max);
    r->bytes += bytes.size;
    enum icm_code code = ICM_OK;
    while (code == ICM_OK && bytes.size > 0) {
        struct icm_slice text;
        code = wsman_decoder_feed(&r->decoder, &bytes, &text, err);
        if (code == ICM_OK && text.size > 0)
            code = icm_xml_feed(r->xml, text, err);
    }
    return code;
}

static enum icm_code feed_rest(struct wsman_reader *r, struct icm_error *err)
{
    struct icm_slice rest;
    enum icm_code code = wsman_decoder_finish(&r->decoder, &rest, err);

    return code == ICM_OK && rest.size > 0 ? icm_xml_feed(r->xml, rest, err) : code;
}

enum icm_code wsman_reader_finish(struct wsman_reader *r, struct wsman_message **out, struct icm_error *err)
{
    enum icm_code code = feed_rest(r, err);

    if (code == ICM_OK)
        code = icm_xml_finish(r->xml, err);
    if (code == ICM_OK && !r->has_body)
        code = icm_fail(err, ICM_SYNTAX, WSMAN_SPEC_ENVELOPE, "an envelope without a Body");
    if (code == ICM_OK)
        *out = &r->message;
    return code;
}

const struct wsman_message *wsman_reader_partial(const struct wsman_reader *r)
{
    return &r->message;
}

struct icm_slice wsman_pair_value(const struct wsman_pair *pairs, const char *name)
{
    for (; pairs; pairs = pairs->next)
        if (icm_slice_equal_nocase(pairs->name, icm_slice_text(name)))
            return pairs->value;
    return icm_slice_of(NULL, 0);
}
