/* A file of CLIXML, whoever wrote it. Law: its parts come in order, do not overlap, say where they begin, and come to
 * an end. */
#include "cli/clixml_file.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_parts(struct icm_slice text)
{
    struct cli_clixml_parts parts = {.text = text};
    struct cli_clixml_part part;
    size_t end = 0, count = 0;

    while (cli_clixml_next_part(&parts, &part)) {
        must(part.at >= end && part.at <= text.size && part.text.size <= text.size - part.at);
        must(part.text.size == 0 || part.text.data == text.data + part.at);
        must(++count <= text.size + 1); /* no endless row of empty ones */
        end = part.at + part.text.size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_buf bytes = {0};
    struct icm_error err = {0};

    icm_buf_add(&bytes, icm_slice_of(data, size));
    enum icm_code code = cli_clixml_decode(&bytes, &err);
    must(code == ICM_OK || (code == ICM_SYNTAX && err.code == code));
    if (code == ICM_OK) {
        check_parts(icm_buf_slice(&bytes));
        (void)cli_clixml_is_likely(icm_buf_slice(&bytes));
    }
    icm_error_reset(&err);
    icm_buf_reset(&bytes);
    return 0;
}
