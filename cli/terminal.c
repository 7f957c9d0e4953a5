#include "cli/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct cli_progress_size size_of(int fd)
{
    struct winsize size = {0};

    if (isatty(fd) != 1 || ioctl(fd, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    return (struct cli_progress_size){.columns = size.ws_col, .rows = size.ws_row};
}

/* of the first that is one; 0: none is, or it does not know */
static size_t terminal_width(void)
{
    size_t columns = size_of(STDOUT_FILENO).columns;

    return columns > 0 ? columns : size_of(STDERR_FILENO).columns;
}

static struct cli_progress_size progress_size(void)
{
    return size_of(STDERR_FILENO);
}

static bool is_dumb(void)
{
    const char *kind = getenv("TERM");

    return kind && strcmp(kind, "dumb") == 0;
}

/* https://no-color.org */
static bool wants_colors(int when, bool is_terminal)
{
    const char *refused = getenv("NO_COLOR");

    if (when != CLI_COLORS_AUTO)
        return when == CLI_COLORS_ALWAYS;
    return is_terminal && !is_dumb() && !(refused && *refused);
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

struct cli_renderer_options cli_terminal_live_options(const struct cli_options *o)
{
    struct cli_renderer_options options = cli_terminal_options(o);

    if (options.err_is_terminal && !is_dumb())
        options.progress_size = progress_size;
    return options;
}
