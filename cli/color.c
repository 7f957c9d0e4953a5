#include "cli/color.h"

/* by number */
static const char *const names[] = {
    "Black",    "DarkBlue", "DarkGreen", "DarkCyan", "DarkRed", "DarkMagenta", "DarkYellow", "Gray",
    "DarkGray", "Blue",     "Green",     "Cyan",     "Red",     "Magenta",     "Yellow",     "White",
};

static bool is_color(int64_t color)
{
    return color >= 0 && color < (int64_t)ICM_COUNT(names);
}

int64_t cli_color_of(const struct psrp_value *value)
{
    struct icm_slice name = psrp_value_text_of(value);
    int64_t number;

    if (psrp_value_integer(value, &number))
        return is_color(number) ? number : -1;
    for (size_t i = 0; i < ICM_COUNT(names); i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(names[i])))
            return (int64_t)i;
    return -1;
}

/* The terminal's order is another: red and blue have changed places, and 8 to 15 are the bright ones. ECMA-48 8.3.117 */
static int sgr_of(int64_t color, bool is_background)
{
    static const int order[] = {0, 4, 2, 6, 1, 5, 3, 7};

    return order[color & 7] + (color > 7 ? 90 : 30) + (is_background ? 10 : 0);
}

bool cli_color_begin(struct icm_buf *out, int64_t foreground, int64_t background)
{
    bool has_foreground = is_color(foreground) && foreground != CLI_COLOR_GRAY;
    bool has_background = is_color(background) && background != CLI_COLOR_BLACK;

    if (has_foreground)
        icm_buf_add_format(out, "\033[%dm", sgr_of(foreground, false));
    if (has_background)
        icm_buf_add_format(out, "\033[%dm", sgr_of(background, true));
    return has_foreground || has_background;
}

void cli_color_end(struct icm_buf *out)
{
    icm_buf_add_text(out, "\033[0m");
}
