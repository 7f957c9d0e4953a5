#include "cli/winrs_text.h"

#include "cli/visible.h"

/* how many bytes at the end of @text may be the beginning of something: of a character, or of CR LF */
static size_t open_end(struct icm_slice text)
{
    size_t valid = icm_utf8_valid_size(text);

    if (valid < text.size)
        return text.size - valid < 4 && (text.data[valid] & 0xC0) == 0xC0 ? text.size - valid : 0;
    return text.size > 0 && text.data[text.size - 1] == '\r';
}

void cli_winrs_text_add(struct cli_winrs_text *t, struct icm_slice bytes, struct icm_buf *out)
{
    if (!t->is_terminal) {
        icm_buf_add(out, bytes);
        return;
    }
    icm_buf_add(&t->rest, bytes);
    struct icm_slice text = icm_buf_slice(&t->rest);
    size_t whole = text.size - open_end(text);
    cli_visible_add(out, icm_slice_of(text.data, whole), true);
    out->failed = out->failed || t->rest.failed;
    icm_buf_drop(&t->rest, whole);
}

void cli_winrs_text_end(struct cli_winrs_text *t, struct icm_buf *out)
{
    cli_visible_add(out, icm_buf_slice(&t->rest), true);
    icm_buf_reset(&t->rest);
}
