#include "cli/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* of the first that is one; 0: none is, or it does not know */
static size_t terminal_width(void)
{
    static const int fds[] = {STDOUT_FILENO, STDERR_FILENO};
    struct winsize size;

    for (size_t i = 0; i < ICM_COUNT(fds); i++)
        if (isatty(fds[i]) == 1 && ioctl(fds[i], TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
            return size.ws_col;
    return 0;
}

/* https://no-color.org */
static bool wants_colors(int when, bool is_terminal)
{
    const char *refused = getenv("NO_COLOR"), *kind = getenv("TERM");
    bool is_dumb = kind && strcmp(kind, "dumb") == 0;

    if (when != CLI_COLORS_AUTO)
        return when == CLI_COLORS_ALWAYS;
    return is_terminal && !is_dumb && !(refused && *refused);
}

struct cli_renderer_options cli_terminal_options(const struct cli_options *o)
{
    bool is_out = isatty(STDOUT_FILENO) == 1, is_err = isatty(STDERR_FILENO) == 1;

    return (struct cli_renderer_options){
        .format = o->output_format,
        .hide_computer_name = o->hide_computer_name,
        .out_is_terminal = is_out,
        .err_is_terminal = is_err,
        .out_has_colors = wants_colors(o->colors, is_out),
        .err_has_colors = wants_colors(o->colors, is_err),
        .is_raw = o->raw_output,
        .width = o->width > 0 ? o->width : terminal_width(),
        .origin_computer = o->origin_computer,
        .error_form = o->error_view,
        .enumeration_limit = o->enumeration_limit,
        .has_limit = true,
    };
}
