/* Law: our tokenizer tells of every input what libxml2 tells, or refuses it as libxml2 does, or hands it over. The one
 * exception: references to U+FFFE and U+FFFF, which the engine writes and libxml2 refuses, are read. XML 1.0. */
#include "tests/psrp/clixml_told.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* the two characters as they are do not pass, so that they come from references alone */
static bool has_exception(struct icm_slice told)
{
    return told.size > 0 &&
           (memmem(told.data, told.size, "\xEF\xBF\xBE", 3) || memmem(told.data, told.size, "\xEF\xBF\xBF", 3));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct clixml_told told; /* one for all inputs: none may leave anything behind */
    struct icm_error error = {0};

    if (!told.xml && !clixml_told_init(&told))
        abort();
    enum icm_code code = clixml_told_tokens(&told, icm_slice_of(data, size), &error);
    assert(code == ICM_OK || code == ICM_UNSUPPORTED || error.code == code);
    if (code != ICM_UNSUPPORTED && !has_exception(icm_buf_slice(&told.by_tokens))) {
        assert((clixml_told_xml(&told, icm_slice_of(data, size), &error) == ICM_OK) == (code == ICM_OK));
        assert(code != ICM_OK || icm_slice_equal(icm_buf_slice(&told.by_tokens), icm_buf_slice(&told.by_xml)));
    }
    icm_error_reset(&error);
    return 0;
}
