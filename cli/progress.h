/* What several computers are busy with, as lines at the foot of a terminal: one for each computer, the activity that it told of last.
 * It owns no stream: what it makes its caller writes, and nothing else may write between two calls without cli_progress_wipe. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "psrp/value.h"

enum {
    CLI_PROGRESS_TICK_MS = 100, /* a block is not painted more often */
    CLI_PROGRESS_LINES = 16,    /* … and is no higher */
};

/** A terminal's size in characters; 0: it does not say. */
struct cli_progress_size {
    size_t columns, rows;
};

struct cli_progress;

/** NULL: memory is short. */
struct cli_progress *cli_progress_new(void);
void cli_progress_free(struct cli_progress *p); /* NULL is fine */

/** What a progress record of @computer says (NULL: of none that has a name); one that is completed takes its activity away. MS-PSRP
 *  2.2.5.1.25. Without memory the record is not shown. */
void cli_progress_note(struct cli_progress *p, const char *computer, const struct psrp_value *record);

/** Whether a progress record says that its activity is over. */
bool cli_progress_is_completed(const struct psrp_value *record);

/** The computer is done, and with it all its activities. */
void cli_progress_forget(struct cli_progress *p, const char *computer);

/** Whether the terminal does not show what there is to show. */
bool cli_progress_is_due(const struct cli_progress *p);

/** Append what makes the terminal show it, the cursor standing behind it. */
void cli_progress_paint(struct cli_progress *p, struct icm_buf *out, struct cli_progress_size size);

/** Append what takes it from the terminal, so that other text can stand there. */
void cli_progress_wipe(struct cli_progress *p, struct icm_buf *out, struct cli_progress_size size);

#endif
