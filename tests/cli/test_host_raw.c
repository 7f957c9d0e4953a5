/* The raw side of the console host, keys, and what the host says of itself. MS-PSRP 2.2.3.17, 2.2.3.26. */
#include "tests/cli/value_of.h"

#include "cli/host_about.h"
#include "cli/host_key.h"
#include "cli/host_raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- raw ---- */

#define PARAMETERS(items) "<Obj RefId=\"0\"><LST>" items "</LST></Obj>"
#define PAIR(one, two) "<Obj RefId=\"1\"><MS>" one two "</MS></Obj>"
#define N(name, number) "<I32 N=\"" name "\">" number "</I32>"
#define CELL                                                                                                           \
    "<Obj RefId=\"2\"><MS><C N=\"character\">32</C>" N("foregroundColor", "1") N("backgroundColor", "1")               \
        N("bufferCellType", "0") "</MS></Obj>"
#define RECTANGLE(l, t, r, b)                                                                                          \
    "<Obj RefId=\"1\"><MS>" N("left", l) N("top", t) N("right", r) N("bottom", b) "</MS></Obj>"

/* One call after the other on one raw side, of 100 columns and 30 rows. @result: its text; "x,y" for a pair; NULL:
 * nothing. */
static const struct {
    const char *name;
    enum psrp_host_method method;
    const char *parameters, *result, *screen;
} calls[] = {
    {"foreground", PSRP_HOST_GET_FOREGROUND_COLOR, NULL, "7", ""},
    {"set foreground", PSRP_HOST_SET_FOREGROUND_COLOR, "<I32>12</I32>", NULL, ""},
    {"foreground as it was set", PSRP_HOST_GET_FOREGROUND_COLOR, NULL, "12", ""},
    {"set no colour", PSRP_HOST_SET_FOREGROUND_COLOR, "<I32>16</I32>", NULL, ""},
    {"set no colour below zero", PSRP_HOST_SET_FOREGROUND_COLOR, "<I32>-1</I32>", NULL, ""},
    {"foreground is still the same", PSRP_HOST_GET_FOREGROUND_COLOR, NULL, "12", ""},
    {"background", PSRP_HOST_GET_BACKGROUND_COLOR, NULL, "0", ""},
    {"window size", PSRP_HOST_GET_WINDOW_SIZE, NULL, "100,30", ""},
    {"buffer size", PSRP_HOST_GET_BUFFER_SIZE, NULL, "100,30", ""},
    {"most of a window", PSRP_HOST_GET_MAX_WINDOW_SIZE, NULL, "100,30", ""},
    {"most of a screen", PSRP_HOST_GET_MAX_PHYSICAL_WINDOW_SIZE, NULL, "100,30", ""},
    {"set window size", PSRP_HOST_SET_WINDOW_SIZE, PAIR(N("width", "90"), N("height", "20")), NULL, ""},
    {"window size as it was set", PSRP_HOST_GET_WINDOW_SIZE, NULL, "90,20", ""},
    {"set no size", PSRP_HOST_SET_WINDOW_SIZE, PAIR(N("width", "0"), N("height", "20")), NULL, ""},
    {"window size is still the same", PSRP_HOST_GET_WINDOW_SIZE, NULL, "90,20", ""},
    {"set cursor, which does not move", PSRP_HOST_SET_CURSOR_POSITION, PAIR(N("x", "5"), N("y", "6")), NULL, ""},
    {"cursor", PSRP_HOST_GET_CURSOR_POSITION, NULL, "5,6", ""},
    {"window position", PSRP_HOST_GET_WINDOW_POSITION, NULL, "0,0", ""},
    {"cursor size", PSRP_HOST_GET_CURSOR_SIZE, NULL, "25", ""},
    {"set cursor size", PSRP_HOST_SET_CURSOR_SIZE, "<I32>100</I32>", NULL, ""},
    {"set no cursor size", PSRP_HOST_SET_CURSOR_SIZE, "<I32>101</I32>", NULL, ""},
    {"cursor size as it was set", PSRP_HOST_GET_CURSOR_SIZE, NULL, "100", ""},
    {"no title", PSRP_HOST_GET_WINDOW_TITLE, NULL, "", ""},
    {"set title", PSRP_HOST_SET_WINDOW_TITLE, "<S>a_x0007__x000A_b</S>", NULL, "\033]0;a\\u0007 b\a"},
    {"title as it was set", PSRP_HOST_GET_WINDOW_TITLE, NULL, "a\a\nb", ""},
    {"clear the screen", PSRP_HOST_SET_BUFFER_CONTENTS1, RECTANGLE("-1", "-1", "-1", "-1") CELL, NULL, "\033[H\033[2J"},
    {"fill a part", PSRP_HOST_SET_BUFFER_CONTENTS1, RECTANGLE("0", "0", "5", "5") CELL, NULL, ""},
};

static void add_result(struct icm_buf *out, const struct psrp_value *v)
{
    struct psrp_coordinates c;
    struct psrp_size s;

    if (psrp_host_read_coordinates(v, &c))
        icm_buf_add_format(out, "%d,%d", c.x, c.y);
    else if (psrp_host_read_size(v, &s))
        icm_buf_add_format(out, "%d,%d", s.width, s.height);
    else
        psrp_value_write_text(v, out);
}

static void raw_calls(void **state)
{
    struct cli_raw raw;
    struct icm_arena a = {0};

    cli_raw_init(&raw, (struct psrp_size){100, 30});
    for (size_t i = 0; i < ICM_COUNT(calls); i++) {
        ICM_OWN(icm_buf_reset) struct icm_buf screen = {0}, xml = {0}, told = {0};
        struct psrp_host_call call = {.call_id = 1, .method = calls[i].method};
        struct psrp_value *result;

        icm_buf_add_format(&xml, PARAMETERS("%s"), calls[i].parameters ? calls[i].parameters : "");
        call.parameters = value_of(&a, icm_buf_text(&xml));
        assert_true(cli_raw_take(&raw, &call, &a, &result, &screen));
        if (result)
            add_result(&told, result);
        if (!result != !calls[i].result || strcmp(icm_buf_text(&told), result ? calls[i].result : "") != 0 ||
            strcmp(icm_buf_text(&screen), calls[i].screen) != 0)
            fail_msg("%s: %s", calls[i].name, icm_buf_text(&told));
        assert_true(psrp_host_may_give(call.method, result));
    }
    icm_arena_reset(&a);
}

static void raw_methods_are_known(void **state)
{
    struct cli_raw raw;
    struct icm_arena a = {0};
    struct icm_buf screen = {0};
    size_t count = 0;

    cli_raw_init(&raw, (struct psrp_size){0, 0});
    assert_int_equal(raw.info.window_size.width, 80);
    for (int64_t m = 1; m < PSRP_HOST_METHOD_END; m++) {
        struct psrp_host_call call = {.method = m};
        struct psrp_value *result;
        count += cli_raw_take(&raw, &call, &a, &result, &screen);
    }
    assert_int_equal(count, 21);
    icm_buf_reset(&screen);
    icm_arena_reset(&a);
}

static void a_long_title_is_cut_between_characters(void **state)
{
    struct psrp_value text = {.kind = PSRP_STRING}, list = {.kind = PSRP_LIST};
    struct psrp_item item = {.value = &text};
    struct psrp_list items = {.first = &item, .count = 1};
    const struct psrp_host_call call = {.method = PSRP_HOST_SET_WINDOW_TITLE, .parameters = &list};
    struct icm_buf title = {0}, screen = {0};
    struct icm_arena a = {0};
    struct psrp_value *result;
    struct cli_raw raw;

    for (size_t i = 0; i < 200; i++)
        icm_buf_add_text(&title, "\342\202\254");
    text.as.text = icm_buf_slice(&title);
    list.as.list = &items;
    cli_raw_init(&raw, (struct psrp_size){80, 25});
    assert_true(cli_raw_take(&raw, &call, &a, &result, &screen));
    assert_int_equal(raw.info.window_title.size, 255);
    assert_int_equal(screen.size, 255 + 5);
    icm_buf_reset(&title);
    icm_buf_reset(&screen);
}

/* ---- keys ---- */

static const struct {
    const char *bytes;
    size_t taken;
    int32_t virtual_key;
    uint16_t character;
    int32_t state;
} keys[] = {
    {"a", 1, 'A', 'a', 0},
    {"Ab", 1, 'A', 'A', CLI_KEY_SHIFT},
    {"7", 1, '7', '7', 0},
    {" ", 1, ' ', ' ', 0},
    {"\n", 1, 13, '\r', 0},
    {"\r", 1, 13, '\r', 0},
    {"\t", 1, 9, '\t', 0},
    {"\177", 1, 8, '\b', 0},
    {"\003", 1, 'C', 3, CLI_KEY_LEFT_CTRL},
    {"\033", 1, 27, 27, 0},
    {"\033[A", 3, 0x26, 0, CLI_KEY_ENHANCED},
    {"\033[3~x", 4, 0x2E, 0, CLI_KEY_ENHANCED},
    {"\033OP", 3, 0x70, 0, CLI_KEY_ENHANCED},
    {"\033[24~", 5, 0x7B, 0, CLI_KEY_ENHANCED},
    {"\033[9", 1, 27, 27, 0},
    {"\303\244", 2, 0xE7, 0xE4, 0},
    {"\360\237\230\200", 4, 0xE7, 0xFFFD, 0},
    {"\377x", 1, 0xE7, 0xFFFD, 0},
};

static void keys_are_read(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(keys); i++) {
        struct icm_slice in = icm_slice_text(keys[i].bytes);
        struct cli_key key;

        cli_key_read(&in, &key);
        if (strlen(keys[i].bytes) - in.size != keys[i].taken || key.virtual_key != keys[i].virtual_key ||
            key.character != keys[i].character || key.control_state != keys[i].state)
            fail_msg("row %zu: %d %d %d", i, (int)key.virtual_key, (int)key.character, (int)key.control_state);
    }
}

/* ---- about ---- */

static void cultures(void **state)
{
    static const char *const rows[][2] = {
        {"de_DE.UTF-8", "de-DE"},
        {"en_GB", "en-GB"},
        {"ca_ES@valencia", "ca-ES"},
        {"C", "en-US"},
        {"C.UTF-8", "en-US"},
        {"POSIX", "en-US"},
        {"", "en-US"},
        {NULL, "en-US"},
        {"eo", "eo"},
        {"a-name-that-is-far-too-long", "en-US"},
    };
    char name[24];

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        cli_about_culture(rows[i][0], name, sizeof name);
        assert_string_equal(name, rows[i][1]);
    }
}

static void about_gives_what_its_methods_give(void **state)
{
    struct icm_arena a = {0};
    size_t count = 0;

    for (int64_t m = 0; m <= PSRP_HOST_METHOD_END; m++) {
        const struct psrp_host_call call = {.method = m};
        struct psrp_value *result = NULL;

        if (!cli_about_take(&call, &a, &result))
            continue;
        assert_true(psrp_host_may_give(m, result));
        count++;
    }
    assert_int_equal(count, 6);
    icm_arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_calls),     cmocka_unit_test(raw_methods_are_known),
        cmocka_unit_test(keys_are_read), cmocka_unit_test(a_long_title_is_cut_between_characters),
        cmocka_unit_test(cultures),      cmocka_unit_test(about_gives_what_its_methods_give),
    };

    return cmocka_run_group_tests_name("the raw side of the console host", tests, NULL, NULL);
}
