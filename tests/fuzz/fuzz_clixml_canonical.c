/* Law: what is written of a value that was read is the writer's own form: read and written again it is the same bytes.
 * MS-PSRP 2.2.5. */
#include "psrp/clixml.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

/* ICM_LIMIT: too deep, or too much */
static bool copy(struct psrp_clixml_reader *r, struct icm_slice text, bool want_all, struct icm_buf *out)
{
    struct icm_arena arena = {0};
    struct psrp_value *value = NULL;
    enum icm_code code = want_all ? psrp_clixml_read_all(r, text, &arena, &value, NULL)
                                  : psrp_clixml_read(r, text, &arena, &value, NULL);

    if (code == ICM_OK) {
        code = psrp_clixml_write(out, value, NULL);
        must(code == ICM_OK || code == ICM_LIMIT);
    }
    icm_arena_reset(&arena);
    return code == ICM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct psrp_clixml_reader *r; /* one for all inputs: none may leave anything behind */
    struct icm_buf first = {0}, second = {0};

    must(r || psrp_clixml_reader_new(&r, NULL) == ICM_OK);
    for (int want_all = 0; want_all < 2; want_all++) {
        icm_buf_clear(&first);
        icm_buf_clear(&second);
        if (copy(r, icm_slice_of(data, size), want_all, &first)) {
            must(copy(r, icm_buf_slice(&first), false, &second));
            must(icm_slice_equal(icm_buf_slice(&first), icm_buf_slice(&second)));
        }
    }
    icm_buf_reset(&first);
    icm_buf_reset(&second);
    return 0;
}
