/* A document's objects on a console of any width. Laws: what goes to a terminal does not act on it; colours change nothing but colours;
 * and rows that are shown early, or late, are all shown. */
#include "cli/format_cells.h"
#include "cli/format_error.h"
#include "cli/format_value.h"
#include "psrp/clixml.h"

#include <stdlib.h>

enum { HEAD = 2 /* bytes: the width, and how */, FLUSHES = 1, WIDTHS = 256 };

static struct psrp_clixml_reader *reader;

static void must(bool law)
{
    if (!law)
        abort();
}

/* Every object, and then each as an error. @flush_every: 0 for never. */
static void show(struct icm_buf *out, const struct psrp_value *objects, const struct cli_format_options *o, unsigned flush_every)
{
    struct cli_format *f = NULL;
    unsigned count = 0;

    must(cli_format_new(&f, o, NULL) == ICM_OK);
    for (const struct psrp_item *i = objects->kind == PSRP_LIST ? objects->as.list->first : NULL; i; i = i->next) {
        count++;
        cli_format_add(f, out, i->value,
                       &(struct cli_origin){.computer = count % 3 ? NULL : "srv1", .is_hidden = count % 2});
        if (flush_every > 0 && count % flush_every == 0)
            cli_format_flush(f, out);
    }
    cli_format_finish(f, out);
    cli_format_free(f);
    for (const struct psrp_item *i = objects->kind == PSRP_LIST ? objects->as.list->first : NULL; i; i = i->next)
        for (int form = CLI_ERROR_CONCISE; form <= CLI_ERROR_CATEGORY; form++)
            cli_format_error(o, (enum cli_error_form)form, out, i->value, "srv1");
    must(!out->failed);
}

static void check_terminal(const struct psrp_value *objects, struct cli_format_options o)
{
    struct icm_buf out = {0};
    struct icm_slice text;

    o.is_visible = true;
    show(&out, objects, &o, FLUSHES);
    text = icm_buf_slice(&out);
    while (text.size > 0) {
        size_t size = cli_escape_size(text);

        if (size > 0 && o.has_colors && text.data[size - 1] == 'm') {
            text = icm_slice_from(text, size);
            continue;
        }
        int32_t c = icm_utf8_next(&text);
        must(c == '\n' || c == '\t' || (c >= ' ' && c < 0x7F) || c >= 0xA0);
    }
    icm_buf_reset(&out);
}

/* what a peer sends may form sequences of its own */
static bool has_escapes(struct icm_slice document)
{
    return memchr(document.data, '\033', document.size) || memmem(document.data, document.size, "001B", 4) ||
           memmem(document.data, document.size, "001b", 4) || memmem(document.data, document.size, "&#", 2);
}

static void check_colors(const struct psrp_value *objects, struct cli_format_options o)
{
    struct icm_buf plain = {0}, colored = {0}, stripped = {0};

    o.has_colors = false;
    show(&plain, objects, &o, 0);
    o.has_colors = true;
    show(&colored, objects, &o, 0);
    cli_cells_add_plain(&stripped, icm_buf_slice(&colored));
    must(icm_slice_equal(icm_buf_slice(&plain), icm_buf_slice(&stripped)));
    icm_buf_reset(&plain);
    icm_buf_reset(&colored);
    icm_buf_reset(&stripped);
}

/* Each may double what is shown: a few are enough to find mistakes, and many only take time. */
static bool has_many_references(struct icm_slice text)
{
    unsigned count = 0;

    for (const uint8_t *at; text.size > 0 && (at = memmem(text.data, text.size, "<Ref", 4)); count++)
        text = icm_slice_from(text, (size_t)(at - text.data) + 4);
    return count > 12;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice document = icm_slice_of(data, size);
    struct icm_arena arena = {0};
    struct psrp_value *objects = NULL;

    must(reader || psrp_clixml_reader_new(&reader, NULL) == ICM_OK);
    if (size < HEAD)
        return 0;
    const struct cli_format_options o = {
        .width = data[0] % WIDTHS + 1,
        .enumeration_limit = data[1] & 1 ? -1 : data[1] >> 5,
        .has_colors = data[1] & 2,
        .is_raw = data[1] & 4,
    };
    document = icm_slice_from(document, HEAD);
    if (!has_many_references(document) && psrp_clixml_read_all(reader, document, &arena, &objects, NULL) == ICM_OK) {
        struct cli_format_options harmless = o;

        harmless.is_raw = false;
        check_terminal(objects, harmless);
        if (!has_escapes(document))
            check_colors(objects, o);
        struct icm_buf out = {0};
        show(&out, objects, &o, 2);
        icm_buf_reset(&out);
    }
    icm_arena_reset(&arena);
    return 0;
}
