/* XML's escapes; the reader is in xml.c. */
#include "base/text.h"
#include "base/xml.h"

/* what a character becomes in text, or NULL for itself; XML 1.0 section 2.2 says which there are */
static const char *replacement(int32_t c, bool is_value)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return is_value ? "&quot;" : NULL;
    case '\t':
        return is_value ? "&#x9;" : NULL;
    case '\n':
        return is_value ? "&#xA;" : NULL;
    case '\r':
        return "&#xD;";
    default:
        break;
    }
    bool fits = (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) || c >= 0x10000;
    return fits ? NULL : "\xEF\xBF\xBD";
}

static void add_escaped(struct icm_buf *out, struct icm_slice text, bool is_value)
{
    struct icm_slice plain = text; /* what is copied as it is, from its front to where @text stands */

    while (text.size > 0) {
        if (text.data[0] < 0x80 && text.data[0] >= 0x20 && !strchr("&<>\"", text.data[0])) {
            text = icm_slice_from(text, 1);
            continue;
        }
        struct icm_slice before = text;
        int32_t c = icm_utf8_next(&text);
        if (c < 0)
            text = icm_slice_from(text, 1); /* a byte that is no UTF-8 is a character of its own, and has no place */
        const char *instead = replacement(c, is_value);
        if (!instead)
            continue;
        icm_buf_add(out, icm_slice_of(plain.data, (size_t)(before.data - plain.data)));
        icm_buf_add_text(out, instead);
        plain = text;
    }
    icm_buf_add(out, plain);
}

void icm_xml_add_text(struct icm_buf *out, struct icm_slice text)
{
    add_escaped(out, text, false);
}

void icm_xml_add_value(struct icm_buf *out, struct icm_slice text)
{
    add_escaped(out, text, true);
}
