/* One command in a command shell of its own, over lanes: Create, Command, Send and Receive beside each other, Signal,
 * Delete. It owns no loop and does not wait. MS-WSMV 3.1.4.5, 3.1.4.11 to 3.1.4.14. */
#ifndef WSMAN_WINRS_H
#define WSMAN_WINRS_H

#include "base/trace.h"
#include "wsman/http.h"

struct wsman_winrs;

/** News; may come from inside any call but wsman_winrs_new, and wsman_winrs_free is not allowed in it. */
struct wsman_winrs_sink {
    void (*output)(void *up, int stream, struct icm_slice bytes); /* 0: stdout, 1: stderr; as it comes, never empty */
    void (*hungry)(void *up);                                     /* input has been sent: there is room for more */
    void (*ended)(void *up, int64_t exit_code); /* all output has come; -1: the server gave no exit code */
    void (*failed)(void *up, const struct icm_error *why); /* instead of ended; only close makes sense now */
    void (*closed)(void *up);                              /* nothing more will come */
};

struct wsman_winrs_options {
    struct wsman_shell_options shell; /* its resource_uri does not count */
    struct wsman_command_line line;   /* command NULL: the shell is opened, and closed again */
    uint32_t cancel_timeout_ms;       /* of Signal and Delete; 0: limits.h */
    const char *computer;             /* for the trace */
    struct icm_trace *trace;          /* NULL: none */
};

/** Get ready. @target, and all that @options points to, is borrowed until the end. */
enum icm_code wsman_winrs_new(struct wsman_winrs **out, struct wsman_http *http, const struct wsman_target *target,
                              const struct wsman_winrs_options *options, const struct wsman_winrs_sink *sink, void *up,
                              struct icm_error *err);
void wsman_winrs_free(struct wsman_winrs *w); /* cuts off what is under way: close first to do it in order */

/** Open the shell and run the command. */
void wsman_winrs_start(struct wsman_winrs *w);

/** Standard input for the command, copied; it is sent in pieces, one after another. What the command does not want any
 * more is dropped. */
void wsman_winrs_input(struct wsman_winrs *w, struct icm_slice bytes);
void wsman_winrs_input_end(struct wsman_winrs *w);

/** Bytes of input that have not been taken yet: a producer pauses over a bound of its own. */
size_t wsman_winrs_queued(const struct wsman_winrs *w);

/** Whether the command has begun and has not ended. */
bool wsman_winrs_is_running(const struct wsman_winrs *w);

/** Send the running command WSMAN_SIGNAL_CTRL_C, …_CTRL_BREAK or …_TERMINATE; it goes past input that waits. */
void wsman_winrs_signal(struct wsman_winrs *w, const char *code);

/** Terminate the command, delete the shell, as far as the server can still be told; closed follows, perhaps at once. */
void wsman_winrs_close(struct wsman_winrs *w);

#endif
