#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *text;
    int64_t min, max;
    bool ok;
    int64_t value;
} integers[] = {
    {"0", INT64_MIN, INT64_MAX, true, 0},
    {"-0", INT64_MIN, INT64_MAX, true, 0},
    {"007", INT64_MIN, INT64_MAX, true, 7},
    {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
    {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
    {"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
    {"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
    {"99999999999999999999999", INT64_MIN, INT64_MAX, false, 0},
    {"255", 0, 255, true, 255},
    {"256", 0, 255, false, 0},
    {"-1", 0, 255, false, 0},
    {"-128", -128, 127, true, -128},
    {"-129", -128, 127, false, 0},
    {"", INT64_MIN, INT64_MAX, false, 0},
    {"-", INT64_MIN, INT64_MAX, false, 0},
    {"--1", INT64_MIN, INT64_MAX, false, 0},
    {"+1", INT64_MIN, INT64_MAX, false, 0},
    {" 1", INT64_MIN, INT64_MAX, false, 0},
    {"1 ", INT64_MIN, INT64_MAX, false, 0},
    {"1.0", INT64_MIN, INT64_MAX, false, 0},
    {"0x10", INT64_MIN, INT64_MAX, false, 0},
    {"1e3", INT64_MIN, INT64_MAX, false, 0},
};

static void parses_integers(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(integers); i++) {
        int64_t value = 77;
        bool ok = icm_parse_i64(icm_slice_text(integers[i].text), integers[i].min, integers[i].max, &value);

        if (ok != integers[i].ok || value != (ok ? integers[i].value : 77))
            fail_msg("'%s'", integers[i].text);
    }
}

static void parses_unsigned_integers(void **state)
{
    uint64_t value = 77;

    assert_false(icm_parse_u64(icm_slice_text("18446744073709551616"), UINT64_MAX, &value));
    assert_false(icm_parse_u64(icm_slice_text("-1"), UINT64_MAX, &value));
    assert_false(icm_parse_u64(icm_slice_text("11"), 10, &value));
    assert_int_equal(value, 77);
    assert_true(icm_parse_u64(icm_slice_text("18446744073709551615"), UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
}

/* what .NET 10's XmlConvert.ToString writes */
static const struct {
    double value;
    const char *text;
} doubles[] = {
    {0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {-123.456, "-123.456"},
    {0.0001, "0.0001"},
    {0.00012345678901234567, "0.00012345678901234567"},
    {1e-5, "1E-05"},
    {1e-9, "1E-09"},
    {1.5e-10, "1.5E-10"},
    {0.05, "0.05"},
    {1200, "1200"},
    {999999999999999, "999999999999999"},
    {99999999999999.9, "99999999999999.9"},
    {1.2345678901234567e-7, "1.2345678901234566E-07"},
    {12345678901234.567, "12345678901234.566"},
    {1.5e15, "1500000000000000"},
    {1.2345678901234567e16, "12345678901234568"},
    {1e16, "10000000000000000"},
    {1e17, "1E+17"},
    {1.2345678901234567e17, "1.2345678901234566E+17"},
    {1.2345678901234567e23, "1.2345678901234567E+23"},
    {DBL_MAX, "1.7976931348623157E+308"},
    {-DBL_MAX, "-1.7976931348623157E+308"},
    {DBL_MIN, "2.2250738585072014E-308"},
    {5e-324, "5E-324"},
    {INFINITY, "INF"},
    {-INFINITY, "-INF"},
    {NAN, "NaN"},
};

static bool is_same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void writes_doubles_as_dotnet_does(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(doubles); i++) {
        char text[ICM_DOUBLE_TEXT];
        double back;

        icm_format_double(doubles[i].value, text);
        assert_string_equal(text, doubles[i].text);
        assert_true(icm_parse_double(icm_slice_text(text), &back));
        assert_true(is_same(back, doubles[i].value));
    }
}

static const struct {
    float value;
    const char *text;
} floats[] = {
    {0.1f, "0.1"},
    {-0.0f, "-0"},
    {1.5e8f, "150000000"},
    {1.23456789e8f, "123456790"},
    {1e9f, "1E+09"},
    {1.23456789e12f, "1.234568E+12"},
    {1.23456789e-3f, "0.0012345678"},
    {1.23456789e-5f, "1.2345679E-05"},
    {FLT_MAX, "3.4028235E+38"},
    {-FLT_MAX, "-3.4028235E+38"},
    {1e-45f, "1E-45"},
    {INFINITY, "INF"},
    {NAN, "NaN"},
};

static void writes_floats_as_dotnet_does(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(floats); i++) {
        char text[ICM_DOUBLE_TEXT];

        icm_format_float(floats[i].value, text);
        assert_string_equal(text, floats[i].text);
    }
}

static void every_double_fits_and_reads_back(void **state)
{
    uint64_t bits = 0x9E3779B97F4A7C15; /* a walk through all exponents, the same on each run */

    for (int i = 0; i < 20000; i++) {
        char text[ICM_DOUBLE_TEXT];
        double value, back;

        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&value, &bits, sizeof value);
        icm_format_double(value, text);
        assert_true(icm_parse_double(icm_slice_text(text), &back));
        if (!is_same(back, value))
            fail_msg("%a as %s", value, text);
    }
}

/* Up to 15 digits, moved by a point: they are what is written, whatever way is taken to them. */
static void few_digits_are_written_as_they_are(void **state)
{
    uint64_t bits = 0x9E3779B97F4A7C15, unit = 10;
    int places = 1;

    for (int i = 0; i < 20000; i++) {
        char wanted[40], text[ICM_DOUBLE_TEXT];
        double value;

        bits = bits * 6364136223846793005u + 1442695040888963407u;
        uint64_t whole = (bits >> 8) % (UINT64_C(1000000000000000) >> i % 40);
        if (whole / unit == 0) /* those in front of the point are one at the least */
            whole += unit;
        sprintf(wanted, "%" PRIu64 ".%0*" PRIu64, whole / unit, places, whole % unit);
        while (wanted[strlen(wanted) - 1] == '0')
            wanted[strlen(wanted) - 1] = '\0';
        if (wanted[strlen(wanted) - 1] == '.')
            wanted[strlen(wanted) - 1] = '\0';
        assert_true(icm_parse_double(icm_slice_text(wanted), &value));
        icm_format_double(value, text);
        assert_string_equal(text, wanted);
        places = places % 9 + 1;
        unit = places == 1 ? 10 : unit * 10;
    }
}

static const struct {
    const char *text;
    bool ok;
    double value;
} readings[] = {
    {"1.50", true, 1.5}, {"-1e3", true, -1000}, {"1E+05", true, 100000}, {"1e999", true, INFINITY}, {"", false, 0},
    {"-", false, 0},     {".", false, 0},       {"1,5", false, 0},       {" 1", false, 0},          {"1 ", false, 0},
    {"0x10", false, 0},  {"inf", false, 0},     {"nan", false, 0},       {"Infinity", false, 0},    {"1e", false, 0},
    {"1.2.3", false, 0}, {"--1", false, 0},     {"1e5e5", false, 0},
};

static void parses_doubles(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(readings); i++) {
        double value = 77;
        bool ok = icm_parse_double(icm_slice_text(readings[i].text), &value);

        if (ok != readings[i].ok || !is_same(value, ok ? readings[i].value : 77))
            fail_msg("'%s'", readings[i].text);
    }
}

static void the_length_of_a_number_is_bounded(void **state)
{
    struct icm_buf text = {0};
    double value = 77;

    for (int i = 0; i < 600; i++)
        icm_buf_add_u8(&text, '1');
    assert_false(icm_parse_double(icm_buf_slice(&text), &value));
    text.size = 309;
    assert_true(icm_parse_double(icm_buf_slice(&text), &value));
    icm_buf_reset(&text);
}

/* a decimal comma, where the machine has such a locale: test.sh makes one */
static void the_locale_changes_nothing(void **state)
{
    char text[ICM_DOUBLE_TEXT];
    double value;

    if (!setlocale(LC_ALL, "de_DE.UTF-8")) {
        print_message("SKIP: no locale de_DE.UTF-8; Debian package locales\n");
        skip();
    }
    icm_format_double(1.5, text);
    bool ok = icm_parse_double(icm_slice_text("1.5"), &value);
    setlocale(LC_ALL, "C");
    assert_string_equal(text, "1.5");
    assert_true(ok && value > 1.4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_integers),
        cmocka_unit_test(parses_unsigned_integers),
        cmocka_unit_test(writes_doubles_as_dotnet_does),
        cmocka_unit_test(writes_floats_as_dotnet_does),
        cmocka_unit_test(every_double_fits_and_reads_back),
        cmocka_unit_test(few_digits_are_written_as_they_are),
        cmocka_unit_test(parses_doubles),
        cmocka_unit_test(the_length_of_a_number_is_bounded),
        cmocka_unit_test(the_locale_changes_nothing),
    };

    return cmocka_run_group_tests_name("icm_parse, icm_format, MS-PSRP 2.2.5.1", tests, NULL, NULL);
}
