/* Bytes as people write them in a row of a test's table. */
#ifndef TESTS_PSRP_HEX_H
#define TESTS_PSRP_HEX_H

#include "base/buf.h"

#include <ctype.h>
#include <stdlib.h>

/** Append what the pairs of hexadecimal digits say; blanks may stand between pairs. */
static inline void hex_add(struct icm_buf *out, const char *digits)
{
    while (*digits) {
        char pair[3] = {digits[0], digits[1], 0};

        if (isspace((unsigned char)*digits)) {
            digits++;
            continue;
        }
        icm_buf_add_u8(out, (uint8_t)strtoul(pair, NULL, 16));
        digits += 2;
    }
}

#endif
