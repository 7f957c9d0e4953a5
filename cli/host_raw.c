#include "cli/host_raw.h"

#include "cli/color.h"
#include "cli/visible.h"

enum { COLUMNS = 80, ROWS = 25, CURSOR_PERCENT = 25, COLOR_MAX = 15 };

enum form { COLOR, PERCENT, COORDINATES, SIZE };

#define AT(member) offsetof(struct psrp_host_info, member)

static const struct raw_method {
    enum psrp_host_method method;
    bool sets;
    enum form form;
    size_t offset;
} methods[] = {
    /* method                                sets   form         where it is kept */
    {PSRP_HOST_GET_FOREGROUND_COLOR,         false, COLOR,       AT(foreground)},
    {PSRP_HOST_SET_FOREGROUND_COLOR,         true,  COLOR,       AT(foreground)},
    {PSRP_HOST_GET_BACKGROUND_COLOR,         false, COLOR,       AT(background)},
    {PSRP_HOST_SET_BACKGROUND_COLOR,         true,  COLOR,       AT(background)},
    {PSRP_HOST_GET_CURSOR_POSITION,          false, COORDINATES, AT(cursor)},
    {PSRP_HOST_SET_CURSOR_POSITION,          true,  COORDINATES, AT(cursor)},
    {PSRP_HOST_GET_WINDOW_POSITION,          false, COORDINATES, AT(window_position)},
    {PSRP_HOST_SET_WINDOW_POSITION,          true,  COORDINATES, AT(window_position)},
    {PSRP_HOST_GET_CURSOR_SIZE,              false, PERCENT,     AT(cursor_size)},
    {PSRP_HOST_SET_CURSOR_SIZE,              true,  PERCENT,     AT(cursor_size)},
    {PSRP_HOST_GET_BUFFER_SIZE,              false, SIZE,        AT(buffer_size)},
    {PSRP_HOST_SET_BUFFER_SIZE,              true,  SIZE,        AT(buffer_size)},
    {PSRP_HOST_GET_WINDOW_SIZE,              false, SIZE,        AT(window_size)},
    {PSRP_HOST_SET_WINDOW_SIZE,              true,  SIZE,        AT(window_size)},
    {PSRP_HOST_GET_MAX_WINDOW_SIZE,          false, SIZE,        AT(max_window_size)},
    {PSRP_HOST_GET_MAX_PHYSICAL_WINDOW_SIZE, false, SIZE,        AT(max_physical_window_size)},
};

void cli_raw_init(struct cli_raw *raw, struct psrp_size window)
{
    *raw = (struct cli_raw){
        .info = {.has_host = true,
                 .has_ui = true,
                 .has_raw_ui = true,
                 .has_default_data = true,
                 .foreground = CLI_COLOR_GRAY,
                 .background = CLI_COLOR_BLACK,
                 .cursor_size = CURSOR_PERCENT},
    };
    raw->info.window_title = icm_slice_of(raw->title, 0);
    cli_raw_resize(raw, window);
}

void cli_raw_resize(struct cli_raw *raw, struct psrp_size window)
{
    if (window.width <= 0 || window.height <= 0)
        window = (struct psrp_size){COLUMNS, ROWS};
    raw->info.window_size = raw->info.buffer_size = window;
    raw->info.max_window_size = raw->info.max_physical_window_size = window;
}

/* ---- numbers and pairs of them ---- */

static struct psrp_value *get(const struct raw_method *m, const struct psrp_host_info *info, struct icm_arena *a)
{
    const void *field = (const char *)info + m->offset;

    if (m->form == COORDINATES)
        return psrp_host_coordinates(a, *(const struct psrp_coordinates *)field);
    if (m->form == SIZE)
        return psrp_host_size(a, *(const struct psrp_size *)field);
    return psrp_value_i32(a, *(const int32_t *)field);
}

/* What no terminal could be set to changes nothing. */
static void set(const struct raw_method *m, struct psrp_host_info *info, const struct psrp_value *value)
{
    int64_t number, max = m->form == COLOR ? COLOR_MAX : 100;
    void *field = (char *)info + m->offset;
    struct psrp_size size;

    if (m->form == COORDINATES)
        psrp_host_read_coordinates(value, field);
    else if (m->form == SIZE && psrp_host_read_size(value, &size) && size.width > 0 && size.height > 0)
        *(struct psrp_size *)field = size;
    else if (m->form != SIZE && psrp_value_integer(value, &number) && number >= 0 && number <= max)
        *(int32_t *)field = (int32_t)number;
}

/* ---- the title and the screen ---- */

static void set_title(struct cli_raw *raw, struct icm_slice title, struct icm_buf *screen)
{
    ICM_OWN(icm_buf_reset) struct icm_buf shown = {0};

    cli_visible_add(&shown, title, true);
    for (size_t i = 0; i < shown.size; i++)
        if (shown.data[i] == '\n' || shown.data[i] == '\t')
            shown.data[i] = ' ';
    while (title.size > sizeof raw->title || (title.size > 0 && icm_utf8_valid_size(title) < title.size))
        title.size--; /* a whole number of characters */
    memcpy(raw->title, title.size > 0 ? (const void *)title.data : "", title.size);
    raw->info.window_title = icm_slice_of(raw->title, title.size);
    if (shown.size > CLI_RAW_TITLE_MAX)
        shown.size = icm_utf8_valid_size(icm_slice_of(shown.data, CLI_RAW_TITLE_MAX));
    icm_buf_add_text(screen, "\033]0;");
    icm_buf_add(screen, icm_buf_slice(&shown));
    icm_buf_add_text(screen, "\a");
}

/* Clear-Host fills a rectangle that stands for the whole screen: all four sides are -1. */
static void fill(const struct psrp_value *rectangle, struct icm_buf *screen)
{
    static const char *const sides[] = {"left", "top", "right", "bottom"};
    int64_t side = 0;

    for (size_t i = 0; i < ICM_COUNT(sides); i++)
        if (!psrp_value_integer(psrp_value_member(rectangle, sides[i]), &side) || side != -1)
            return;
    icm_buf_add_text(screen, "\033[H\033[2J");
}

/* ---- all of them ---- */

static bool take_pair(struct cli_raw *raw, const struct psrp_host_call *call, struct icm_arena *a,
                      struct psrp_value **result)
{
    for (size_t i = 0; i < ICM_COUNT(methods); i++) {
        if ((int64_t)methods[i].method != call->method)
            continue;
        if (methods[i].sets)
            set(&methods[i], &raw->info, psrp_host_parameter(call, 0));
        else
            *result = get(&methods[i], &raw->info, a);
        return true;
    }
    return false;
}

bool cli_raw_take(struct cli_raw *raw, const struct psrp_host_call *call, struct icm_arena *a,
                  struct psrp_value **result, struct icm_buf *screen)
{
    *result = NULL;
    if (take_pair(raw, call, a, result))
        return true;
    switch (call->method) {
    case PSRP_HOST_GET_WINDOW_TITLE:
        *result = psrp_value_text(a, PSRP_STRING, raw->info.window_title);
        return true;
    case PSRP_HOST_SET_WINDOW_TITLE:
        set_title(raw, psrp_value_text_of(psrp_host_parameter(call, 0)), screen);
        return true;
    case PSRP_HOST_SET_BUFFER_CONTENTS1:
        fill(psrp_host_parameter(call, 0), screen);
        return true;
    case PSRP_HOST_SET_BUFFER_CONTENTS2:
    case PSRP_HOST_SCROLL_BUFFER_CONTENTS: /* a terminal has no cells to be read or moved */
        return true;
    default:
        return false;
    }
}
