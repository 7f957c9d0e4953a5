/* The parts of the formatter: cells, cuts, lines, columns, numbers, dates, and the tables of views. shared/protocol/formatting.md. */
#include "cli/format_cells.h"
#include "cli/format_number.h"
#include "cli/format_position.h"
#include "cli/format_set.h"
#include "cli/format_table.h"
#include "cli/format_time.h"
#include "cli/format_units.h"
#include "cli/format_value.h"
#include "cli/format_view.h"
#include "cli/format_wrap.h"
#include "tests/cli/value_of.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MARK "\xE2\x80\xA6"
#define HALF "\xEF\xBF\xBD"
#define WIDE "\xE6\xBC\xA2"             /* U+6F22, two cells */
#define EMOJI "\xF0\x9F\x98\x80"        /* U+1F600, two units */
#define RED "\033[31m"
#define RESET "\033[0m"
#define TENS "0123456789"
#define BLANKS "          "
#define TILDES "~~~~~~~~~~"
#define LINK "\033]8;;http://x\033\\"

static void check(struct icm_buf *b, const char *expected)
{
    assert_string_equal(icm_buf_text(b), expected);
    icm_buf_reset(b);
}

/* ---- cells ---- */

static void cells_are_counted(void **state)
{
    static const struct {
        const char *text;
        size_t cells;
    } rows[] = {
        {"", 0}, {"abc", 3}, {"a\tb\n", 4}, {WIDE, 2}, {EMOJI, 2}, {"e\xCC\x81", 2}, {RED "ab" RESET, 2}, {LINK "x" LINK, 1},
        {"\033[?25hx", 1}, {"\033[2Ax", 5}, {"\033[1;;2mx", 8}, {"\xE3\x80\xBF", 1} /* U+303F */, {"\xEF\xBD\xA1", 1} /* U+FF61 */,
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        assert_int_equal(cli_cells(icm_slice_text(rows[i].text)), rows[i].cells);
}

static void fields_are_cut_and_filled(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        enum cli_align align;
        bool is_padded;
        const char *field;
    } rows[] = {
        {"ab", 4, CLI_ALIGN_LEFT, true, "ab  "},
        {"ab", 4, CLI_ALIGN_LEFT, false, "ab"},
        {"ab", 4, CLI_ALIGN_RIGHT, false, "  ab"},
        {"ab", 5, CLI_ALIGN_CENTER, true, " ab  "},
        {"ab", 5, CLI_ALIGN_CENTER, false, " ab"},
        {"abcdef", 4, CLI_ALIGN_LEFT, true, "abc" MARK},
        {"abcdef", 4, CLI_ALIGN_RIGHT, true, MARK "def"},
        {"abcdef", 1, CLI_ALIGN_LEFT, true, "a"},
        {"abcdef", 1, CLI_ALIGN_RIGHT, true, "f"},
        {"a\nb", 4, CLI_ALIGN_LEFT, true, "a" MARK "  "},
        {"abc\rd", 4, CLI_ALIGN_LEFT, true, "abc" MARK},
        {WIDE WIDE WIDE, 5, CLI_ALIGN_LEFT, true, WIDE WIDE MARK},
        {WIDE WIDE WIDE, 4, CLI_ALIGN_LEFT, true, WIDE MARK " "},
        {WIDE WIDE WIDE, 4, CLI_ALIGN_LEFT, false, WIDE MARK},
        {WIDE WIDE WIDE, 4, CLI_ALIGN_RIGHT, true, " " MARK WIDE},
        {EMOJI EMOJI, 3, CLI_ALIGN_LEFT, true, EMOJI MARK},
        {EMOJI EMOJI EMOJI, 4, CLI_ALIGN_LEFT, true, EMOJI HALF MARK},
        {EMOJI EMOJI EMOJI, 4, CLI_ALIGN_RIGHT, true, MARK HALF EMOJI},
        {RED "abcdef" RESET, 4, CLI_ALIGN_LEFT, true, RED "abc" MARK RESET},
        {RED "abcdef" RESET, 4, CLI_ALIGN_RIGHT, true, RED MARK "def" RESET},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf b = {0};

        cli_table_add_field(&b, icm_slice_text(rows[i].text), rows[i].width, rows[i].align, rows[i].is_padded);
        check(&b, rows[i].field);
    }
}

static void lines_are_wrapped(void **state)
{
    static const struct {
        const char *text;
        size_t width;
        const char *lines;
    } rows[] = {
        {"", 5, ""},
        {"a\r\nb\n\nc", 5, "a\nb\n\nc"},
        {"one two three", 8, "one two \nthree"},
        {"one two three", 4, "one \ntwo \nthre\ne"},
        {"abcdefgh", 3, "abc\ndef\ngh"},
        {WIDE WIDE WIDE, 3, WIDE "\n" WIDE "\n" WIDE},
        {"a" WIDE, 1, "a\n?"},
        {"ab\xC2\xAD" "cd\xC2\xAD" "ef", 3, "ab-\ncd\nef"},
        {RED "ab cd" RESET, 3, RED "ab " RESET "\n" RED "cd" RESET},
        {RED "a\nb" RESET, 9, RED "a" RESET "\n" RED "b" RESET},
        {RED "a\n" RESET, 9, RED "a" RESET "\n"},
        {RED "abcd", 2, RED "ab" RESET "\n" RED "cd" RESET},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf b = {0};

        cli_wrap(&b, icm_slice_text(rows[i].text), rows[i].width, rows[i].width);
        check(&b, rows[i].lines);
    }
}

/* ---- tables ---- */

enum { COLUMNS_MAX = 4, GONE = -1 };

static void columns_share_the_line(void **state)
{
    static const struct {
        size_t room;
        int64_t given[COLUMNS_MAX], got[COLUMNS_MAX];
        bool is_any;
    } rows[] = {
        {20, {3, 4, 5, 5}, {3, 4, 5, 5}, true},      /* they fit just so */
        {20, {3, 4, 5, 0}, {3, 4, 5, 5}, true},      /* the rest */
        {20, {0, 4, 0, 0}, {5, 4, 4, 4}, true},      /* shared, what is left over from the left */
        {19, {3, 4, 5, 5}, {3, 4, 5, 4}, true},      /* the last is narrower */
        {15, {3, 4, 5, 5}, {3, 4, 5, GONE}, true},   /* and goes where nothing is left */
        {12, {3, 4, 5, 5}, {3, 4, 3, GONE}, true},
        {5, {9, 4, 5, 5}, {5, GONE, GONE, GONE}, true},
        {4, {9, 4, 5, 5}, {4, GONE, GONE, GONE}, false}, /* not worth a table */
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct cli_column columns[COLUMNS_MAX] = {0};
        int64_t widths[COLUMNS_MAX];
        struct cli_table t = {.columns = columns, .widths = widths, .count = COLUMNS_MAX};

        for (size_t k = 0; k < COLUMNS_MAX; k++)
            columns[k].width = rows[i].given[k];
        assert_int_equal(cli_table_fit(&t, rows[i].room), rows[i].is_any);
        for (size_t k = 0; k < COLUMNS_MAX; k++)
            assert_int_equal(widths[k], rows[i].got[k]);
    }
}

static void a_table_has_a_header_and_rows(void **state)
{
    const struct cli_column columns[] = {
        {icm_slice_text("Name"), 6, CLI_ALIGN_LEFT, false},
        {icm_slice_text("LongNumber"), 4, CLI_ALIGN_RIGHT, true},
        {icm_slice_text("Text"), 5, CLI_ALIGN_UNDEFINED, false},
    };
    const struct cli_cell cells[] = {{icm_slice_text("ab"), CLI_ALIGN_UNDEFINED},
                                     {icm_slice_text("12345"), CLI_ALIGN_UNDEFINED},
                                     {icm_slice_text("one two"), CLI_ALIGN_UNDEFINED}};
    int64_t widths[3];
    struct cli_table t = {.columns = columns, .widths = widths, .count = 3};
    struct icm_buf b = {0};

    assert_true(cli_table_fit(&t, 40));
    cli_table_add_header(&t, &b);
    check(&b, "Name   Long Text\n       Numb\n         er\n----   ---- ----\n");
    cli_table_add_row(&t, cells, false, &b);
    check(&b, "ab     " MARK "345 one " MARK "\n");
    cli_table_add_row(&t, cells, true, &b);
    check(&b, "ab     1234 one\n          5 two\n");
    t.has_colors = true;
    cli_table_add_header(&t, &b);
    check(&b, "\033[32;1mName  " RESET " \033[32;1;3mLong" RESET "\033[32;1m Text" RESET "\n"
              "\033[32;1m      " RESET " \033[32;1;3mNumb" RESET "\033[32;1m" RESET "\n"
              "\033[32;1m      " RESET " \033[32;1;3m  er" RESET "\033[32;1m" RESET "\n"
              "\033[32;1m----  " RESET " \033[32;1m----" RESET " \033[32;1m----" RESET "\n");
}

/* ---- numbers, dates ---- */

static void numbers_have_their_forms(void **state)
{
    static const struct {
        double value;
        const char *general, *grouped;
    } rows[] = {
        {0, "0", "0.00"}, {-0.0, "-0", "0.00"}, {1.0 / 3, "0.333333333333333", "0.33"}, {1e15, "1E+15", "1,000,000,000,000,000.00"},
        {123456789012345, "123456789012345", "123,456,789,012,345.00"}, {0.0001, "0.0001", "0.00"}, {0.00001, "1E-05", "0.00"},
        {-2.5e-7, "-2.5E-07", "0.00"}, {1234.5, "1234.5", "1,234.50"}, {-1234.567, "-1234.567", "-1,234.57"}, {100, "100", "100.00"},
        {1e300 * 1e300, "\xE2\x88\x9E", "\xE2\x88\x9E"},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf b = {0};

        cli_number_add_general(&b, rows[i].value, 15);
        check(&b, rows[i].general);
        cli_number_add_grouped(&b, rows[i].value, 2);
        check(&b, rows[i].grouped);
    }
}

static void decimals_are_rounded_as_text(void **state)
{
    static const char *const rows[][2] = {
        {"1.5", "1.500"}, {"1", "1.000"}, {"1.0005", "1.001"}, {"-1.0005", "-1.001"}, {"9.9996", "10.000"}, {"0.0001", "0.000"},
        {"-0.0001", "0.000"}, {"79228162514264337593543950335", "79228162514264337593543950335.000"},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        const struct psrp_value value = {.kind = PSRP_DECIMAL, .as.text = icm_slice_text(rows[i][0])};
        struct icm_buf b = {0};

        cli_number_add_fixed(&b, &value, 3);
        check(&b, rows[i][1]);
    }
}

static void dates_and_spans(void **state)
{
    static const struct {
        const char *text, *pattern, *expected;
    } dates[] = {
        {"2026-03-04T15:06:07", CLI_DATE_GENERAL, "3/4/2026 3:06:07\xE2\x80\xAFPM"},
        {"2026-03-04T00:00:00.1234567Z", CLI_DATE_GENERAL, "3/4/2026 12:00:00\xE2\x80\xAF" "AM"},
        {"1601-01-01T00:00:00", CLI_DATE_LONG, "Monday, January 1, 1601 12:00:00\xE2\x80\xAF" "AM"},
        {"2024-02-29T12:30:00", "dddd MMM dd HH:mm", "Thursday Feb 29 12:30"},
        {"2026-03-04T15:06:07+02:00", "HH:mm", "13:06"},
        {"0001-01-01T00:00:00", "dddd M/d/yyyy", "Monday 1/1/0001"},
    };
    static const struct {
        const char *text, *expected;
    } spans[] = {
        {"PT1M15.125S", "00:01:15.1250000"}, {"-P1DT2H3M4.005S", "-1.02:03:04.0050000"}, {"PT0S", "00:00:00"}, {"P10675199D", "10675199.00:00:00"},
        {"P99999999999D", NULL}, {"PT", "00:00:00"}, {"1", NULL}, {"PT1X", NULL},
    };

    for (size_t i = 0; i < ICM_COUNT(dates); i++) {
        struct icm_buf b = {0};
        struct cli_date d;

        assert_true(cli_date_parse(icm_slice_text(dates[i].text), &d));
        cli_date_add(&b, &d, dates[i].pattern);
        check(&b, dates[i].expected);
    }
    for (size_t i = 0; i < ICM_COUNT(spans); i++) {
        struct icm_buf b = {0};
        int64_t ticks;

        assert_int_equal(cli_span_parse(icm_slice_text(spans[i].text), &ticks), spans[i].expected != NULL);
        if (spans[i].expected) {
            cli_span_add(&b, ticks);
            check(&b, spans[i].expected);
        }
    }
}

static void values_in_cells(void **state)
{
    static const struct {
        const char *clixml;
        int64_t limit;
        const char *cell;
    } rows[] = {
        {"<Nil/>", 4, ""}, {"<B>true</B>", 4, "True"}, {"<C>65</C>", 4, "A"}, {"<Db>0.1</Db>", 4, "0.1"}, {"<TS>PT5S</TS>", 4, "00:00:05"},
        {"<Obj RefId=\"0\"><LST><I32>1</I32><Nil/><S>x</S></LST></Obj>", 4, "{1, $null, x}"},
        {"<Obj RefId=\"0\"><LST><I32>1</I32><I32>2</I32><I32>3</I32></LST></Obj>", 2, "{1, 2" MARK "}"},
        {"<Obj RefId=\"0\"><LST><I32>1</I32><I32>2</I32><I32>3</I32></LST></Obj>", 0, "{" MARK "}"},
        {"<Obj RefId=\"0\"><LST><I32>1</I32><I32>2</I32><I32>3</I32></LST></Obj>", -1, "{1, 2, 3}"},
        {"<Obj RefId=\"0\"><LST/></Obj>", 4, "{}"}, {"<BA>AQI=</BA>", 4, "{1, 2}"},
        {"<Obj RefId=\"0\"><DCT><En><S N=\"Key\">k</S><I32 N=\"Value\">1</I32></En></DCT></Obj>", 4, "{[k, 1]}"},
        {"<Obj RefId=\"0\"><ToString>t</ToString><MS><S N=\"a\">b</S></MS></Obj>", 4, "t"},
        {"<Obj RefId=\"0\"><MS><S N=\"a\">b</S><DT N=\"d\">2026-03-04T15:06:07</DT></MS></Obj>", 4, "@{a=b; d=3/4/2026 3:06:07\xE2\x80\xAFPM}"},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_arena a = {0};
        struct icm_buf b = {0};

        cli_value_add_cell(&b, value_of(&a, rows[i].clixml), rows[i].limit, false);
        check(&b, rows[i].cell);
        icm_arena_reset(&a);
    }
}

/* ---- positions ---- */

static void positions_are_cut_around_the_place(void **state)
{
    static const struct {
        const char *script, *line;
        int64_t offset;
        const char *expected;
    } rows[] = {
        {"a.ps1", "$x / 0\n", 4, "At a.ps1:3 char:4\n+ $x / 0\n+    ~~~"},
        {"", "\tx", 2, "At line:3 char:2\n+     x\n+     ~"},
        {"", "", 1, "At line:3 char:1\n+ "},
        {"", "x", 99, "At line:3 char:99\n+ x\n+  ~"},
        {"", TENS TENS TENS TENS TENS TENS TENS " tail", 66,
         "At line:3 char:66\n+ " MARK " 6789" TENS TENS TENS TENS TENS TENS " tail\n+ " BLANKS BLANKS BLANKS BLANKS BLANKS BLANKS " ~~~~~~~~~~"},
        {"", "$x = " TENS TENS TENS TENS TENS TENS TENS, 6,
         "At line:3 char:6\n+ $x = " TENS TENS TENS TENS TENS TENS "0123 " MARK "\n+      " TILDES TILDES TILDES TILDES TILDES TILDES "~~~~"},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        const struct cli_position p = {icm_slice_text(rows[i].script), icm_slice_text(rows[i].line), 3, rows[i].offset};
        struct icm_buf b = {0};

        cli_position_add(&b, &p);
        check(&b, rows[i].expected);
    }
}

/* ---- tables of views ---- */

static void every_view_can_be_read(void **state)
{
    for (size_t i = 0; i < cli_view_count + cli_view_aside_count; i++) {
        const struct cli_view *view = i < cli_view_count ? &cli_views[i] : &cli_views_aside[i - cli_view_count];
        struct icm_slice rest = icm_slice_text(view->columns);
        struct cli_view_column c;
        struct cli_expression e;
        enum icm_code code;

        while ((code = cli_view_next_column(&rest, &c)) == ICM_OK)
            assert_true(view->shape == CLI_SHAPE_CUSTOM || c.label.size > 0);
        assert_int_equal(code, ICM_AGAIN);
        if (view->shape == CLI_SHAPE_CUSTOM)
            assert_true(cli_expression_parse(icm_slice_text(view->columns), &e));
        if (view->group)
            assert_true(cli_expression_parse(icm_slice_text(view->group->key), &e) &&
                        (!view->group->heading || cli_expression_parse(icm_slice_text(view->group->heading), &e)));
    }
}

static struct psrp_type_names types_of(struct icm_slice *names, const char *first, const char *second)
{
    names[0] = icm_slice_text(first);
    names[1] = icm_slice_text(second);
    return (struct psrp_type_names){names, 2};
}

static void the_nearest_type_has_the_view(void **state)
{
    static const struct {
        const char *first, *second, *column; /* what its columns begin with; NULL: none */
        bool has_unix_mode;
    } rows[] = {
        {"Deserialized.System.IO.FileInfo", "System.Object", "Mode", false},
        {"Deserialized.System.IO.FileInfo", "System.Object", "UnixMode", true},
        {"System.Diagnostics.Process#IncludeUserName", "System.Diagnostics.Process", "WS(M)", false},
        {"Selected.System.Diagnostics.Process", "System.Management.Automation.PSCustomObject", NULL, false},
        {"Microsoft.PowerShell.Commands.MatchInfo", "System.Object", NULL, false},
        {"deserialized.microsoft.powershell.commands.matchinfo", "System.Object", "Line", false},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_slice names[2];
        const struct psrp_type_names types = types_of(names, rows[i].first, rows[i].second);
        const struct cli_view *view = cli_view_find(&types, rows[i].has_unix_mode);

        assert_int_equal(view != NULL, rows[i].column != NULL);
        if (view)
            assert_memory_equal(view->columns, rows[i].column, strlen(rows[i].column));
    }
}

static void wmi_and_cim_have_the_same_sets(void **state)
{
    static const char *const names[] = {"Deserialized.System.Management.ManagementObject#root\\cimv2\\Win32_BIOS",
                                        "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/win32_bios"};

    for (size_t i = 0; i < ICM_COUNT(names); i++) {
        struct icm_slice slices[2];
        const struct psrp_type_names types = types_of(slices, names[i], "System.Object");

        assert_string_equal(cli_set_find(&types), "SMBIOSBIOSVersion Manufacturer Name SerialNumber Version");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_counted),
        cmocka_unit_test(fields_are_cut_and_filled),
        cmocka_unit_test(lines_are_wrapped),
        cmocka_unit_test(columns_share_the_line),
        cmocka_unit_test(a_table_has_a_header_and_rows),
        cmocka_unit_test(numbers_have_their_forms),
        cmocka_unit_test(decimals_are_rounded_as_text),
        cmocka_unit_test(dates_and_spans),
        cmocka_unit_test(values_in_cells),
        cmocka_unit_test(positions_are_cut_around_the_place),
        cmocka_unit_test(every_view_can_be_read),
        cmocka_unit_test(the_nearest_type_has_the_view),
        cmocka_unit_test(wmi_and_cim_have_the_same_sets),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests_name("the parts of the formatter", tests, NULL, NULL);
}
