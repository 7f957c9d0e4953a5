/* Laws: any bytes, put between single quotes with the quotes inside doubled, read back as those bytes; what reads at all can be
 * written as CLIXML unless it is no text; a number keeps its value when it is read from what was written of it. */
#include "cli/literal.h"
#include "psrp/clixml.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static void quoted_reads_back(struct icm_slice bytes)
{
    struct icm_arena arena = {0};
    struct icm_buf text = {0};
    struct psrp_value *value = NULL;

    icm_buf_add_u8(&text, '\'');
    for (size_t i = 0; i < bytes.size; i++) {
        icm_buf_add_u8(&text, bytes.data[i]);
        if (bytes.data[i] == '\'')
            icm_buf_add_u8(&text, '\'');
    }
    icm_buf_add_u8(&text, '\'');
    must(cli_literal_read(&arena, icm_buf_slice(&text), &value, NULL) == ICM_OK);
    must(value->kind == PSRP_STRING && icm_slice_equal(value->as.text, bytes));
    icm_buf_reset(&text);
    icm_arena_reset(&arena);
}

static void can_be_written(struct icm_slice text)
{
    struct icm_arena arena = {0};
    struct icm_buf clixml = {0};
    struct icm_error err = {0};
    struct psrp_value *value = NULL;
    enum icm_code code = cli_literal_read(&arena, text, &value, &err);

    must(code == ICM_OK || (code == ICM_USAGE && !value && err.text[0] != '\0'));
    if (code == ICM_OK && icm_utf8_valid_size(text) == text.size)
        must(psrp_clixml_write(&clixml, value, &err) == ICM_OK);
    icm_buf_reset(&clixml);
    icm_error_reset(&err);
    icm_arena_reset(&arena);
}

/* the integers: their decimal text is a literal of the same kind or, for the short kinds, of the same value */
static void number_reads_back(struct icm_slice text)
{
    struct icm_arena arena = {0};
    struct icm_buf written = {0};
    struct psrp_value *first = NULL, *second = NULL;
    int64_t a, b;

    if (cli_literal_read_number(&arena, text, &first, NULL) == ICM_OK && psrp_value_integer(first, &a)) {
        psrp_value_write_text(first, &written);
        must(cli_literal_read_number(&arena, icm_buf_slice(&written), &second, NULL) == ICM_OK);
        must(!psrp_value_integer(second, &b) || a == b);
    }
    icm_buf_reset(&written);
    icm_arena_reset(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice text = icm_slice_of(size > 0 ? data : NULL, size);

    quoted_reads_back(text);
    can_be_written(text);
    number_reads_back(text);
    return 0;
}
