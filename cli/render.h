/* Events to bytes that a person or a program reads: Text, Json, Clixml, Csv. It owns no stream: what it makes lies in two buffers that the
 * caller writes out. design.md, Output. */
#ifndef CLI_RENDER_H
#define CLI_RENDER_H

#include "cli/options.h"
#include "cli/progress.h"
#include "psrp/event.h"

struct cli_renderer;

struct cli_renderer_options {
    int format; /* enum cli_output_format */
    bool hide_computer_name;
    bool err_is_terminal, out_is_terminal; /* control characters are made visible on a terminal alone */
    struct cli_progress_size (*progress_size)(void); /* of the terminal that has a block of progress lines; NULL: none has */
    bool err_has_colors, out_has_colors;   /* Text */
    bool is_raw;                           /* what a peer says goes to a terminal as it is */
    size_t width;                          /* columns of the console; 0: CLI_FORMAT_WIDTH */
    const char *origin_computer;           /* of errors that no computer sent, but a file has; or NULL */
    int error_form;                        /* enum cli_error_form */
    int64_t enumeration_limit;             /* elements of a list in a cell; below 0: all */
    bool has_limit;                        /* @enumeration_limit was given; else CLI_ENUMERATION_LIMIT */
};

/** What is to be written to standard error and then to standard output (the progress block is wiped before the text that follows it);
 *  the caller clears them when they are written. A buffer that @failed was short of memory, and what is in it is not whole. */
struct cli_sink {
    struct icm_buf out, err;
};

/** -NativeExitCode: what the remote side's last program ended with. */
struct cli_exit_code {
    bool is_asked, is_known;
    int64_t number;
};

/** How a computer's command ended. */
struct cli_status {
    const char *computer;
    const char *state; /* "Completed", "Failed", "Stopped", "Disconnected" */
    bool had_errors;
    struct cli_exit_code exit_code;
    const struct icm_error *why;     /* the connection, or we ourselves; or NULL */
    const struct psrp_value *record; /* the ErrorRecord of a Failed pipeline, or NULL; it goes before @why */
};

enum icm_code cli_renderer_new(struct cli_renderer **out, const struct cli_renderer_options *o, struct icm_error *err);
void cli_renderer_free(struct cli_renderer *r); /* NULL is fine */

/** @computer is NULL where the objects come from a file and not from a computer.
 *  Output, error, warning, verbose, debug, information, progress, and calls of the remote side that write to its host (what comes as an
 *  information record too is shown once); other events give nothing. */
void cli_render_event(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct psrp_event *event);

/** Whether rows of a table wait to be measured, for CLI_FORMAT_WAIT_MS at most; then they are shown. */
bool cli_render_is_waiting(const struct cli_renderer *r);
void cli_render_flush(struct cli_renderer *r, struct cli_sink *to);

/** Somebody else will write to the terminal: what waits is shown, and the progress block goes. */
void cli_render_make_room(struct cli_renderer *r, struct cli_sink *to);

/** Whether the progress block is not what it should be, or not there; and what paints it at the foot of the terminal, which has all that
 *  was rendered before, and the cursor at the beginning of a line. */
bool cli_render_progress_is_due(const struct cli_renderer *r);
void cli_render_paint(struct cli_renderer *r, struct cli_sink *to);

/** Text: the error of a computer that could not be reached or that broke. Json: nothing, since its status line has it. */
void cli_render_failure(struct cli_renderer *r, struct cli_sink *to, const char *computer, const struct icm_error *why);

/** Json: the status line. Text: the record of a pipeline that failed, as an error (nothing for @why: cli_render_failure told it). */
void cli_render_status(struct cli_renderer *r, struct cli_sink *to, const struct cli_status *status);

/** All computers are done: what a document ends with. false: something could not be shown in this format, which was said. */
bool cli_render_finish(struct cli_renderer *r, struct cli_sink *to);

#endif
