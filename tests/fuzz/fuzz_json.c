/* Laws: how a text is split changes neither what is told of it nor the verdict; and what was read, written again, reads the
 * same. RFC 8259. */
#include "base/json.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

/* Write what is told as JSON again; a blank parts one value from the next. */
struct copy {
    struct icm_json json;
    unsigned depth;
};

static void write_scalar(struct icm_json *j, const struct icm_json_event *event)
{
    switch (event->type) {
    case ICM_JSON_NULL:
        icm_json_null(j);
        break;
    case ICM_JSON_BOOL:
        icm_json_bool(j, event->boolean);
        break;
    case ICM_JSON_INT:
        icm_json_i64(j, event->integer);
        break;
    case ICM_JSON_UINT:
        icm_json_u64(j, event->unsigned_integer);
        break;
    case ICM_JSON_DOUBLE:
        icm_json_number(j, event->text);
        break;
    default:
        icm_json_string(j, event->text);
    }
}

static enum icm_code on_event(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct copy *copy = context;
    bool is_open = event->type == ICM_JSON_OBJECT || event->type == ICM_JSON_ARRAY;
    bool is_close = event->type == ICM_JSON_OBJECT_END || event->type == ICM_JSON_ARRAY_END;

    if (event->key && !is_close)
        icm_json_key_text(&copy->json, event->key);
    if (is_open)
        icm_json_open(&copy->json, event->type == ICM_JSON_OBJECT ? '{' : '[');
    else if (is_close)
        icm_json_close(&copy->json, event->type == ICM_JSON_OBJECT_END ? '}' : ']');
    else
        write_scalar(&copy->json, event);
    copy->depth += is_open;
    copy->depth -= is_close;
    if (copy->depth == 0) {
        icm_buf_add_u8(copy->json.out, ' ');
        copy->json.has_before = false;
    }
    return ICM_OK;
}

static enum icm_code read_in_pieces(struct icm_slice text, size_t piece, struct icm_buf *out)
{
    struct copy copy = {.json = {.out = out}};
    struct icm_json_reader *r = NULL;
    enum icm_code code;

    must(icm_json_reader_new(&r, on_event, &copy, NULL) == ICM_OK);
    do {
        size_t size = text.size < piece ? text.size : piece;
        code = icm_json_feed(r, icm_slice_of(text.data, size), NULL);
        text = icm_slice_from(text, size);
    } while (code == ICM_OK && text.size > 0);
    if (code == ICM_OK)
        code = icm_json_finish(r, NULL);
    icm_json_reader_free(r);
    must(copy.depth == 0);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_buf whole = {0}, split = {0}, again = {0};
    struct icm_slice text = icm_slice_of(data, size);

    enum icm_code code = read_in_pieces(text, size, &whole);
    must(read_in_pieces(text, 1 + size % 4, &split) == code);
    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
    must(read_in_pieces(icm_buf_slice(&whole), 1000, &again) == ICM_OK);
    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&again)));
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
    icm_buf_reset(&again);
    return 0;
}
