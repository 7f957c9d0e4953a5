/* The console host: calls of remote sides to their client's host, answered by the user on the terminal. Prompts of
 * several computers queue one behind the other, and nothing else waits for them. psrp.md 8 */
#ifndef CLI_HOST_CONSOLE_H
#define CLI_HOST_CONSOLE_H

#include "psrp/event.h"

struct uv_loop_s;
struct cli_console;

/** What a console needs of its owner. */
struct cli_console_owner {
    /** An answer to @event of @caller: @result (NULL: nothing), or a refusal in the words @why. */
    void (*answer)(void *caller, const struct psrp_event *event, const struct psrp_value *result, const char *why);
    /** Before the terminal shows something: write out what was said until now. */
    void (*make_room)(void *context);
    void *context;
    bool names_computers; /* several may ask: each question says who does */
};

/** ICM_UNSUPPORTED: standard input is no terminal, so that there is nobody to ask. */
enum icm_code cli_console_new(struct cli_console **out, struct uv_loop_s *loop, const struct cli_console_owner *owner,
                              struct icm_error *err);
void cli_console_free(struct cli_console *c); /* the loop has to run once more; NULL is fine */

/** What is to be announced of it. */
const struct psrp_host_info *cli_console_info(const struct cli_console *c);

/** A call of @caller, on @computer (borrowed until it is forgotten), which gets its answer at once or later. A call
 * that writes is the renderer's, and gets no more than its answer here. The event stays the caller's to reset, and is
 * empty where it is kept for later. */
void cli_console_take(struct cli_console *c, void *caller, const char *computer, struct psrp_event *event);

/** Ask for a line for @caller itself, in its turn: @question behind @head, which becomes the console's. The answer's event is a
 * PSRP_EVENT_USER_EVENT without a value, and its result a text; a refusal: the user has ended the input. */
void cli_console_ask(struct cli_console *c, void *caller, struct icm_buf *head, const char *question);

/** Whether a question stands on the terminal. */
bool cli_console_is_asking(const struct cli_console *c);

/** Somebody else writes to the terminal, between these two: a question that stands there is shown again below it. */
void cli_console_step_aside(struct cli_console *c);
void cli_console_step_back(struct cli_console *c);

/** The user has interrupted what @caller does: it is forgotten, and the terminal goes on behind the ^C in a new line. */
void cli_console_interrupt(struct cli_console *c, const void *caller);

/** What @caller has asked is no longer of interest: it has stopped, or ended. */
void cli_console_forget(struct cli_console *c, const void *caller);

#endif
