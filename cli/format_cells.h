/* Text as a console of PowerShell counts it: cells by UTF-16 units, escape sequences of colour count none. Texts are (W)UTF-8. */
#ifndef CLI_FORMAT_CELLS_H
#define CLI_FORMAT_CELLS_H

#include "base/text.h"

#define CLI_MARK "\xE2\x80\xA6" /* U+2026: more was there */
#define CLI_STYLE_RESET "\033[0m"

/** How many bytes at the front of @text are one of the sequences that PowerShell knows (SGR, a private mode, a hyperlink); 0: none. */
size_t cli_escape_size(struct icm_slice text);

static inline bool cli_has_escape(struct icm_slice text)
{
    return text.size > 0 && memchr(text.data, '\033', text.size) != NULL;
}

/** The cells that a code point takes: two for East Asian wide ones, and two for one outside the BMP, which is two units. */
unsigned cli_cells_of_char(int32_t c);

/** The cells of all of @text, line breaks and tabs counting one. */
size_t cli_cells(struct icm_slice text);

/** Append @text without the sequences. */
void cli_cells_add_plain(struct icm_buf *out, struct icm_slice text);

/** Append as much of @text's beginning, or end, as fits in @cells, with @mark where the rest was. A sequence is kept, and ended where it
 *  is not. Of a character that is two units, one may fit: U+FFFD stands for it. Gives the cells of what was appended but for the mark. */
size_t cli_cells_add_head(struct icm_buf *out, struct icm_slice text, size_t cells, const char *mark);
size_t cli_cells_add_tail(struct icm_buf *out, struct icm_slice text, size_t cells, const char *mark);

void cli_cells_add_blanks(struct icm_buf *out, size_t count);

/** Whether @text ends in the sequence that ends all others. */
bool cli_cells_ends_reset(struct icm_slice text);

#endif
