/* Text of a peer on a terminal: what a terminal would act on is shown instead. */
#ifndef CLI_VISIBLE_H
#define CLI_VISIBLE_H

#include "base/text.h"

/** Append @text. On a terminal its control characters but LF and TAB (C0, DEL, C1; a CR in front of LF goes) become \u001b and the
 *  like. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD always. */
void cli_visible_add(struct icm_buf *out, struct icm_slice text, bool is_terminal);

#endif
