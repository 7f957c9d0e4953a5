/* A text broken into lines as PowerShell does it in lists and wrapped columns: at its own line breaks, then at blanks, then anywhere. */
#ifndef CLI_FORMAT_WRAP_H
#define CLI_FORMAT_WRAP_H

#include "base/buf.h"

/** Append @text's lines, '\n' between them: its first line has room for @first cells, each further one for @following. The empty text is
 *  one empty line. Sequences of colour are ended with each line, and begun anew with the next. */
void cli_wrap(struct icm_buf *out, struct icm_slice text, size_t first, size_t following);

/** Only at its own line breaks: without the CR, sequences as above. */
void cli_wrap_breaks(struct icm_buf *out, struct icm_slice text);

/** The next line off the front of what cli_wrap appended. false: there was none. A fresh walk begins with *@has_more true. */
bool cli_wrap_next(struct icm_slice *lines, bool *has_more, struct icm_slice *line);

#endif
