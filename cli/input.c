#include "cli/input.h"

#include "cli/clixml_file.h"
#include "cli/json_value.h"
#include "psrp/clixml.h"

#include <stdlib.h>

struct cli_input {
    int format;
    struct cli_queue *queue;
    bool is_finished;

    struct icm_buf line; /* what of it, or of the document, has come */
    size_t ordinal;      /* of the line or the JSON value that is open, from 1 */
    struct icm_json_reader *json;
    struct cli_json_builder builder;
    enum icm_code code; /* what went wrong, which stays */
    struct icm_error error;
};

/* ---- life ---- */

static enum icm_code visit(void *context, const struct icm_json_event *event, struct icm_error *err);

enum icm_code cli_input_new(struct cli_input **out, int format, size_t reader_count, struct icm_error *err)
{
    struct cli_input *in = calloc(1, sizeof *in);
    enum icm_code code = ICM_OK;

    if (!in)
        return icm_nomem(err);
    in->format = format;
    in->ordinal = 1;
    code = cli_queue_new(&in->queue, reader_count, err);
    if (code == ICM_OK && format == CLI_INPUT_JSON)
        code = icm_json_reader_new(&in->json, visit, in, err);
    if (code != ICM_OK) {
        cli_input_free(in);
        return code;
    }
    *out = in;
    return ICM_OK;
}

void cli_input_free(struct cli_input *in)
{
    if (!in)
        return;
    cli_queue_free(in->queue);
    icm_buf_reset(&in->line);
    icm_json_reader_free(in->json);
    icm_error_reset(&in->error);
    free(in);
}

/* ---- objects come in ---- */

enum icm_code cli_input_give(struct cli_input *in, const struct psrp_value *value, struct icm_error *err)
{
    struct icm_arena *arena;
    enum icm_code code = cli_queue_arena(in->queue, &arena, err);

    if (code == ICM_OK)
        code = cli_queue_add(in->queue, value, err);
    in->is_finished = code == ICM_OK;
    return code;
}

static enum icm_code visit(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct cli_input *in = context;
    struct psrp_value *whole = NULL;
    enum icm_code code = in->builder.depth == 0 ? cli_queue_arena(in->queue, &in->builder.arena, err) : ICM_OK;

    if (code != ICM_OK)
        return code;
    code = cli_json_value_take(&in->builder, event, &whole, err);
    if (code == ICM_AGAIN)
        return ICM_OK;
    if (code == ICM_OK)
        code = cli_queue_add(in->queue, whole, err);
    else if (code != ICM_NOMEM)
        icm_fail(err, code, err->spec, "JSON value %zu: %s", in->ordinal, err->text);
    in->ordinal++;
    return code;
}

/* ---- lines ---- */

static enum icm_code add_line(struct cli_input *in, struct icm_slice line, struct icm_error *err)
{
    if (line.size > 0 && line.data[line.size - 1] == '\r') /* a line's end is one in either form */
        line.size--;
    size_t valid = icm_utf8_valid_size(line);
    if (valid < line.size)
        return icm_fail(err, ICM_SYNTAX, NULL, "line %zu is not UTF-8, at its byte %zu", in->ordinal, valid + 1);
    struct icm_arena *arena;
    enum icm_code code = cli_queue_arena(in->queue, &arena, err);
    if (code != ICM_OK)
        return code;
    in->ordinal++;
    return cli_queue_add(in->queue, psrp_value_text(arena, PSRP_STRING, line), err);
}

static enum icm_code keep_line(struct cli_input *in, struct icm_slice text, struct icm_error *err)
{
    if (text.size > CLI_INPUT_LINE_MAX - in->line.size)
        return icm_fail(err, ICM_LIMIT, NULL, "line %zu is longer than %d MiB", in->ordinal,
                        CLI_INPUT_LINE_MAX / (1024 * 1024));
    icm_buf_add(&in->line, text);
    return icm_buf_check(&in->line, err);
}

static enum icm_code end_kept_line(struct cli_input *in, struct icm_slice rest, struct icm_error *err)
{
    enum icm_code code = keep_line(in, rest, err);

    if (code == ICM_OK)
        code = add_line(in, icm_buf_slice(&in->line), err);
    icm_buf_clear(&in->line);
    return code;
}

static enum icm_code feed_lines(struct cli_input *in, struct icm_slice text, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        struct icm_slice line = icm_slice_of(text.data, end ? (size_t)(end - text.data) : text.size);

        if (!end)
            return keep_line(in, text, err);
        text = icm_slice_from(text, line.size + 1);
        code = in->line.size > 0 ? end_kept_line(in, line, err) : add_line(in, line, err);
    }
    return code;
}

/* ---- CLIXML: a document is known when it is whole ---- */

static enum icm_code keep_document(struct cli_input *in, struct icm_slice text, struct icm_error *err)
{
    if (text.size > PSRP_CLIXML_BYTES_MAX - in->line.size)
        return icm_fail(err, ICM_LIMIT, NULL, "a document of over %zu bytes", PSRP_CLIXML_BYTES_MAX);
    icm_buf_add(&in->line, text);
    return icm_buf_check(&in->line, err);
}

static enum icm_code add_objects(struct cli_input *in, const struct psrp_value *objects, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (const struct psrp_item *i = objects->as.list->first; i && code == ICM_OK; i = i->next)
        code = cli_queue_add(in->queue, i->value, err);
    return code;
}

static enum icm_code read_document(struct cli_input *in, struct icm_error *err)
{
    ICM_OWN(psrp_clixml_reader_freep) struct psrp_clixml_reader *reader = NULL;
    struct icm_arena *arena;
    struct psrp_value *objects;
    enum icm_code code = cli_queue_arena(in->queue, &arena, err);

    if (code == ICM_OK)
        code = psrp_clixml_reader_new(&reader, err);
    if (code == ICM_OK)
        code = cli_clixml_decode(&in->line, err);
    if (code == ICM_OK && icm_slice_trim(icm_buf_slice(&in->line)).size == 0)
        return icm_fail(err, ICM_SYNTAX, NULL, "empty: no CLIXML in it");
    if (code == ICM_OK)
        code = psrp_clixml_read_all(reader, icm_buf_slice(&in->line), arena, &objects, err);
    icm_buf_reset(&in->line);
    return code == ICM_OK && objects->kind == PSRP_LIST ? add_objects(in, objects, err) : code;
}

/* ---- any of them ---- */

static enum icm_code feed(struct cli_input *in, struct icm_slice text, struct icm_error *err)
{
    if (in->json)
        return icm_json_feed(in->json, text, err);
    return in->format == CLI_INPUT_CLIXML ? keep_document(in, text, err) : feed_lines(in, text, err);
}

static enum icm_code finish(struct cli_input *in, struct icm_error *err)
{
    if (in->json)
        return icm_json_finish(in->json, err);
    if (in->format == CLI_INPUT_CLIXML)
        return read_document(in, err);
    return in->line.size > 0 ? end_kept_line(in, icm_slice_of(NULL, 0), err) : ICM_OK;
}

static enum icm_code outcome(struct cli_input *in, enum icm_code code, struct icm_error *err)
{
    if (in->code == ICM_OK)
        in->code = code;
    if (in->code != ICM_OK)
        icm_error_copy(err, &in->error);
    return in->code;
}

enum icm_code cli_input_feed(struct cli_input *in, struct icm_slice text, struct icm_error *err)
{
    if (in->code != ICM_OK)
        return outcome(in, in->code, err);
    return outcome(in, feed(in, text, &in->error), err);
}

enum icm_code cli_input_finish(struct cli_input *in, struct icm_error *err)
{
    enum icm_code code = in->code;

    if (code == ICM_OK)
        code = finish(in, &in->error);
    in->is_finished = code == ICM_OK;
    return outcome(in, code, err);
}

bool cli_input_is_finished(const struct cli_input *in)
{
    return in->is_finished;
}

struct cli_queue *cli_input_queue(struct cli_input *in)
{
    return in->queue;
}

bool cli_input_is_over(const struct cli_input *in, const struct cli_queue_reader *r)
{
    return !r->queue || (in->is_finished && cli_queue_is_at_end(r));
}
