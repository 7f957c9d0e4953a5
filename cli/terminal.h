/* What the user's terminal and the command line say about how output is to look. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "cli/render.h"

/** How to render for this process's standard output and error. */
struct cli_renderer_options cli_terminal_options(const struct cli_options *o);

/** The same for what comes from computers while somebody looks on: where standard error is a terminal that can move its cursor, progress is
 *  shown there. */
struct cli_renderer_options cli_terminal_live_options(const struct cli_options *o);

#endif
