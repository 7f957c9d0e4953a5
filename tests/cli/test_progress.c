#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "cli/progress.h"
#include "tests/cli/screen.h"
#include "tests/cli/value_of.h"

#define ELLIPSIS "\xE2\x80\xA6"

/* ActivityId, Activity, StatusDescription, PercentComplete, Type: 0 Processing, 1 Completed */
static void note(struct cli_progress *p, const char *computer, int id, const char *activity, int percent, int type)
{
    struct icm_arena a = {0};
    char text[1024];

    snprintf(text, sizeof text,
             "<Obj RefId=\"0\"><MS><S N=\"Activity\">%s</S><I32 N=\"ActivityId\">%d</I32><S N=\"StatusDescription\">s</S>"
             "<Nil N=\"CurrentOperation\" /><I32 N=\"PercentComplete\">%d</I32><I32 N=\"Type\">%d</I32>"
             "<I32 N=\"SecondsRemaining\">-1</I32></MS></Obj>",
             activity, id, percent, type);
    cli_progress_note(p, computer, value_of(&a, text));
    icm_arena_reset(&a);
}

static void paint(struct cli_progress *p, struct screen *s)
{
    struct icm_buf out = {0};

    cli_progress_paint(p, &out, (struct cli_progress_size){.columns = s->columns, .rows = s->rows});
    screen_write(s, icm_buf_slice(&out));
    icm_buf_reset(&out);
}

static void wipe(struct cli_progress *p, struct screen *s)
{
    struct icm_buf out = {0};

    cli_progress_wipe(p, &out, (struct cli_progress_size){.columns = s->columns, .rows = s->rows});
    screen_write(s, icm_buf_slice(&out));
    icm_buf_reset(&out);
}

static void say(struct screen *s, const char *text)
{
    screen_write(s, icm_slice_text(text));
}

static void each_computer_has_a_line(void **state)
{
    struct cli_progress *p = cli_progress_new();
    struct screen s;

    (void)state;
    screen_init(&s, 40, 10);
    say(&s, "before\n");
    assert_false(cli_progress_is_due(p));
    note(p, "srv1", 0, "copy", 5, 0);
    note(p, "srv2", 0, "scan", -1, 0);
    assert_true(cli_progress_is_due(p));
    paint(p, &s);
    assert_false(cli_progress_is_due(p));
    screen_shows(&s, "before\n[srv1] copy: s                       5%\n[srv2] scan: s");
    note(p, "srv1", 0, "copy", 100, 0);
    paint(p, &s);
    screen_shows(&s, "before\n[srv1] copy: s                     100%\n[srv2] scan: s");
    wipe(p, &s);
    screen_shows(&s, "before");
    assert_true(cli_progress_is_due(p));
    say(&s, "between\n");
    paint(p, &s);
    screen_shows(&s, "before\nbetween\n[srv1] copy: s                     100%\n[srv2] scan: s");
    cli_progress_forget(p, "srv1");
    paint(p, &s);
    screen_shows(&s, "before\nbetween\n[srv2] scan: s");
    note(p, "srv2", 0, "scan", -1, 1);
    assert_true(cli_progress_is_due(p));
    paint(p, &s);
    assert_false(cli_progress_is_due(p));
    say(&s, "after\n");
    screen_shows(&s, "before\nbetween\nafter");
    cli_progress_free(p);
}

static void the_activity_told_of_last_is_shown(void **state)
{
    struct cli_progress *p = cli_progress_new();
    struct screen s;

    (void)state;
    screen_init(&s, 40, 10);
    note(p, NULL, 1, "outer", -1, 0);
    note(p, NULL, 2, "inner", -1, 0);
    paint(p, &s);
    screen_shows(&s, "inner: s");
    note(p, NULL, 2, "inner", -1, 1);
    note(p, NULL, 9, "never begun", -1, 1);
    paint(p, &s);
    screen_shows(&s, "outer: s");
    for (int id = 10; id < 60; id++) /* no more are kept than a screen has use for */
        note(p, NULL, id, "many", -1, 0);
    for (int id = 59; id >= 44; id--)
        note(p, NULL, id, "many", -1, 1);
    paint(p, &s);
    screen_shows(&s, "");
    cli_progress_free(p);
}

static void there_is_a_bar_where_there_is_room(void **state)
{
    struct cli_progress *p = cli_progress_new();
    struct screen s;

    (void)state;
    screen_init(&s, 60, 4);
    note(p, "srv1", 0, "a", 52, 0);
    paint(p, &s);
    screen_shows(&s, "[srv1] a: s                     [==========          ]  52%");
    cli_progress_free(p);
}

/* a block that is higher than the terminal could not be wiped */
static void many_computers_are_counted(void **state)
{
    struct cli_progress *p = cli_progress_new();
    struct screen s;
    char name[16];

    (void)state;
    screen_init(&s, 30, 5);
    for (int i = 1; i <= 1000; i++) {
        snprintf(name, sizeof name, "srv%d", i);
        note(p, name, 0, "a", -1, 0);
    }
    say(&s, "one\ntwo\nthree\n");
    paint(p, &s);
    screen_shows(&s, "two\nthree\n[srv1] a: s\n[srv2] a: s\n" ELLIPSIS " and 998 more");
    paint(p, &s);
    screen_shows(&s, "two\nthree\n[srv1] a: s\n[srv2] a: s\n" ELLIPSIS " and 998 more");
    for (int i = 1; i <= 998; i++) {
        snprintf(name, sizeof name, "srv%d", i);
        cli_progress_forget(p, name);
    }
    paint(p, &s);
    screen_shows(&s, "two\nthree\n[srv999] a: s\n[srv1000] a: s");
    wipe(p, &s);
    screen_shows(&s, "two\nthree");
    cli_progress_free(p);
}

static void no_line_wraps_or_acts(void **state)
{
    struct cli_progress *p = cli_progress_new();
    struct screen s;

    (void)state;
    screen_init(&s, 20, 4);
    note(p, "s", 0, "a long one that has no room", 7, 0);
    note(p, "t", 0, "\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97", -1, 0);
    note(p, "u", 0, "x_x001B_[2J_x000A_y", -1, 0);
    say(&s, "top\n");
    s.rows = 6;
    paint(p, &s);
    screen_shows(&s, "top\n[s] a long on" ELLIPSIS "   7%\n[t] \xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2\xE5\xAD\x97\xE6\xBC\xA2" ELLIPSIS "\n[u] x [2J y: s");
    cli_progress_free(p);
}

static void no_terminal_is_too_small(void **state)
{
    (void)state;
    for (size_t columns = 0; columns < 12; columns++)
        for (size_t rows = 0; rows < 4; rows++) {
            struct cli_progress *p = cli_progress_new();
            struct icm_buf out = {0};

            note(p, "srv1", 0, "a", 50, 0);
            note(p, "srv2", 0, "a", -1, 0);
            cli_progress_paint(p, &out, (struct cli_progress_size){columns, rows});
            cli_progress_wipe(p, &out, (struct cli_progress_size){columns, rows});
            assert_false(out.failed);
            icm_buf_reset(&out);
            cli_progress_free(p);
        }
}

/* its lines are wrapped then, and are more */
static void a_terminal_that_became_narrower_is_wiped(void **state)
{
    struct cli_progress *p = cli_progress_new();
    struct icm_buf out = {0};

    (void)state;
    note(p, "srv1", 0, "an activity with a name", -1, 0); /* 33 cells */
    note(p, "srv2", 0, "a", -1, 0);
    cli_progress_paint(p, &out, (struct cli_progress_size){.columns = 40, .rows = 10});
    icm_buf_clear(&out);
    cli_progress_wipe(p, &out, (struct cli_progress_size){.columns = 12, .rows = 10});
    assert_string_equal(icm_buf_text(&out), "\r\033[3A\033[J");
    icm_buf_reset(&out);
    cli_progress_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_computer_has_a_line),
        cmocka_unit_test(the_activity_told_of_last_is_shown),
        cmocka_unit_test(there_is_a_bar_where_there_is_room),
        cmocka_unit_test(many_computers_are_counted),
        cmocka_unit_test(no_line_wraps_or_acts),
        cmocka_unit_test(no_terminal_is_too_small),
        cmocka_unit_test(a_terminal_that_became_narrower_is_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
