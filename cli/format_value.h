/* A value's text as a console of PowerShell shows it. */
#ifndef CLI_FORMAT_VALUE_H
#define CLI_FORMAT_VALUE_H

#include "psrp/value.h"

enum { CLI_ENUMERATION_LIMIT = 4 /* $FormatEnumerationLimit */ };

/** Append ToString() of @value: a date in the general form, a list's elements side by side, @{a=1; b=2}. NULL and null give nothing. */
void cli_value_add_text(struct icm_buf *out, const struct psrp_value *value);

/** Append what stands in a cell or behind a label: the text, or {a, b...} for what can be enumerated, @limit elements of it (below 0: all).
 *  @is_generic: in a table that was made from properties, numbers with a point have three decimals. */
void cli_value_add_cell(struct icm_buf *out, const struct psrp_value *value, int64_t limit, bool is_generic);

/** Whether a console goes through @value's elements instead of showing itself. */
bool cli_value_is_enumerable(const struct psrp_value *value);

#endif
