/* WAITS: what was rendered goes to standard output and standard error. A reader that is slow holds us up: that is back-pressure. */
#ifndef CLI_RUN_WRITE_H
#define CLI_RUN_WRITE_H

#include "cli/render.h"

/** A zeroed one is ready. */
struct cli_writer {
    struct cli_sink sink; /* what waits to be written */
    size_t earlier;       /* bytes of output that were rendered before the last rendering */
    bool is_out_gone;     /* nobody takes standard output any more: what comes for it is dropped */
    int out_errno;        /* why: EPIPE where its reader went away */
    void (*before)(void *context); /* called around each writing, where somebody else uses the same terminal; NULL: nobody does */
    void (*behind)(void *context);
    void *context;
};

/** After each rendering: what is for standard error goes out at once, behind the output of earlier renderings and in front of this one's;
 *  output waits until there is much. */
void cli_writer_settle(struct cli_writer *w);

/** Write all that waits; after a signal (run_signal.h) only what is taken without waiting. */
void cli_writer_flush(struct cli_writer *w);

/** Write all that waits; after a signal a reader that takes nothing for a second is given up. */
void cli_writer_finish(struct cli_writer *w);

/** Whether anything waits. */
bool cli_writer_is_behind(const struct cli_writer *w);

/** Free what it holds. */
void cli_writer_reset(struct cli_writer *w);

#endif
