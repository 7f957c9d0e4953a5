/* JSON to PowerShell's values. Laws: what was built can be written as CLIXML, which reads back equal; and as JSON,
 * which is JSON; and how the text is split changes nothing. */
#include "cli/json_value.h"
#include "cli/value_json.h"
#include "psrp/clixml.h"
#include "tests/psrp/value_equal.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

struct building {
    struct cli_json_builder builder;
    struct icm_buf clixml; /* of each value that was whole */
};

static enum icm_code ignore(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    return ICM_OK;
}

static void check_json(const struct psrp_value *value)
{
    struct icm_buf out = {0};
    struct icm_json json = {.out = &out};
    struct icm_json_reader *r = NULL;

    cli_value_write_json(&json, value);
    must(icm_json_reader_new(&r, ignore, NULL, NULL) == ICM_OK);
    must(icm_json_feed(r, icm_buf_slice(&out), NULL) == ICM_OK && icm_json_finish(r, NULL) == ICM_OK);
    icm_json_reader_free(r);
    icm_buf_reset(&out);
}

static void check_value(const struct psrp_value *value, struct icm_buf *clixml)
{
    static struct psrp_clixml_reader *r;
    struct icm_arena arena = {0};
    struct psrp_value *again = NULL;
    size_t from = clixml->size;

    must(r || psrp_clixml_reader_new(&r, NULL) == ICM_OK);
    must(psrp_clixml_write(clixml, value, NULL) == ICM_OK);
    must(psrp_clixml_read(r, icm_slice_from(icm_buf_slice(clixml), from), &arena, &again, NULL) == ICM_OK);
    must(value_equal(value, again));
    icm_arena_reset(&arena);
}

static enum icm_code on_event(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct building *b = context;
    struct psrp_value *whole = NULL;
    enum icm_code code = cli_json_value_take(&b->builder, event, &whole, err);

    if (code != ICM_OK)
        return code == ICM_AGAIN ? ICM_OK : code;
    check_value(whole, &b->clixml);
    check_json(whole);
    return ICM_OK;
}

static enum icm_code build(struct icm_slice text, size_t piece, struct icm_buf *clixml)
{
    struct icm_arena arena = {0};
    struct building b = {.builder = {.arena = &arena}};
    struct icm_json_reader *r = NULL;
    enum icm_code code;

    must(icm_json_reader_new(&r, on_event, &b, NULL) == ICM_OK);
    do {
        size_t size = text.size < piece ? text.size : piece;
        code = icm_json_feed(r, icm_slice_of(text.data, size), NULL);
        text = icm_slice_from(text, size);
    } while (code == ICM_OK && text.size > 0);
    if (code == ICM_OK)
        code = icm_json_finish(r, NULL);
    icm_json_reader_free(r);
    icm_arena_reset(&arena);
    icm_buf_move(clixml, &b.clixml);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_buf whole = {0}, split = {0};
    struct icm_slice text = icm_slice_of(data, size);

    enum icm_code code = build(text, size, &whole);
    must(build(text, 1 + size % 4, &split) == code);
    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
    return 0;
}
