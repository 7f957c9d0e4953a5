/* A value inside a line of text. PowerShell shows a list there as {1, 2, 3, 4...} and a custom object as @{a=1; b=2}. */
#ifndef CLI_VALUE_INLINE_H
#define CLI_VALUE_INLINE_H

#include "psrp/value.h"

enum {
    CLI_INLINE_ITEMS_MAX = 4, /* $FormatEnumerationLimit */
    CLI_INLINE_DEPTH_MAX = 8,
    CLI_INLINE_BYTES_MAX = 1024 * 1024, /* of what is put together; one text is never cut */
};

/** Append @value's text (nothing for NULL). Bounded, however often a value holds another. */
void cli_value_write_inline(const struct psrp_value *value, struct icm_buf *out);

#endif
