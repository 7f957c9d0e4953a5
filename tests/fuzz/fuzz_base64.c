/* Laws: how a base64 text is split changes neither its bytes nor the verdict; and what is written reads back. RFC 4648. */
#include "base/text.h"

#include <stdlib.h>

static enum icm_code decode(struct icm_slice text, size_t piece, struct icm_buf *out)
{
    struct icm_base64 state = {0};
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && text.size > 0) {
        size_t size = text.size < piece ? text.size : piece;
        code = icm_base64_feed(&state, icm_slice_of(text.data, size), out, NULL);
        text = icm_slice_from(text, size);
    }
    return code == ICM_OK ? icm_base64_end(&state, NULL) : code;
}

static void must(bool law)
{
    if (!law)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_buf whole = {0}, split = {0}, text = {0}, back = {0};
    struct icm_slice input = icm_slice_of(data, size);

    enum icm_code code = decode(input, size, &whole);
    must(decode(input, 1 + size % 5, &split) == code);
    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));

    icm_base64_write(&text, input);
    must(decode(icm_buf_slice(&text), 7, &back) == ICM_OK);
    must(icm_slice_equal(icm_buf_slice(&back), input));
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
    icm_buf_reset(&text);
    icm_buf_reset(&back);
    return 0;
}
