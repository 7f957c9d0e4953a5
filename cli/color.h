/* ConsoleColor on a terminal. */
#ifndef CLI_COLOR_H
#define CLI_COLOR_H

#include "psrp/value.h"

/* the terminal's own colours, in ConsoleColor's numbers: what a host tells that does not know them */
enum { CLI_COLOR_GRAY = 7, CLI_COLOR_BLACK = 0 };

/** The number of a ConsoleColor, by its number or its name; -1: @value is none. */
int64_t cli_color_of(const struct psrp_value *value);

/** Append what makes a terminal write in these colours. false: they are its own, or none, and nothing was appended. */
bool cli_color_begin(struct icm_buf *out, int64_t foreground, int64_t background);
void cli_color_end(struct icm_buf *out);

#endif
