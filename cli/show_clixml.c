/* CLIXML for the eye. No parser: whatever a peer sent is shown as far as it has tags. */
#include "cli/show_private.h"

struct walk {
    struct icm_buf *out;
    struct icm_slice rest;
    unsigned depth;
    bool is_open; /* an element was opened last, so its text and end stay on its line */
};

static void begin_line(struct walk *w)
{
    unsigned levels = w->depth < CLI_SHOW_INDENT_MAX ? w->depth : CLI_SHOW_INDENT_MAX;

    if (w->out->size > 0 && w->out->data[w->out->size - 1] != '\n')
        icm_buf_add_u8(w->out, '\n');
    icm_buf_add_text(w->out, "    ");
    for (unsigned i = 0; i < levels; i++)
        icm_buf_add_text(w->out, "  ");
}

/* the local name of the element whose tag is @tag, without < and > */
static struct icm_slice local_name(struct icm_slice tag)
{
    size_t from = tag.size > 0 && tag.data[0] == '/' ? 1 : 0, at = from;

    for (; at < tag.size && tag.data[at] > ' ' && tag.data[at] != '/'; at++)
        if (tag.data[at] == ':')
            from = at + 1;
    return icm_slice_of(tag.data + from, at - from);
}

static struct icm_slice take_until(struct walk *w, uint8_t end)
{
    const uint8_t *found = w->rest.size > 0 ? memchr(w->rest.data, end, w->rest.size) : NULL;
    size_t size = found ? (size_t)(found - w->rest.data) : w->rest.size;
    struct icm_slice taken = icm_slice_of(w->rest.data, size);

    w->rest = icm_slice_from(w->rest, size);
    return taken;
}

static void take_text(struct walk *w)
{
    struct icm_slice text = take_until(w, '<');

    if (!w->is_open) {
        text = icm_slice_trim(text);
        if (text.size > 0)
            begin_line(w);
    }
    cli_show_text(w->out, text);
}

/* Everything up to the end of the element, comments and elements inside too: it is, or may be, a password. */
static void skip_secret(struct walk *w)
{
    icm_buf_add_text(w->out, "[secret]");
    while (w->rest.size > 0) {
        take_until(w, '<');
        struct icm_slice tag = w->rest.size > 0 ? icm_slice_from(w->rest, 1) : w->rest;
        const uint8_t *end = tag.size > 0 ? memchr(tag.data, '>', tag.size) : NULL;

        if (end && tag.data[0] == '/' && icm_slice_is(local_name(icm_slice_of(tag.data, (size_t)(end - tag.data))), "SS"))
            return;
        w->rest = tag;
    }
}

static void close_element(struct walk *w, struct icm_slice tag)
{
    w->depth -= w->depth > 0 ? 1 : 0;
    if (!w->is_open)
        begin_line(w);
    w->is_open = false;
    icm_buf_add_u8(w->out, '<');
    cli_show_text(w->out, tag);
    icm_buf_add_u8(w->out, '>');
}

static void take_tag(struct walk *w)
{
    w->rest = icm_slice_from(w->rest, 1);
    struct icm_slice tag = take_until(w, '>');
    bool is_whole = w->rest.size > 0;

    w->rest = icm_slice_from(w->rest, is_whole ? 1 : 0);
    if (tag.size > 0 && tag.data[0] == '/') {
        close_element(w, tag);
        return;
    }
    begin_line(w);
    icm_buf_add_u8(w->out, '<');
    cli_show_text(w->out, tag);
    icm_buf_add_text(w->out, is_whole ? ">" : "");
    w->is_open = is_whole && tag.size > 0 && tag.data[tag.size - 1] != '/' && !strchr("?!", tag.data[0]);
    w->depth += w->is_open ? 1 : 0;
    if (w->is_open && icm_slice_is(local_name(tag), "SS"))
        skip_secret(w);
}

void cli_show_clixml(struct icm_buf *out, struct icm_slice clixml)
{
    struct walk w = {.out = out, .rest = clixml};

    while (w.rest.size > 0)
        if (w.rest.data[0] == '<')
            take_tag(&w);
        else
            take_text(&w);
    if (clixml.size > 0)
        icm_buf_add_u8(out, '\n');
}
