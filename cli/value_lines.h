/* Output objects as lines of text: a scalar is a line, a list its items, any other object `Name : value` lines. */
#ifndef CLI_VALUE_LINES_H
#define CLI_VALUE_LINES_H

#include "psrp/value.h"

enum { CLI_LINES_BYTES_MAX = 512 * 1024 * 1024 }; /* of one value, since it may hold another in many places */

/** One flow of objects; zeroed at first but for the two that say how. */
struct cli_lines {
    bool is_terminal;
    bool has_before, was_object; /* what stands in front: a blank line parts objects from what is beside them */
};

/** Append the lines of @value. @computer: the name shown under objects as PSComputerName, or NULL. $null gives nothing. */
void cli_lines_add(struct cli_lines *l, const struct psrp_value *value, const char *computer, struct icm_buf *out);

#endif
