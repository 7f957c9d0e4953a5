#include "tests/cli/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/format_cells.h"

void screen_init(struct screen *s, size_t columns, size_t rows)
{
    assert_true(columns <= SCREEN_COLUMNS && rows <= SCREEN_ROWS);
    *s = (struct screen){.columns = columns, .rows = rows};
}

static void feed_line(struct screen *s)
{
    if (s->y + 1 < s->rows) {
        s->y++;
        return;
    }
    memmove(s->cells[0], s->cells[1], (s->rows - 1) * sizeof s->cells[0]);
    memset(s->cells[s->rows - 1], 0, sizeof s->cells[0]);
}

static void clear_from(struct screen *s, size_t y, size_t x)
{
    for (; x < SCREEN_COLUMNS; x++)
        s->cells[y][x] = 0;
}

/* @text begins behind ESC */
static void obey(struct screen *s, struct icm_slice *text)
{
    size_t number = 0, i = 1;

    assert_true(text->size >= 2 && text->data[0] == '[');
    for (; i < text->size && text->data[i] >= '0' && text->data[i] <= '9'; i++)
        number = number * 10 + (text->data[i] - '0');
    assert_true(i < text->size);
    switch (text->data[i]) {
    case 'A':
        assert_true(number > 0 && number <= s->y);
        s->y -= number;
        break;
    case 'K':
        clear_from(s, s->y, s->x);
        break;
    case 'J':
        clear_from(s, s->y, s->x);
        for (size_t y = s->y + 1; y < s->rows; y++)
            clear_from(s, y, 0);
        break;
    default:
        fail_msg("a sequence that the screen does not know: %c", text->data[i]);
    }
    *text = icm_slice_from(*text, i + 1);
}

static void put(struct screen *s, int32_t c)
{
    size_t width = cli_cells_of_char(c);

    assert_true(c >= 0x20);
    assert_true(s->x + width < s->columns); /* the last column stays free */
    s->cells[s->y][s->x++] = c;
    if (width == 2)
        s->cells[s->y][s->x++] = -1;
}

void screen_write(struct screen *s, struct icm_slice text)
{
    while (text.size > 0) {
        int32_t c = icm_utf8_next(&text);

        if (c == '\033')
            obey(s, &text);
        else if (c == '\n')
            feed_line(s);
        if (c == '\n' || c == '\r')
            s->x = 0; /* the terminal's driver makes CR LF of LF */
        else if (c != '\033')
            put(s, c);
    }
}

static void add_row(struct icm_buf *out, const int32_t *cells)
{
    size_t count = SCREEN_COLUMNS;

    while (count > 0 && (cells[count - 1] == 0 || cells[count - 1] == ' '))
        count--;
    for (size_t i = 0; i < count; i++)
        if (cells[i] >= 0)
            icm_utf8_add(out, cells[i] == 0 ? ' ' : (uint32_t)cells[i]);
    icm_buf_add_u8(out, '\n');
}

void screen_shows(const struct screen *s, const char *expected)
{
    struct icm_buf shown = {0};

    for (size_t y = 0; y < s->rows; y++)
        add_row(&shown, s->cells[y]);
    while (shown.size > 0 && shown.data[shown.size - 1] == '\n')
        shown.size--;
    assert_string_equal(icm_buf_text(&shown), expected);
    icm_buf_reset(&shown);
}
