/* An error as PowerShell's console tells it. formatting.md, section 10. */
#ifndef CLI_FORMAT_ERROR_H
#define CLI_FORMAT_ERROR_H

#include "cli/format.h"

/* $ErrorView */
enum cli_error_form { CLI_ERROR_CONCISE, CLI_ERROR_NORMAL, CLI_ERROR_CATEGORY };

/** Append the lines of the ErrorRecord @record, as it is on the wire. @computer: where it is from, or NULL; only the normal form tells it. */
void cli_format_error(const struct cli_format_options *o, enum cli_error_form form, struct icm_buf *out, const struct psrp_value *record,
                      const char *computer);

/** The same of one among the output objects: the view sees its members alone, and so neither its category nor its details. */
void cli_format_error_object(const struct cli_format_options *o, enum cli_error_form form, struct icm_buf *out, const struct psrp_value *record);

/** Append each line of @text behind @prefix, all of it in the colour of warnings. */
void cli_format_message(const struct cli_format_options *o, struct icm_buf *out, const char *prefix, struct icm_slice text);

#endif
