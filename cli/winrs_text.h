/* A command's output for where it goes: bytes as they come, or on a terminal what a terminal may be shown. */
#ifndef CLI_WINRS_TEXT_H
#define CLI_WINRS_TEXT_H

#include "base/buf.h"

/** One stream; a zeroed one passes bytes through. */
struct cli_winrs_text {
    bool is_terminal;
    struct icm_buf rest; /* a character, or a CR, whose end has not come */
};

/** Append @bytes to @out; on a terminal as cli_visible_add does, characters whole. */
void cli_winrs_text_add(struct cli_winrs_text *t, struct icm_slice bytes, struct icm_buf *out);

/** Append what is left, and forget it. */
void cli_winrs_text_end(struct cli_winrs_text *t, struct icm_buf *out);

#endif
