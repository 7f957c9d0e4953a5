/* WAITS: the user's terminal, read line by line or key by key while somebody asks, on the program's loop. */
#ifndef CLI_HOST_TERMINAL_H
#define CLI_HOST_TERMINAL_H

#include "psrp/host.h"

struct uv_loop_s;
struct cli_terminal;

enum cli_terminal_mode {
    CLI_TERMINAL_REST,   /* nothing is read, and the terminal is as it was */
    CLI_TERMINAL_LINE,   /* a line, shown while it is typed */
    CLI_TERMINAL_SECRET, /* a line that is not shown; what was typed before it is dropped */
    CLI_TERMINAL_KEY,    /* what one key sends */
};

/** The terminal that standard input is, on a descriptor of our own. @ready is called when something was typed while a
 * mode asks for it; it may not free. ICM_UNSUPPORTED: standard input is no terminal. */
enum icm_code cli_terminal_new(struct cli_terminal **out, struct uv_loop_s *loop, void (*ready)(void *context),
                               void *context, struct icm_error *err);
void cli_terminal_free(struct cli_terminal *t); /* as it was; the loop has to run once more; NULL is fine */

void cli_terminal_set_mode(struct cli_terminal *t, enum cli_terminal_mode mode);

/** Take a whole line without its end, or the bytes of one key, of what was typed. false: there is none yet. *@is_over:
 * the user ended the input instead (Ctrl+D on an empty line), or typed a line without an end. */
bool cli_terminal_next(struct cli_terminal *t, struct icm_buf *out, bool *is_over);

/** Whether Ctrl+C is a key like others while CLI_TERMINAL_KEY reads, and whether a key is shown. */
void cli_terminal_set_keys(struct cli_terminal *t, bool takes_ctrl_c, bool shows);

/** Show @text; it waits for a terminal that takes nothing, until a signal comes. */
void cli_terminal_write(struct cli_terminal *t, struct icm_slice text);

struct psrp_size cli_terminal_size(const struct cli_terminal *t); /* zeroed: not known */

/** Whether a key was typed that nobody has read; drop all of those. */
bool cli_terminal_has_key(struct cli_terminal *t);
void cli_terminal_flush(struct cli_terminal *t);

#endif
