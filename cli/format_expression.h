/* What a column of a view shows of an object: a property, or one of a few ways to make a text of some. Views name them as text:
 * "ProcessName", "mebi(WS)". */
#ifndef CLI_FORMAT_EXPRESSION_H
#define CLI_FORMAT_EXPRESSION_H

#include "base/error.h"
#include "psrp/value.h"

enum { CLI_EXPRESSION_ARGUMENTS_MAX = 3 };

struct cli_expression_kind;

struct cli_expression {
    const struct cli_expression_kind *kind; /* NULL: the property @arguments[0] */
    struct icm_slice arguments[CLI_EXPRESSION_ARGUMENTS_MAX];
    size_t count;
};

/** Read @text, which @out borrows from. false: there is no such way, or its arguments are too many. */
bool cli_expression_parse(struct icm_slice text, struct cli_expression *out);

/** Append what @e makes of @object; @limit as cli_value_add_cell has it. */
void cli_expression_add(struct icm_buf *out, const struct cli_expression *e, const struct psrp_value *object, int64_t limit);

#endif
