#include "cli/input.h"

#include "cli/clixml_file.h"
#include "cli/json_value.h"
#include "psrp/clixml.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 256 * 1024 };

/* Objects that are freed together. */
struct cli_input_block {
    struct icm_arena arena;
    struct psrp_item *first, **end;
    size_t reader_count; /* who has not passed it */
    struct cli_input_block *next;
};

struct cli_input {
    int format;
    size_t reader_count; /* who has not left */
    struct cli_input_block *first, *last;
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
    in->reader_count = reader_count;
    in->ordinal = 1;
    if (format == CLI_INPUT_JSON)
        code = icm_json_reader_new(&in->json, visit, in, err);
    if (code != ICM_OK) {
        free(in);
        return code;
    }
    *out = in;
    return ICM_OK;
}

static void free_first(struct cli_input *in)
{
    struct cli_input_block *block = in->first;

    in->first = block->next;
    if (!in->first)
        in->last = NULL;
    icm_arena_reset(&block->arena);
    free(block);
}

void cli_input_free(struct cli_input *in)
{
    if (!in)
        return;
    while (in->first)
        free_first(in);
    icm_buf_reset(&in->line);
    icm_json_reader_free(in->json);
    icm_error_reset(&in->error);
    free(in);
}

/* ---- objects come in ---- */

/* the block that takes the next object; NULL: memory is short */
static struct cli_input_block *open_block(struct cli_input *in)
{
    struct cli_input_block *last = in->last;

    if (last && last->arena.used < BLOCK_BYTES)
        return last;
    struct cli_input_block *block = calloc(1, sizeof *block);
    if (!block)
        return NULL;
    block->end = &block->first;
    block->reader_count = in->reader_count;
    if (last)
        last->next = block;
    else
        in->first = block;
    in->last = block;
    return block;
}

/* @value lives in the last block, or as long as the input */
static enum icm_code add(struct cli_input *in, const struct psrp_value *value, struct icm_error *err)
{
    struct psrp_item *item = icm_arena_take(&in->last->arena, sizeof *item);

    if (!item || !value)
        return icm_nomem(err);
    item->value = (struct psrp_value *)(uintptr_t)value; /* readers give it out as const again */
    *in->last->end = item;
    in->last->end = &item->next;
    return ICM_OK;
}

enum icm_code cli_input_give(struct cli_input *in, const struct psrp_value *value, struct icm_error *err)
{
    enum icm_code code = open_block(in) ? add(in, value, err) : icm_nomem(err);

    in->is_finished = code == ICM_OK;
    return code;
}

static enum icm_code visit(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct cli_input *in = context;
    struct psrp_value *whole = NULL;

    if (in->builder.depth == 0) {
        struct cli_input_block *block = open_block(in);
        if (!block)
            return icm_nomem(err);
        in->builder.arena = &block->arena;
    }
    enum icm_code code = cli_json_value_take(&in->builder, event, &whole, err);
    if (code == ICM_AGAIN)
        return ICM_OK;
    if (code == ICM_OK)
        code = add(in, whole, err);
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
    struct cli_input_block *block = open_block(in);
    if (!block)
        return icm_nomem(err);
    in->ordinal++;
    return add(in, psrp_value_text(&block->arena, PSRP_STRING, line), err);
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
        code = add(in, i->value, err);
    return code;
}

static enum icm_code read_document(struct cli_input *in, struct icm_error *err)
{
    ICM_OWN(psrp_clixml_reader_freep) struct psrp_clixml_reader *reader = NULL;
    struct cli_input_block *block = open_block(in);
    struct psrp_value *objects;
    enum icm_code code = block ? psrp_clixml_reader_new(&reader, err) : icm_nomem(err);

    if (code == ICM_OK)
        code = cli_clixml_decode(&in->line, err);
    if (code == ICM_OK && icm_slice_trim(icm_buf_slice(&in->line)).size == 0)
        return icm_fail(err, ICM_SYNTAX, NULL, "empty: no CLIXML in it");
    if (code == ICM_OK)
        code = psrp_clixml_read_all(reader, icm_buf_slice(&in->line), &block->arena, &objects, err);
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

size_t cli_input_held(const struct cli_input *in)
{
    size_t sum = in->line.size;

    for (const struct cli_input_block *b = in->first; b; b = b->next)
        sum += b->arena.used;
    return sum;
}

/* ---- readers ---- */

static void free_passed(struct cli_input *in)
{
    while (in->first && in->first->reader_count == 0)
        free_first(in);
}

/* on to the next block, where there is one: the last may still grow */
static bool pass_block(struct cli_input_reader *r)
{
    struct cli_input_block *next = r->block->next;

    if (!next)
        return false;
    r->block->reader_count--;
    r->block = next;
    r->taken = NULL;
    free_passed(r->input);
    return true;
}

static const struct psrp_item *peek(const struct cli_input_reader *r)
{
    return r->taken ? r->taken->next : r->block->first;
}

const struct psrp_value *cli_input_next(struct cli_input_reader *r)
{
    if (!r->input)
        return NULL;
    if (!r->block)
        r->block = r->input->first; /* nothing was freed that this one has not seen */
    if (!r->block)
        return NULL;
    while (!peek(r))
        if (!pass_block(r))
            return NULL;
    r->taken = peek(r);
    return r->taken->value;
}

bool cli_input_is_over(const struct cli_input_reader *r)
{
    if (!r->input)
        return true;
    const struct cli_input_block *block = r->block ? r->block : r->input->first;
    bool has_more = block && (block->next || (r->block ? peek(r) != NULL : block->first != NULL));
    return r->input->is_finished && !has_more;
}

void cli_input_leave(struct cli_input_reader *r)
{
    struct cli_input *in = r->input;

    if (!in)
        return;
    for (struct cli_input_block *b = r->block ? r->block : in->first; b; b = b->next)
        b->reader_count--;
    in->reader_count--;
    *r = (struct cli_input_reader){0};
    free_passed(in);
}
