#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "psrp/clixml.h"
#include "psrp/clixml_types.h"

/* What is in a string, and how it is written; both ways hold. From golden/clixml, s-*.wire.xml, where the engine wrote
 * it. */
static const struct {
    const char *name, *text, *escaped;
} both_ways[] = {
    {"nothing", "", ""},
    {"plain", "hello world", "hello world"},
    {"tab, line feed, carriage return", "a\tb\nc\rd", "a_x0009_b_x000A_c_x000D_d"},
    {"delete and C1 controls", "\x7f\xc2\x80\xc2\x9f", "_x007F__x0080__x009F_"},
    {"what follows C1 stays", "\xc2\xa0\xc3\xbf", "\xc2\xa0\xc3\xbf"},
    {"markup", "<a href=\"x\">&'", "&lt;a href=\"x\"&gt;&amp;'"},
    {"end of CDATA", "]]>", "]]&gt;"},
    {"underscore alone", "a_b_", "a_b_"},
    {"underscore and x at the end", "end_x", "end_x005F_x"},
    {"what looks like an escape", "_x000A_", "_x005F_x000A_"},
    {"with a capital X", "_X000A_", "_x005F_X000A_"},
    {"two underscores", "__x000A__", "__x005F_x000A__"},
    {"an escaped underscore, as text", "_x005F_", "_x005F_x005F_"},
    {"half of an escape", "_x _x0 _x00G0_", "_x005F_x _x005F_x0 _x005F_x00G0_"},
    {"a pair of surrogates", "\xf0\x9f\x98\x80", "_xD83D__xDE00_"},
    {"first and last supplementary", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "_xD800__xDC00__xDBFF__xDFFF_"},
    {"a lone high surrogate",
     "a\xed\xa0\xbd"
     "b",
     "a_xD83D_b"},
    {"a reversed pair", "\xed\xb8\x80\xed\xa0\xbd", "_xDE00__xD83D_"},
    {"two high ones and a low one", "\xed\xa0\xbd\xf0\x9f\x98\x80", "_xD83D__xD83D__xDE00_"},
    {"no characters of XML", "\xef\xbf\xbe\xef\xbf\xbf", "_xFFFE__xFFFF_"},
    {"private use and the last of them all", "\xee\x80\x80\xef\xbf\xbd", "\xee\x80\x80\xef\xbf\xbd"},
};

static struct icm_slice without_markup(struct icm_buf *out, struct icm_slice escaped)
{
    static const struct {
        const char *entity, *text;
    } entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}, {"&quot;", "\""}};

    while (escaped.size > 0) {
        size_t row = 0;
        while (row < ICM_COUNT(entities) &&
               (escaped.size < strlen(entities[row].entity) ||
                memcmp(escaped.data, entities[row].entity, strlen(entities[row].entity)) != 0))
            row++;
        bool entity = row < ICM_COUNT(entities);
        icm_buf_add(out, entity ? icm_slice_text(entities[row].text) : icm_slice_of(escaped.data, 1));
        escaped = icm_slice_from(escaped, entity ? strlen(entities[row].entity) : 1);
    }
    return icm_buf_slice(out);
}

static void goes_both_ways(void **state)
{
    const char *text = both_ways[*(size_t *)*state].text, *escaped = both_ways[*(size_t *)*state].escaped;
    struct icm_buf out = {0}, plain = {0}, back = {0};

    psrp_clixml_escape(&out, icm_slice_text(text));
    assert_string_equal(icm_buf_text(&out), escaped);
    psrp_clixml_unescape(&back, without_markup(&plain, icm_slice_text(escaped)));
    assert_string_equal(icm_buf_text(&back), text);
    icm_buf_reset(&out);
    icm_buf_reset(&plain);
    icm_buf_reset(&back);
}

/* What others may write; one pass, and what is no escape stays. */
static const struct {
    const char *name, *escaped, *text;
} one_way[] = {
    {"lower case digits", "_x000a__xd83d__xde00_", "\n\xf0\x9f\x98\x80"},
    {"eight digits", "_x0001F600_", "\xf0\x9f\x98\x80"},
    {"eight digits past Unicode", "_x00110000_", "_x00110000_"},
    {"one pass only", "_x005F_x0041_", "_x0041_"},
    {"three digits", "_x00A_", "_x00A_"},
    {"no digit", "_x00G0_", "_x00G0_"},
    {"without its end", "_x0041", "_x0041"},
    {"cut at every place", "_x004_x00_x0_x_", "_x004_x00_x0_x_"},
    {"underscores around", "__x0041__", "_A_"},
    {"a high one and no escape", "_xD83D_xDE00_",
     "\xed\xa0\xbd"
     "xDE00_"},
};

static void is_undone(void **state)
{
    struct icm_buf out = {0};

    psrp_clixml_unescape(&out, icm_slice_text(one_way[*(size_t *)*state].escaped));
    assert_string_equal(icm_buf_text(&out), one_way[*(size_t *)*state].text);
    icm_buf_reset(&out);
}

static void nul_is_a_character(void **state)
{
    struct icm_buf out = {0}, back = {0};

    psrp_clixml_escape(&out, icm_slice_of("a\0b", 3));
    assert_string_equal(icm_buf_text(&out), "a_x0000_b");
    psrp_clixml_unescape(&back, icm_buf_slice(&out));
    assert_true(icm_slice_equal(icm_buf_slice(&back), icm_slice_of("a\0b", 3)));
    icm_buf_reset(&out);
    icm_buf_reset(&back);
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    struct icm_buf out = {0};

    psrp_clixml_escape(&out, icm_slice_text("a\xff"
                                            "b\xc3"));
    assert_string_equal(icm_buf_text(&out), "a\xef\xbf\xbd"
                                            "b\xef\xbf\xbd");
    icm_buf_reset(&out);
}

static void quotes_in_attributes(void **state)
{
    struct icm_buf out = {0};

    psrp_clixml_escape_value(&out, icm_slice_text("a\"b<_x\n"));
    assert_string_equal(icm_buf_text(&out), "a&quot;b&lt;_x005F_x_x000A_");
    icm_buf_reset(&out);
}

int main(void)
{
    static size_t rows[ICM_COUNT(both_ways) + ICM_COUNT(one_way)];
    struct CMUnitTest tests[ICM_COUNT(rows) + 3];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(both_ways); i++, count++) {
        rows[count] = i;
        tests[count] =
            (struct CMUnitTest){.name = both_ways[i].name, .test_func = goes_both_ways, .initial_state = &rows[count]};
    }
    for (size_t i = 0; i < ICM_COUNT(one_way); i++, count++) {
        rows[count] = i;
        tests[count] =
            (struct CMUnitTest){.name = one_way[i].name, .test_func = is_undone, .initial_state = &rows[count]};
    }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(nul_is_a_character);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(bytes_that_are_no_utf8_are_replaced);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(quotes_in_attributes);
    return cmocka_run_group_tests_name("psrp_clixml_escape and _unescape, MS-PSRP 2.2.5.3.2", tests, NULL, NULL);
}
