#include "cli/format_cells.h"

enum { HALF = 0xFFFD /* what UTF-8 has for a lone surrogate */ };

static const struct {
    int32_t first, last;
} wide[] = {
    {0x1100, 0x115F}, {0x2329, 0x232A}, {0x2E80, 0x303E}, {0x3040, 0xA4CF}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF}, {0xFE10, 0xFE19}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6},
};

unsigned cli_cells_of_char(int32_t c)
{
    if (c < wide[0].first)
        return 1;
    if (c > 0xFFFF)
        return 2;
    for (size_t i = 0; i < ICM_COUNT(wide); i++)
        if (c >= wide[i].first && c <= wide[i].last)
            return 2;
    return 1;
}

/* ---- sequences ---- */

static size_t digits_at(struct icm_slice text, size_t at)
{
    size_t end = at;

    while (end < text.size && text.data[end] >= '0' && text.data[end] <= '9')
        end++;
    return end - at;
}

/* ESC [ 1 ; 31 m: digits may be missing in front of the first semicolon alone */
static size_t graphics_size(struct icm_slice text)
{
    size_t at = 2 + digits_at(text, 2);

    while (at < text.size && text.data[at] == ';') {
        size_t digits = digits_at(text, at + 1);

        if (digits == 0)
            return 0;
        at += 1 + digits;
    }
    return at < text.size && text.data[at] == 'm' ? at + 1 : 0;
}

/* ESC [ ? 25 h */
static size_t mode_size(struct icm_slice text)
{
    size_t digits = digits_at(text, 3), at = 3 + digits;

    return digits > 0 && at < text.size && (text.data[at] == 'h' || text.data[at] == 'l') ? at + 1 : 0;
}

/* ESC ] 8 ; ; address ESC \ */
static size_t link_size(struct icm_slice text)
{
    for (size_t at = 5; at + 1 < text.size && text.data[at] != '\n'; at++)
        if (text.data[at] == '\033' && text.data[at + 1] == '\\')
            return at + 2;
    return 0;
}

size_t cli_escape_size(struct icm_slice text)
{
    if (text.size < 3 || text.data[0] != '\033')
        return 0;
    if (text.data[1] == '[')
        return text.data[2] == '?' ? mode_size(text) : graphics_size(text);
    return text.size >= 7 && memcmp(text.data + 1, "]8;;", 4) == 0 ? link_size(text) : 0;
}

bool cli_cells_ends_reset(struct icm_slice text)
{
    const size_t size = sizeof CLI_STYLE_RESET - 1;

    return text.size >= size && memcmp(text.data + text.size - size, CLI_STYLE_RESET, size) == 0;
}

void cli_cells_add_plain(struct icm_buf *out, struct icm_slice text)
{
    const uint8_t *escape;

    while (text.size > 0 && (escape = memchr(text.data, '\033', text.size))) {
        size_t before = (size_t)(escape - text.data);
        size_t size = cli_escape_size(icm_slice_from(text, before));

        icm_buf_add(out, icm_slice_of(text.data, before + (size == 0)));
        text = icm_slice_from(text, before + (size == 0 ? 1 : size));
    }
    icm_buf_add(out, text);
}

/* ---- walks ---- */

/* One character off the front; what is no UTF-8 is its byte. */
static int32_t take_char(struct icm_slice *text)
{
    int32_t c = icm_utf8_next(text);

    if (c >= 0)
        return c;
    *text = icm_slice_from(*text, 1);
    return HALF;
}

size_t cli_cells(struct icm_slice text)
{
    size_t cells = 0;

    while (text.size > 0) {
        size_t plain = icm_ascii_plain_size(text, 0, 0), size;

        cells += plain;
        text = icm_slice_from(text, plain);
        if (text.size == 0)
            break;
        size = cli_escape_size(text);
        if (size > 0)
            text = icm_slice_from(text, size);
        else
            cells += cli_cells_of_char(take_char(&text));
    }
    return cells;
}

void cli_cells_add_blanks(struct icm_buf *out, size_t count)
{
    uint8_t *room = icm_buf_room(out, count);

    if (!room || count == 0)
        return;
    memset(room, ' ', count);
    out->size += count;
}

static void end_sequences(struct icm_buf *out, bool has_escape)
{
    if (has_escape && !cli_cells_ends_reset(icm_buf_slice(out)))
        icm_buf_add_text(out, CLI_STYLE_RESET);
}

/* The mark stands in front of a reset that came last. */
static void add_mark(struct icm_buf *out, bool has_escape, const char *mark)
{
    if (has_escape && cli_cells_ends_reset(icm_buf_slice(out)))
        out->size -= sizeof CLI_STYLE_RESET - 1;
    icm_buf_add_text(out, mark);
    end_sequences(out, has_escape);
}

size_t cli_cells_add_head(struct icm_buf *out, struct icm_slice text, size_t cells, const char *mark)
{
    bool has_escape = false;
    size_t used = 0;

    while (text.size > 0 && used < cells) {
        struct icm_slice before = text;
        size_t size = cli_escape_size(text);
        unsigned takes = size > 0 ? 0 : cli_cells_of_char(take_char(&text));

        has_escape = has_escape || size > 0;
        text = size > 0 ? icm_slice_from(text, size) : text;
        size = (size_t)(text.data - before.data);
        if (used + takes <= cells)
            icm_buf_add(out, icm_slice_of(before.data, size));
        else if (size == 4)
            icm_utf8_add(out, HALF);
        else
            break;
        used += used + takes <= cells ? takes : 1;
    }
    add_mark(out, has_escape, mark);
    return used;
}

/* Past the first @cells cells of @text, its sequences being appended. Half of a character that is two units stays: *@half. */
static struct icm_slice skip_cells(struct icm_buf *out, struct icm_slice text, size_t cells, bool *has_escape, bool *half)
{
    size_t used = 0;

    while (text.size > 0 && used < cells) {
        size_t size = cli_escape_size(text);

        if (size > 0) {
            icm_buf_add(out, icm_slice_of(text.data, size));
            *has_escape = true;
            text = icm_slice_from(text, size);
            continue;
        }
        int32_t c = take_char(&text);
        used += cli_cells_of_char(c);
        *half = used > cells && c > 0xFFFF;
    }
    return text;
}

size_t cli_cells_add_tail(struct icm_buf *out, struct icm_slice text, size_t cells, const char *mark)
{
    size_t all = cli_cells(text);
    bool has_escape = false, half = false;
    struct icm_slice rest = skip_cells(out, text, all > cells ? all - cells : 0, &has_escape, &half);

    icm_buf_add_text(out, mark);
    if (half)
        icm_utf8_add(out, HALF);
    icm_buf_add(out, rest);
    end_sequences(out, has_escape || cli_has_escape(rest));
    return cli_cells(rest) + half;
}
