/* CLIXML for the eye. No parser: whatever a peer sent is shown as far as it has tags. */
#include "cli/show_private.h"

#include "base/text.h"
#include "psrp/event.h"

/* Numbers that have names, by the member in which they stand, or stand inside of. */
static const struct number {
    const char *member;
    const char *(*name_of)(int64_t number);
} numbers[] = {
    {"RunspaceState", psrp_pool_state_name},
    {"PipelineState", psrp_pipeline_state_name},
    {"mi", psrp_host_method_name},
};

struct walk {
    struct icm_buf *out;
    struct icm_slice rest;
    struct icm_slice text; /* in the element that was opened last */
    unsigned depth;
    bool is_open;                /* an element was opened last, so its text and end stay on its line */
    const struct number *number; /* we are inside of its member … */
    unsigned number_depth;       /* … which is so deep */
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
    w->text = text;
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

        if (end && tag.data[0] == '/' &&
            icm_slice_is(local_name(icm_slice_of(tag.data, (size_t)(end - tag.data))), "SS"))
            return;
        w->rest = tag;
    }
}

static const struct number *number_of(struct icm_slice tag)
{
    static const char attribute[] = " N=\"";
    const uint8_t *found = memmem(tag.data, tag.size, attribute, strlen(attribute));
    struct icm_slice member = found ? icm_slice_from(tag, (size_t)(found - tag.data) + strlen(attribute)) : tag;
    const uint8_t *end = found && member.size > 0 ? memchr(member.data, '"', member.size) : NULL;

    for (size_t i = 0; end && i < ICM_COUNT(numbers); i++)
        if (icm_slice_is(icm_slice_of(member.data, (size_t)(end - member.data)), numbers[i].member))
            return &numbers[i];
    return NULL;
}

static void tell_number(struct walk *w, struct icm_slice element)
{
    int64_t number;

    if (!w->number || !(icm_slice_is(element, "I32") || icm_slice_is(element, "I64")) ||
        !icm_parse_i64(w->text, INT64_MIN, INT64_MAX, &number))
        return;
    const char *name = w->number->name_of(number);
    if (name)
        icm_buf_add_format(w->out, "  # %s", name);
}

static void open_element(struct walk *w, struct icm_slice tag)
{
    w->depth++;
    w->text = icm_slice_of(NULL, 0);
    if (w->number)
        return;
    w->number = number_of(tag);
    w->number_depth = w->depth;
}

static void close_element(struct walk *w, struct icm_slice tag)
{
    bool was_open = w->is_open;

    w->depth -= w->depth > 0 ? 1 : 0;
    if (!was_open)
        begin_line(w);
    w->is_open = false;
    icm_buf_add_u8(w->out, '<');
    cli_show_text(w->out, tag);
    icm_buf_add_u8(w->out, '>');
    if (was_open)
        tell_number(w, local_name(tag));
    if (w->depth < w->number_depth)
        w->number = NULL;
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
    if (w->is_open)
        open_element(w, tag);
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
