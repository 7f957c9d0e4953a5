#include "cli/format_xml.h"

#include "base/xml.h"

enum { BYTES_MAX = 64 * 1024 * 1024, DEPTH_MAX = 256, ELEMENTS_MAX = 1000 * 1000, ATTRIBUTES_MAX = 1000 };

struct reading {
    struct cli_xml_outline *out;
    bool has_root, is_simple;
};

static enum icm_code on_start(void *context, const char *namespace_uri, const char *name, const struct icm_xml_attribute *attributes,
                              size_t count, struct icm_error *err)
{
    struct reading *r = context;

    if (!r->has_root)
        icm_buf_add_text(&r->out->root, name);
    r->is_simple = !r->has_root && count == 0;
    r->has_root = true;
    return ICM_OK;
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    return ICM_OK;
}

static enum icm_code on_text(void *context, struct icm_slice text, struct icm_error *err)
{
    struct reading *r = context;

    if (r->is_simple)
        icm_buf_add(&r->out->value, text);
    return ICM_OK;
}

/* <?xml version="1.0"?> */
static void read_declaration(struct icm_slice text, struct icm_buf *out)
{
    const struct icm_slice begin = icm_slice_text("<?xml ");
    const uint8_t *end;

    if (text.size < begin.size || !icm_slice_equal(icm_slice_of(text.data, begin.size), begin))
        return;
    text = icm_slice_from(text, begin.size);
    end = text.size > 0 ? memmem(text.data, text.size, "?>", 2) : NULL;
    if (end)
        icm_buf_add(out, icm_slice_trim(icm_slice_of(text.data, (size_t)(end - text.data))));
}

bool cli_xml_outline_read(struct icm_slice text, struct cli_xml_outline *out)
{
    static const struct icm_xml_handler handler = {on_start, on_end, on_text};
    static const struct icm_xml_limits limits = {BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX, ATTRIBUTES_MAX};
    struct reading r = {.out = out};
    struct icm_xml *xml = NULL;

    *out = (struct cli_xml_outline){0};
    bool is_read = icm_xml_new(&xml, &handler, &r, &limits, NULL) == ICM_OK && icm_xml_read(xml, text, NULL) == ICM_OK;
    icm_xml_free(xml);
    read_declaration(text, &out->declaration);
    if (!r.is_simple) {
        icm_buf_clear(&out->value);
        icm_buf_add(&out->value, icm_buf_slice(&out->root));
    }
    return is_read && r.has_root && !out->root.failed && !out->value.failed && !out->declaration.failed;
}

void cli_xml_outline_reset(struct cli_xml_outline *x)
{
    icm_buf_reset(&x->declaration);
    icm_buf_reset(&x->root);
    icm_buf_reset(&x->value);
}
