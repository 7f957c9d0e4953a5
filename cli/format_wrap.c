#include "cli/format_wrap.h"

#include "cli/format_cells.h"

enum { TAB = '\t', BLANK = ' ', NO_BREAK = 0xA0, SOFT_HYPHEN = 0xAD, HARD_HYPHEN = 0x2011 };

/* One line that is too long. */
struct wrapper {
    struct icm_buf *out;
    size_t width, left; /* cells of the line that is filled, and those that are free */
    size_t following;   /* cells of further lines */
    struct icm_buf word, sequences, line;
    bool has_sequences; /* in @word */
};

/* ---- line breaks ---- */

/* The sequences of @line, behind those that stood before. */
static void note_sequences(struct icm_buf *sequences, struct icm_slice line)
{
    const uint8_t *escape;

    while (line.size > 0 && (escape = memchr(line.data, '\033', line.size))) {
        struct icm_slice at = icm_slice_from(line, (size_t)(escape - line.data));
        size_t size = cli_escape_size(at);

        icm_buf_add(sequences, icm_slice_of(at.data, size));
        line = icm_slice_from(at, size > 0 ? size : 1);
    }
}

static void add_without_cr(struct icm_buf *out, struct icm_slice text)
{
    const uint8_t *cr;

    while (text.size > 0 && (cr = memchr(text.data, '\r', text.size))) {
        icm_buf_add(out, icm_slice_of(text.data, (size_t)(cr - text.data)));
        text = icm_slice_from(text, (size_t)(cr - text.data) + 1);
    }
    icm_buf_add(out, text);
}

/* One line between two breaks: what colours it begins and ends with it. A line of nothing else is empty. */
static void add_coloured(struct icm_buf *out, struct icm_slice line, struct icm_buf *sequences, bool is_first, bool is_last)
{
    size_t began = out->size, before = sequences->size;

    icm_buf_add(out, icm_buf_slice(sequences));
    add_without_cr(out, line);
    note_sequences(sequences, line);
    if (sequences->size == 0)
        return;
    if (is_last && !is_first && out->size - began == sequences->size)
        out->size = began;
    else if (!cli_cells_ends_reset(icm_buf_slice(out)) && (!is_last || !is_first || before > 0))
        icm_buf_add_text(out, CLI_STYLE_RESET);
}

static struct icm_slice take_line(struct icm_slice *text, bool *is_last)
{
    const uint8_t *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    struct icm_slice line = icm_slice_of(text->data, end ? (size_t)(end - text->data) : text->size);

    *is_last = !end;
    *text = icm_slice_from(*text, end ? line.size + 1 : line.size);
    return line;
}

void cli_wrap_breaks(struct icm_buf *out, struct icm_slice text)
{
    struct icm_buf sequences = {0};
    bool is_last = false;

    for (bool is_first = true; !is_last; is_first = false) {
        struct icm_slice line = take_line(&text, &is_last);

        if (!is_first)
            icm_buf_add_u8(out, '\n');
        add_coloured(out, line, &sequences, is_first, is_last);
    }
    out->failed = out->failed || sequences.failed;
    icm_buf_reset(&sequences);
}

/* ---- words ---- */

static void end_line(struct wrapper *w)
{
    icm_buf_add(w->out, icm_buf_slice(&w->line));
    icm_buf_add_u8(w->out, '\n');
    icm_buf_clear(&w->line);
    w->width = w->left = w->following;
}

/* A word that no line holds is broken where the line ends. */
static void add_long_word(struct wrapper *w)
{
    struct icm_slice word = icm_buf_slice(&w->word);
    struct icm_buf sequences = {0};

    while (word.size > 0) {
        struct icm_slice before = word;
        size_t size = cli_escape_size(word);

        if (size > 0) {
            icm_buf_add(&w->line, icm_slice_of(word.data, size));
            icm_buf_add(&sequences, icm_slice_of(word.data, size));
            word = icm_slice_from(word, size);
            continue;
        }
        int32_t c = icm_utf8_next(&word);
        if (c < 0)
            word = icm_slice_from(word, 1);
        size_t cells = c < 0 ? 1 : cli_cells_of_char(c);
        bool fits_nowhere = cells > w->width; /* a wide one in a column of one cell */
        cells = fits_nowhere ? 1 : cells;
        if (cells > w->left) {
            if (sequences.size > 0 && !cli_cells_ends_reset(icm_buf_slice(&w->line)))
                icm_buf_add_text(&w->line, CLI_STYLE_RESET);
            end_line(w);
            icm_buf_add(&w->line, icm_buf_slice(&sequences));
        }
        icm_buf_add(&w->line, fits_nowhere ? icm_slice_text("?") : icm_slice_of(before.data, (size_t)(word.data - before.data)));
        w->left -= cells <= w->left ? cells : w->left;
    }
    icm_buf_reset(&sequences);
}

static void add_word(struct wrapper *w)
{
    size_t cells = cli_cells(icm_buf_slice(&w->word));

    if (cells > w->width) {
        add_long_word(w);
        return;
    }
    if (cells > w->left)
        end_line(w);
    icm_buf_add(&w->line, icm_buf_slice(&w->word));
    w->left -= cells <= w->left ? cells : w->left;
}

/* A word and what ended it: a blank goes with it, a soft hyphen only where the line ends there. */
static void end_word(struct wrapper *w, int32_t by)
{
    bool shows_hyphen = by == SOFT_HYPHEN && cli_cells(icm_buf_slice(&w->word)) + 1 == w->left;

    if (w->has_sequences && cli_cells_ends_reset(icm_buf_slice(&w->word)))
        w->word.size -= strlen(CLI_STYLE_RESET); /* it stands behind the blank */
    if (by == BLANK || by == TAB || shows_hyphen)
        icm_buf_add_u8(&w->word, shows_hyphen ? '-' : (uint8_t)by);
    if (w->has_sequences)
        icm_buf_add_text(&w->word, CLI_STYLE_RESET);
    add_word(w);
    icm_buf_clear(&w->word);
    icm_buf_add(&w->word, icm_buf_slice(&w->sequences));
}

static void end_last_word(struct wrapper *w)
{
    if (w->has_sequences && w->word.size == w->sequences.size)
        icm_buf_clear(&w->word);
    else if (w->has_sequences && !cli_cells_ends_reset(icm_buf_slice(&w->word)))
        icm_buf_add_text(&w->word, CLI_STYLE_RESET);
    add_word(w);
}

/* PowerShell breaks at a no-break blank and a hard hyphen too, and loses them there. */
static bool ends_word(int32_t c)
{
    return c == BLANK || c == TAB || c == SOFT_HYPHEN || c == HARD_HYPHEN || c == NO_BREAK;
}

static void take_words(struct wrapper *w, struct icm_slice line)
{
    while (line.size > 0) {
        struct icm_slice before = line;
        size_t size = cli_escape_size(line);

        if (size > 0) {
            icm_buf_add(&w->word, icm_slice_of(line.data, size));
            icm_buf_add(&w->sequences, icm_slice_of(line.data, size));
            w->has_sequences = true;
            line = icm_slice_from(line, size);
            continue;
        }
        int32_t c = icm_utf8_next(&line);
        if (c < 0)
            line = icm_slice_from(line, 1);
        if (ends_word(c))
            end_word(w, c);
        else
            icm_buf_add(&w->word, icm_slice_of(before.data, (size_t)(line.data - before.data)));
    }
    end_last_word(w);
}

static void wrap_line(struct icm_buf *out, struct icm_slice line, size_t first, size_t following)
{
    struct wrapper w = {.out = out, .width = first, .left = first, .following = following};

    if (first > 0 && following > 0)
        take_words(&w, line);
    icm_buf_add(out, icm_buf_slice(&w.line));
    out->failed = out->failed || w.word.failed || w.sequences.failed || w.line.failed;
    icm_buf_reset(&w.word);
    icm_buf_reset(&w.sequences);
    icm_buf_reset(&w.line);
}

static void wrap_lines(struct icm_buf *out, struct icm_slice lines, size_t first, size_t following)
{
    bool is_last = false;

    for (bool is_first = true; !is_last; is_first = false) {
        struct icm_slice line = take_line(&lines, &is_last);

        if (!is_first)
            icm_buf_add_u8(out, '\n');
        if (cli_cells(line) <= first)
            icm_buf_add(out, line);
        else
            wrap_line(out, line, first, following);
    }
}

void cli_wrap(struct icm_buf *out, struct icm_slice text, size_t first, size_t following)
{
    struct icm_buf lines = {0};

    if (text.size <= first && icm_ascii_plain_size(text, 0, 0) == text.size) {
        icm_buf_add(out, text); /* most of them */
        return;
    }
    cli_wrap_breaks(&lines, text);
    wrap_lines(out, icm_buf_slice(&lines), first, following);
    out->failed = out->failed || lines.failed;
    icm_buf_reset(&lines);
}

bool cli_wrap_next(struct icm_slice *lines, bool *has_more, struct icm_slice *line)
{
    bool is_last;

    if (!*has_more)
        return false;
    *line = take_line(lines, &is_last);
    *has_more = !is_last;
    return true;
}
