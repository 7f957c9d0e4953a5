/* Values for tests, written as CLIXML. */
#ifndef TESTS_CLI_VALUE_OF_H
#define TESTS_CLI_VALUE_OF_H

#include "psrp/clixml.h"

#include <stdlib.h>

static inline struct psrp_value *value_of(struct icm_arena *a, const char *clixml)
{
    struct psrp_clixml_reader *reader;
    struct psrp_value *value = NULL;

    if (psrp_clixml_reader_new(&reader, NULL) != ICM_OK ||
        psrp_clixml_read(reader, icm_slice_text(clixml), a, &value, NULL) != ICM_OK)
        abort(); /* the test's own text is wrong */
    psrp_clixml_reader_free(reader);
    return value;
}

#endif
