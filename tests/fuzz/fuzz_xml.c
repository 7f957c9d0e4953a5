/* Laws: how a document is split changes neither what is told of it nor the verdict; a reader that has read before tells the
 * same as a fresh one; and a text that was escaped reads back. XML 1.0. */
#include "base/text.h"
#include "base/xml.h"

#include <stdlib.h>

static const struct icm_xml_limits limits = {
    .bytes_max = 1 << 20, .depth_max = 20, .elements_max = 1000, .attributes_max = 20};

static enum icm_code on_start(void *context, const char *uri, const char *name,
                              const struct icm_xml_attribute *attributes, size_t count, struct icm_error *err)
{
    struct icm_buf *told = context;

    icm_buf_add_format(told, "<{%s}%s", uri, name);
    for (size_t i = 0; i < count; i++) {
        icm_buf_add_format(told, " {%s}%s=", attributes[i].namespace_uri, attributes[i].name);
        icm_buf_add(told, attributes[i].value);
    }
    icm_buf_add_text(told, ">");
    return ICM_OK;
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    icm_buf_add_text(context, "</>");
    return ICM_OK;
}

static enum icm_code on_text(void *context, struct icm_slice text, struct icm_error *err)
{
    icm_buf_add(context, text);
    return ICM_OK;
}

static const struct icm_xml_handler handler = {on_start, on_end, on_text};

static void must(bool law)
{
    if (!law)
        abort();
}

static enum icm_code read_in_pieces(struct icm_xml *x, struct icm_slice document, size_t piece)
{
    enum icm_code code = ICM_OK;

    icm_xml_restart(x);
    while (code == ICM_OK && document.size > 0) {
        size_t size = document.size < piece ? document.size : piece;
        code = icm_xml_feed(x, icm_slice_of(document.data, size), NULL);
        document = icm_slice_from(document, size);
    }
    return code == ICM_OK ? icm_xml_finish(x, NULL) : code;
}

/* of a document that is refused, more or less of the front may have been told: only the verdict counts */
static void splitting_changes_nothing(struct icm_slice document)
{
    struct icm_buf whole = {0}, split = {0};
    struct icm_xml *fresh = NULL, *used = NULL;

    must(icm_xml_new(&fresh, &handler, &whole, &limits, NULL) == ICM_OK);
    must(icm_xml_new(&used, &handler, &split, &limits, NULL) == ICM_OK);
    enum icm_code code = read_in_pieces(fresh, document, document.size);
    read_in_pieces(used, document, 7);
    icm_buf_clear(&split);
    must((read_in_pieces(used, document, 1 + document.size % 3) == ICM_OK) == (code == ICM_OK));
    must(code != ICM_OK || icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
    icm_xml_free(fresh);
    icm_xml_free(used);
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
}

static bool is_character(int32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) ||
           c >= 0x10000;
}

static bool is_xml_text(struct icm_slice text)
{
    while (text.size > 0)
        if (!is_character(icm_utf8_next(&text)))
            return false;
    return true;
}

static void escaped_text_reads_back(struct icm_slice text)
{
    struct icm_buf document = {0}, told = {0}, expected = {0};
    struct icm_xml *x = NULL;

    icm_buf_add_text(&document, "<a b=\"");
    icm_xml_add_value(&document, text);
    icm_buf_add_text(&document, "\">");
    icm_xml_add_text(&document, text);
    icm_buf_add_text(&document, "</a>");
    icm_buf_add_text(&expected, "<{}a {}b=");
    icm_buf_add(&expected, text);
    icm_buf_add_text(&expected, ">");
    icm_buf_add(&expected, text);
    icm_buf_add_text(&expected, "</>");
    must(icm_xml_new(&x, &handler, &told, &limits, NULL) == ICM_OK);
    must(icm_xml_read(x, icm_buf_slice(&document), NULL) == ICM_OK);
    must(!is_xml_text(text) || icm_slice_equal(icm_buf_slice(&told), icm_buf_slice(&expected)));
    icm_xml_free(x);
    icm_buf_reset(&document);
    icm_buf_reset(&told);
    icm_buf_reset(&expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    splitting_changes_nothing(icm_slice_of(data, size));
    escaped_text_reads_back(icm_slice_of(data, size));
    return 0;
}
