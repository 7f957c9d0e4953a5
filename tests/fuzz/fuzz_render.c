/* A value on every stream in every output format. Laws: what goes to a terminal does not act on it; Json is whole JSON;
 * what Clixml makes reads back; and how often Csv's quotes stand is even. */
#include "cli/render.h"
#include "psrp/clixml.h"

#include "base/json.h"
#include "base/text.h"

#include <stdlib.h>

static struct psrp_clixml_reader *reader;

static void must(bool law)
{
    if (!law)
        abort();
}

/* Past a colour of ours, ESC [ 30 m to ESC [ 107 m, ESC [ 32;1;3 m or ESC [ 0 m. */
static bool skip_color(struct icm_slice *text)
{
    size_t size = 2;

    if (text->size < 4 || memcmp(text->data, "\033[", 2) != 0)
        return false;
    while (size < text->size && size < 8 && ((text->data[size] >= '0' && text->data[size] <= '9') || text->data[size] == ';'))
        size++;
    if (size == 2 || size == text->size || text->data[size] != 'm')
        return false;
    *text = icm_slice_from(*text, size + 1);
    return true;
}

/* what the renderer itself sends to a terminal for its progress block is on standard error alone */
static bool skip_move(struct icm_slice *text)
{
    size_t size = 2;

    if (text->data[0] == '\r') {
        *text = icm_slice_from(*text, 1);
        return true;
    }
    if (text->size < 3 || memcmp(text->data, "\033[", 2) != 0)
        return false;
    while (size < text->size && size < 8 && text->data[size] >= '0' && text->data[size] <= '9')
        size++;
    if (size == text->size || !strchr("AJK", text->data[size]))
        return false;
    *text = icm_slice_from(*text, size + 1);
    return true;
}

static void check_progress(struct icm_slice text)
{
    while (text.size > 0) {
        if (skip_color(&text) || skip_move(&text))
            continue;
        int32_t c = icm_utf8_next(&text);

        must(c == '\n' || c == '\t' || (c >= ' ' && c < 0x7F) || c >= 0xA0);
    }
}

static struct cli_progress_size small_terminal(void)
{
    return (struct cli_progress_size){.columns = 66, .rows = 4};
}

static void check_text(struct icm_slice text)
{
    while (text.size > 0) {
        if (skip_color(&text))
            continue;
        int32_t c = icm_utf8_next(&text);

        must(c == '\n' || c == '\t' || (c >= ' ' && c < 0x7F) || c >= 0xA0);
    }
}

static enum icm_code ignore(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    return ICM_OK;
}

static void check_json(struct icm_slice text)
{
    struct icm_json_reader *r = NULL;

    must(icm_json_reader_new(&r, ignore, NULL, NULL) == ICM_OK);
    must(icm_json_feed(r, text, NULL) == ICM_OK && icm_json_finish(r, NULL) == ICM_OK);
    icm_json_reader_free(r);
}

static void check_clixml(struct icm_slice text)
{
    struct icm_arena arena = {0};
    struct psrp_value *all = NULL;

    must(text.size == 0 || psrp_clixml_read_all(reader, text, &arena, &all, NULL) == ICM_OK);
    icm_arena_reset(&arena);
}

static void check_csv(struct icm_slice text)
{
    size_t quotes = 0;

    for (size_t i = 0; i < text.size; i++)
        quotes += text.data[i] == '"';
    must(quotes % 2 == 0);
}

static void render(int format, const struct psrp_value *value)
{
    static void (*const checks[])(struct icm_slice text) = {
        [CLI_OUTPUT_TEXT] = check_text,
        [CLI_OUTPUT_JSON] = check_json,
        [CLI_OUTPUT_CLIXML] = check_clixml,
        [CLI_OUTPUT_CSV] = check_csv,
    };
    struct cli_renderer_options options = {.format = format, .err_is_terminal = true, .out_is_terminal = true,
                                           .progress_size = small_terminal};
    struct cli_renderer *r = NULL;
    struct cli_sink sink = {0};

    must(cli_renderer_new(&r, &options, NULL) == ICM_OK);
    for (int type = PSRP_EVENT_OUTPUT; type <= PSRP_EVENT_PROGRESS; type++) {
        struct psrp_event event = {.type = (enum psrp_event_type)type, .value = value};
        cli_render_event(r, &sink, type % 2 ? "srv1" : NULL, &event);
        if (cli_render_progress_is_due(r))
            cli_render_paint(r, &sink);
    }
    (void)cli_render_finish(r, &sink);
    must(!sink.out.failed && !sink.err.failed);
    checks[format](icm_buf_slice(&sink.out));
    check_progress(icm_buf_slice(&sink.err));
    icm_buf_reset(&sink.out);
    icm_buf_reset(&sink.err);
    cli_renderer_free(r);
}

/* Each may double what is rendered: a few are enough to find mistakes, and many only take time. */
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
    struct icm_arena arena = {0};
    struct psrp_value *value = NULL;

    must(reader || psrp_clixml_reader_new(&reader, NULL) == ICM_OK);
    if (!has_many_references(icm_slice_of(data, size)) &&
        psrp_clixml_read(reader, icm_slice_of(data, size), &arena, &value, NULL) == ICM_OK)
        for (int format = CLI_OUTPUT_TEXT; format <= CLI_OUTPUT_CSV; format++)
            render(format, value);
    icm_arena_reset(&arena);
    return 0;
}
