#include "cli/visible.h"

static bool is_surrogate(int32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

static bool is_control(int32_t c)
{
    return (c >= 0 && c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F);
}

static void add_instead(struct icm_buf *out, int32_t c, struct icm_slice behind)
{
    if (c < 0 || is_surrogate(c))
        icm_utf8_add(out, 0xFFFD);
    else if (c != '\r' || behind.size == 0 || behind.data[0] != '\n')
        icm_buf_add_format(out, "\\u%04x", (unsigned)c);
}

void cli_visible_add(struct icm_buf *out, struct icm_slice text, bool is_terminal)
{
    struct icm_slice plain = text;

    for (text = icm_slice_from(text, icm_ascii_plain_size(text, 0, 0)); text.size > 0;
         text = icm_slice_from(text, icm_ascii_plain_size(text, 0, 0))) {
        struct icm_slice before = text;
        int32_t c = icm_utf8_next(&text);

        if (c >= 0 && !is_surrogate(c) && !(is_terminal && is_control(c)))
            continue;
        if (c < 0)
            text = icm_slice_from(text, 1);
        icm_buf_add(out, icm_slice_of(plain.data, (size_t)(before.data - plain.data)));
        add_instead(out, c, text);
        plain = text;
    }
    icm_buf_add(out, plain);
}
