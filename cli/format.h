/* Objects in, the text out that PowerShell's console shows for them (Out-Default): tables, lists, what Format-* made on the other side.
 * It owns no stream and no clock. formatting.md. */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include "cli/origin.h"

struct cli_format; /* one console */

struct cli_format_options {
    size_t width;              /* columns of the console; 0: CLI_FORMAT_WIDTH */
    int64_t enumeration_limit; /* elements shown of a list in a cell; below 0: all */
    bool has_colors;
    bool is_visible;           /* control characters of a peer are shown, not sent: out is a terminal */
    int error_form;            /* enum cli_error_form: of ErrorRecords among the objects */
    bool is_raw;               /* … and neither that nor anything else is done to what a peer says */
};

enum { CLI_FORMAT_WIDTH = 120, CLI_FORMAT_WIDTH_MAX = 4096, CLI_FORMAT_WAIT_MS = 300 };

enum icm_code cli_format_new(struct cli_format **out, const struct cli_format_options *o, struct icm_error *err);
void cli_format_free(struct cli_format *f); /* NULL is fine */

/** Append what @value is shown as. Rows of a table that is measured first wait inside. Where it comes from is noted on it. */
void cli_format_add(struct cli_format *f, struct icm_buf *out, const struct psrp_value *value, const struct cli_origin *from);

/** Append @text behind what was added before, as it is. */
void cli_format_add_text(struct cli_format *f, struct icm_buf *out, struct icm_slice text);

/** Whether rows wait. After CLI_FORMAT_WAIT_MS they are shown: cli_format_flush. */
bool cli_format_is_waiting(const struct cli_format *f);
void cli_format_flush(struct cli_format *f, struct icm_buf *out);

/** No more objects will come. */
void cli_format_finish(struct cli_format *f, struct icm_buf *out);

/** Append a peer's @text as @o has it: visible, plain, or as it is. */
void cli_format_clean(const struct cli_format_options *o, struct icm_buf *out, struct icm_slice text);

#endif
