/* Where in a script something was: "At FILE:3 char:5", the line, and marks from there to its end. */
#ifndef CLI_FORMAT_POSITION_H
#define CLI_FORMAT_POSITION_H

#include "base/buf.h"

struct cli_position {
    struct icm_slice script; /* empty: what was typed */
    struct icm_slice line;
    int64_t number, offset; /* of the line, and in it, from 1 on */
};

/** Append its lines, the last one without an end. A long line is cut around the place. */
void cli_position_add(struct icm_buf *out, const struct cli_position *p);

#endif
