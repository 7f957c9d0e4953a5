/* Numbers as the en-US console writes them. */
#ifndef CLI_FORMAT_NUMBER_H
#define CLI_FORMAT_NUMBER_H

#include "psrp/value.h"

/** Append a double with @digits significant ones, as .NET's G format does: 0.333333333333333, 1E+15, 2.5E-07. */
void cli_number_add_general(struct icm_buf *out, double value, int digits);

/** Append the shortest text that is read as the same number, as .NET's ToString() does. */
void cli_number_add_shortest(struct icm_buf *out, double value, bool is_float);

/** Append @value with @decimals behind the point; a decimal is rounded by its text. @has_groups: 1,234,567. */
void cli_number_add_fixed(struct icm_buf *out, const struct psrp_value *value, int decimals);
void cli_number_add_grouped(struct icm_buf *out, double value, int decimals);

/** The number of any numeric kind; false: it is none. */
bool cli_number_of(const struct psrp_value *value, double *out);

#endif
