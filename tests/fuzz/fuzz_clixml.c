/* Law: what reads is written, or is too deep or too much to be; and what was written reads back equal. */
#include "psrp/clixml.h"
#include "tests/psrp/value_equal.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each may double what is written: a few are enough to find mistakes, and many only take time. */
static bool has_many_references(struct icm_slice text)
{
    unsigned count = 0;

    for (const uint8_t *at; (at = memmem(text.data, text.size, "Ref", 3)); count++)
        text = icm_slice_from(text, (size_t)(at - text.data) + 3);
    return count > 16; /* RefId, Ref and TNRef */
}

static void check(struct psrp_clixml_reader *r, const struct psrp_value *value, struct icm_arena *arena)
{
    struct icm_buf out = {0};
    struct psrp_value *again = NULL;
    enum icm_code code = psrp_clixml_write(&out, value, NULL);

    assert(code == ICM_OK || code == ICM_LIMIT);
    if (code == ICM_OK) {
        assert(psrp_clixml_read(r, icm_buf_slice(&out), arena, &again, NULL) == ICM_OK);
        assert(value_equal(value, again));
    }
    icm_buf_clear(&out);
    psrp_value_write_text(value, &out);
    icm_buf_reset(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct psrp_clixml_reader *r; /* one for all inputs: none may leave anything behind */
    struct icm_slice text = icm_slice_of(data, size);
    struct icm_arena arena = {0};
    struct icm_error error = {0};
    struct psrp_value *value = NULL;

    if (!r && psrp_clixml_reader_new(&r, NULL) != ICM_OK)
        abort();
    enum icm_code code = psrp_clixml_read(r, text, &arena, &value, &error);
    assert(code == ICM_OK || code == ICM_SYNTAX || code == ICM_LIMIT);
    assert((code == ICM_OK) == (value != NULL) && error.code == code);
    if (code == ICM_OK && !has_many_references(text))
        check(r, value, &arena);
    icm_error_reset(&error);
    icm_arena_reset(&arena);
    return 0;
}
