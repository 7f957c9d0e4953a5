#include "cli/format_list.h"

#include "cli/format_cells.h"
#include "cli/format_wrap.h"

#define STYLE_LABEL "\033[32;1m"
#define BETWEEN " : "

enum { BETWEEN_SIZE = sizeof BETWEEN - 1, VALUE_MIN = 1, LABEL_MIN = 1 };

struct list {
    struct icm_buf *out;
    size_t label, value; /* cells of each */
    bool has_colors;
};

static size_t label_cells(const struct cli_list_item *items, size_t count, size_t max)
{
    size_t width = 0;

    for (size_t i = 0; i < count; i++) {
        size_t cells = cli_cells(items[i].label);

        width = cells > width ? cells : width;
    }
    return width < max ? width : max;
}

static void add_label(const struct list *l, struct icm_slice label)
{
    size_t cells = cli_cells(label);

    if (l->has_colors)
        icm_buf_add_text(l->out, STYLE_LABEL);
    if (cells > l->label)
        cli_cells_add_head(l->out, label, l->label, "");
    else
        icm_buf_add(l->out, label);
    cli_cells_add_blanks(l->out, cells < l->label ? l->label - cells : 0);
    icm_buf_add_text(l->out, BETWEEN);
    if (l->has_colors)
        icm_buf_add_text(l->out, CLI_STYLE_RESET);
}

static void add_item(const struct list *l, const struct cli_list_item *item)
{
    struct icm_buf lines = {0};
    struct icm_slice rest, line;
    bool is_first = true, has_more = true;

    cli_wrap(&lines, item->value, l->value, l->value);
    rest = icm_buf_slice(&lines);
    while (cli_wrap_next(&rest, &has_more, &line)) {
        if (is_first)
            add_label(l, item->label);
        else
            cli_cells_add_blanks(l->out, l->label + BETWEEN_SIZE);
        icm_buf_add(l->out, line);
        if (l->has_colors && cli_has_escape(line) && !cli_cells_ends_reset(line))
            icm_buf_add_text(l->out, CLI_STYLE_RESET);
        icm_buf_add_u8(l->out, '\n');
        is_first = false;
    }
    l->out->failed = l->out->failed || lines.failed;
    icm_buf_reset(&lines);
}

void cli_list_add(struct icm_buf *out, const struct cli_list_item *items, size_t count, size_t room, bool has_colors)
{
    struct list l = {.out = out, .has_colors = has_colors};

    if (room < LABEL_MIN + BETWEEN_SIZE + VALUE_MIN)
        return;
    l.label = label_cells(items, count, room - BETWEEN_SIZE - VALUE_MIN);
    l.value = room - BETWEEN_SIZE - l.label;
    for (size_t i = 0; i < count; i++)
        add_item(&l, &items[i]);
}
