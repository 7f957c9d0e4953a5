/* Each case of fixtures/format (or $ICM_DATA_DIR/format) and of fixtures/console: what the real engine's console shows of a document we show, byte for byte, in
 * every width, with colours and without, in either error view. README.md of either folder.
 *
 * Where a case has texts of a client with the views of Windows (winviews), they are the measure, unless its objects are from Unix. Where a
 * script of a view failed in the recording and left its cell empty, the value itself is better: what the other client's text of the same
 * view has, or else NAME.icm.txt, which is ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "cli/format_error.h"
#include "cli/render.h"
#include "psrp/clixml.h"
#include "tests/psrp/golden.h"

enum { NAME, SHOWS = 2, STREAM, COMPUTER, LIMIT, TEXTS, ROWS_MAX = 5000, CASES_MAX = 20000, SHOWN_BEFORE = 60, SHOWN = 160, LINES_MAX = 10000, TEXTS_MAX = 16 /* of a row */ };

struct golden_case {
    const char *folder;
    char name[256];      /* of the recorded text, in which the variant is */
    char document[256];  /* of the file */
    char computer[256];  /* where the errors are from; "" for none */
    enum psrp_event_type type;
    bool is_unordered;
    struct cli_renderer_options options;
};

static struct psrp_clixml_reader *reader;
static const char console[] = ICM_FIXTURES "/console"; /* ours, wherever the others are */
static char format[4096];

/* ---- what a row says ---- */

static bool contains(struct icm_slice text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

static enum psrp_event_type type_of(struct icm_slice stream)
{
    static const struct {
        const char *name;
        enum psrp_event_type type;
    } streams[] = {{"error", PSRP_EVENT_ERROR}, {"warning", PSRP_EVENT_WARNING}, {"verbose", PSRP_EVENT_VERBOSE}, {"debug", PSRP_EVENT_DEBUG}};

    for (size_t i = 0; i < ICM_COUNT(streams); i++)
        if (icm_slice_is(stream, streams[i].name))
            return streams[i].type;
    return PSRP_EVENT_OUTPUT;
}

/* "winviews.w80.ansi.txt": the words of the variant */
static void read_variant(struct golden_case *c, struct icm_slice text)
{
    while (text.size > 0) {
        const uint8_t *dot = memchr(text.data, '.', text.size);
        struct icm_slice word = icm_slice_of(text.data, dot ? (size_t)(dot - text.data) : text.size);
        int64_t width;

        if (word.size > 1 && word.data[0] == 'w' && icm_parse_i64(icm_slice_from(word, 1), 1, 4000, &width))
            c->options.width = (size_t)width;
        if (icm_slice_is(word, "ansi"))
            c->options.out_has_colors = c->options.err_has_colors = true;
        if (icm_slice_is(word, "normal"))
            c->options.error_form = CLI_ERROR_NORMAL;
        text = icm_slice_from(text, dot ? word.size + 1 : word.size);
    }
}

static void read_case(struct golden_case *c, const char *folder, const char *row, struct icm_slice text)
{
    struct icm_slice name = golden_cell(row, NAME), computer = golden_cell(row, COMPUTER);

    *c = (struct golden_case){.folder = folder, .type = type_of(golden_cell(row, STREAM)), .is_unordered = contains(golden_cell(row, SHOWS), "rows in any order")};
    snprintf(c->name, sizeof c->name, "%.*s.%.*s", (int)name.size, (const char *)name.data, (int)text.size, (const char *)text.data);
    snprintf(c->document, sizeof c->document, "%.*s.xml", (int)name.size, (const char *)name.data);
    if (!icm_slice_is(computer, "-"))
        snprintf(c->computer, sizeof c->computer, "%.*s", (int)computer.size, (const char *)computer.data);
    c->options.width = 120;
    c->options.has_limit = icm_parse_i64(golden_cell(row, LIMIT), INT32_MIN, INT32_MAX, &c->options.enumeration_limit);
    read_variant(c, text);
}

static bool is_of_unix(const char *folder, struct icm_slice name)
{
    struct icm_buf document = {0};
    char file[256];

    snprintf(file, sizeof file, "%.*s.xml", (int)name.size, (const char *)name.data);
    bool is_unix = golden_load(folder, file, &document) && contains(icm_buf_slice(&document), "N=\"UnixMode\"");
    icm_buf_reset(&document);
    return is_unix;
}

/* Of texts of both kinds of client, those of the client that the objects are from. */
static size_t read_row(struct golden_case *cases, const char *folder, const char *row)
{
    struct icm_slice texts = golden_cell(row, TEXTS);
    bool has_both = contains(texts, "winviews"), is_unix = has_both && is_of_unix(folder, golden_cell(row, NAME));
    size_t count = 0;

    while (texts.size > 0) {
        const uint8_t *blank = memchr(texts.data, ' ', texts.size);
        struct icm_slice text = icm_slice_of(texts.data, blank ? (size_t)(blank - texts.data) : texts.size);

        if (!has_both || contains(text, "winviews") != is_unix)
            read_case(&cases[count++], folder, row, text);
        texts = icm_slice_from(texts, blank ? text.size + 1 : text.size);
    }
    return count;
}

/* ---- what comes ---- */

static void load(const struct golden_case *c, const char *name, struct icm_buf *out)
{
    if (!golden_load(c->folder, name, out))
        fail_msg("%s/%s cannot be read", c->folder, name);
}

static void render(const struct golden_case *c, struct icm_buf *out)
{
    struct cli_renderer_options options = c->options;
    struct icm_buf document = {0};
    struct icm_arena arena = {0};
    struct psrp_value *objects = NULL;
    struct cli_renderer *r = NULL;
    struct cli_sink sink = {0};

    options.origin_computer = c->computer[0] ? c->computer : NULL;
    load(c, c->document, &document);
    assert_int_equal(psrp_clixml_read_all(reader, icm_buf_slice(&document), &arena, &objects, NULL), ICM_OK);
    assert_int_equal(cli_renderer_new(&r, &options, NULL), ICM_OK);
    for (const struct psrp_item *i = objects->as.list->first; i; i = i->next) {
        const struct psrp_event event = {.type = c->type, .value = i->value};

        cli_render_event(r, &sink, NULL, &event);
    }
    assert_true(cli_render_finish(r, &sink));
    icm_buf_add(out, icm_buf_slice(&sink.out));
    icm_buf_add(out, icm_buf_slice(&sink.err));
    icm_buf_reset(&sink.out);
    icm_buf_reset(&sink.err);
    cli_renderer_free(r);
    icm_arena_reset(&arena);
    icm_buf_reset(&document);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void sort_lines(struct icm_buf *text)
{
    static char *lines[LINES_MAX];
    struct icm_buf sorted = {0};
    size_t count = 0;
    char *rest;

    icm_buf_add_u8(text, '\0');
    for (char *line = strtok_r((char *)text->data, "\n", &rest); line && count < LINES_MAX; line = strtok_r(NULL, "\n", &rest))
        lines[count++] = line;
    qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++)
        icm_buf_add_format(&sorted, "%s\n", lines[i]);
    icm_buf_move(text, &sorted);
}

/* Line breaks and escapes in sight, from shortly before where the texts part. */
static void show(struct icm_buf *out, struct icm_slice text, size_t from)
{
    for (size_t i = from; i < text.size && i < from + SHOWN; i++)
        if (text.data[i] == '\n')
            icm_buf_add_text(out, "\\n");
        else if (text.data[i] < ' ')
            icm_buf_add_format(out, "\\x%02x", text.data[i]);
        else
            icm_buf_add_u8(out, text.data[i]);
}

static void assert_same(struct icm_slice expected, struct icm_slice came)
{
    struct icm_buf one = {0}, two = {0};
    size_t same = 0;

    if (icm_slice_equal(expected, came))
        return;
    while (same < expected.size && same < came.size && expected.data[same] == came.data[same])
        same++;
    show(&one, expected, same < SHOWN_BEFORE ? 0 : same - SHOWN_BEFORE);
    show(&two, came, same < SHOWN_BEFORE ? 0 : same - SHOWN_BEFORE);
    print_error("byte %zu: expected ...%s\n", same, icm_buf_text(&one));
    print_error("came ...%s\n", icm_buf_text(&two));
    icm_buf_reset(&one);
    icm_buf_reset(&two);
    fail();
}

/* The heading and the labels, without what depends on widths. */
static void outline(struct icm_buf *out, struct icm_slice text)
{
    size_t lines = 0;

    for (size_t i = 0; i < text.size && lines < 3; i++) {
        bool ends_line = text.data[i] == '\n' && i > 0 && text.data[i - 1] != '\n';

        if (text.data[i] != ' ' && text.data[i] != '-' && text.data[i] != '\n')
            icm_buf_add_u8(out, text.data[i]);
        lines += ends_line;
    }
}

/* Both kinds of client have the view; in this recording one of its scripts failed, and what it makes is in the other. */
static bool load_fuller(const struct golden_case *c, const struct icm_buf *expected, struct icm_buf *out)
{
    struct icm_buf one = {0}, two = {0};
    const char *windows = strstr(c->name, "winviews.");
    char name[256];

    if (!windows)
        return false;
    snprintf(name, sizeof name, "%.*s%s", (int)(windows - c->name), c->name, windows + strlen("winviews."));
    if (golden_load(c->folder, name, out)) {
        outline(&one, icm_buf_slice(expected));
        outline(&two, icm_buf_slice(out));
    }
    bool is_same = one.size > 0 && icm_slice_equal(icm_buf_slice(&one), icm_buf_slice(&two));
    icm_buf_reset(&one);
    icm_buf_reset(&two);
    return is_same;
}

static bool load_ours(const struct golden_case *c, struct icm_buf *out)
{
    char name[300];

    snprintf(name, sizeof name, "%.*s.icm%s", (int)strcspn(c->name, "."), c->name, c->options.out_has_colors ? ".ansi.txt" : ".txt");
    return golden_load(c->folder, name, out);
}

static void shows_what_the_engine_shows(void **state)
{
    const struct golden_case *c = *state;
    struct icm_buf expected = {0}, other = {0}, came = {0};

    if (!load_ours(c, &expected))
        load(c, c->name, &expected);
    render(c, &came);
    if (c->is_unordered) {
        sort_lines(&expected);
        sort_lines(&came);
    }
    if (!load_fuller(c, &expected, &other) || !icm_slice_equal(icm_buf_slice(&other), icm_buf_slice(&came)))
        assert_same(icm_buf_slice(&expected), icm_buf_slice(&came));
    icm_buf_reset(&expected);
    icm_buf_reset(&other);
    icm_buf_reset(&came);
}

static size_t read_folder(struct golden_case *cases, size_t cases_max, const char *folder)
{
    static char *rows[ROWS_MAX];
    struct icm_buf lines = {0};
    size_t row_count = golden_rows(folder, &lines, rows, ROWS_MAX), count = 0;

    for (size_t i = 0; i < row_count && count + TEXTS_MAX < cases_max; i++)
        count += read_row(&cases[count], folder, rows[i]);
    icm_buf_reset(&lines);
    return count;
}

int main(void)
{
    static struct golden_case cases[CASES_MAX];
    static struct CMUnitTest tests[CASES_MAX];

    setenv("TZ", "UTC", 1);
    snprintf(format, sizeof format, "%s", golden_folder("format"));
    size_t count = read_folder(cases, CASES_MAX, format), of_console = read_folder(&cases[count], CASES_MAX - count, console);
    if (count == 0 || of_console == 0 || psrp_clixml_reader_new(&reader, NULL) != ICM_OK)
        return 1;
    count += of_console;
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){cases[i].name, shows_what_the_engine_shows, NULL, NULL, &cases[i]};
    int failed = _cmocka_run_group_tests("the console of the real engine", tests, count, NULL, NULL);
    psrp_clixml_reader_free(reader);
    return failed;
}
