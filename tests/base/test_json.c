#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"

#include <inttypes.h>

/* ---- the writer */

static void writes_commas_and_colons_by_itself(void **state)
{
    struct icm_buf out = {0};
    struct icm_json j = {.out = &out};

    icm_json_open(&j, '{');
    icm_json_member_text(&j, "a", "x");
    icm_json_member_text(&j, "none", NULL);
    icm_json_key_text(&j, "list");
    icm_json_open(&j, '[');
    icm_json_i64(&j, INT64_MIN);
    icm_json_u64(&j, UINT64_MAX);
    icm_json_bool(&j, true);
    icm_json_bool(&j, false);
    icm_json_null(&j);
    icm_json_number(&j, icm_slice_text("12.50"));
    icm_json_open(&j, '[');
    icm_json_close(&j, ']');
    icm_json_open(&j, '{');
    icm_json_close(&j, '}');
    icm_json_close(&j, ']');
    icm_json_key(&j, icm_slice_text("after"));
    icm_json_string(&j, icm_slice_text(""));
    icm_json_close(&j, '}');
    assert_string_equal(icm_buf_text(&out),
                        "{\"a\":\"x\",\"none\":null,\"list\":[-9223372036854775808,18446744073709551615,true,false,null,"
                        "12.50,[],{}],\"after\":\"\"}");
    icm_buf_reset(&out);
}

static const struct {
    const char *text, *written;
} strings[] = {
    {"plain", "\"plain\""},
    {"\"\\/", "\"\\\"\\\\/\""},
    {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
    {"\x01\x1b\x7f", "\"\\u0001\\u001b\\u007f\""},
    {"\xc2\x9b", "\"\\u009b\""}, /* a terminal's control sequence in one character */
    {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    {"\xed\xa0\xbd", "\"\\ud83d\""},
    {"a\xff" "b", "\"a\xEF\xBF\xBD" "b\""},
};

static void escapes_strings(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(strings); i++) {
        struct icm_buf out = {0};
        struct icm_json j = {.out = &out};

        icm_json_string(&j, icm_slice_text(strings[i].text));
        assert_string_equal(icm_buf_text(&out), strings[i].written);
        icm_buf_reset(&out);
    }
}

static void a_zero_byte_is_escaped(void **state)
{
    struct icm_buf out = {0};
    struct icm_json j = {.out = &out};

    icm_json_string(&j, icm_slice_of("a\0b", 3));
    assert_string_equal(icm_buf_text(&out), "\"a\\u0000b\"");
    icm_buf_reset(&out);
}

/* ---- the reader */

/* what was told, in a short form of its own */
static enum icm_code tell(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    static const char brackets[] = {[ICM_JSON_OBJECT] = '{', [ICM_JSON_OBJECT_END] = '}', [ICM_JSON_ARRAY] = '[', [ICM_JSON_ARRAY_END] = ']'};
    struct icm_buf *told = context;

    if (event->key && event->type != ICM_JSON_OBJECT_END && event->type != ICM_JSON_ARRAY_END)
        icm_buf_add_format(told, "%s:", event->key);
    switch (event->type) {
    case ICM_JSON_NULL:
        icm_buf_add_text(told, "null ");
        break;
    case ICM_JSON_BOOL:
        icm_buf_add_text(told, event->boolean ? "true " : "false ");
        break;
    case ICM_JSON_INT:
        icm_buf_add_format(told, "i%" PRId64 " ", event->integer);
        break;
    case ICM_JSON_UINT:
        icm_buf_add_format(told, "u%" PRIu64 " ", event->unsigned_integer);
        break;
    case ICM_JSON_DOUBLE:
        icm_buf_add_format(told, "d%g=%.*s ", event->number, (int)event->text.size, (const char *)event->text.data);
        break;
    case ICM_JSON_STRING:
        if (icm_slice_is(event->text, "refuse me"))
            return icm_fail(err, ICM_DENIED, NULL, "refused");
        icm_buf_add_format(told, "'%.*s' ", (int)event->text.size, (const char *)event->text.data);
        break;
    default:
        icm_buf_add_u8(told, (uint8_t)brackets[event->type]);
    }
    return ICM_OK;
}

struct row {
    const char *name, *text;
    enum icm_code code;
    const char *told;  /* by then */
    const char *error; /* NULL: any */
};

static const struct row rows[] = {
    {"nothing", "", ICM_OK, "", NULL},
    {"white space", " \t\r\n", ICM_OK, "", NULL},
    {"scalars, one a line", "null\ntrue\nfalse\n1\n\"x\"\n", ICM_OK, "null true false i1 'x' ", NULL},
    {"no line end at the end", "4\n5", ICM_OK, "i4 i5 ", NULL},
    {"an object", "{\"a\": 1, \"b\": {\"c\": [1, \"x\", null, []]}}", ICM_OK, "{a:i1 b:{c:[i1 'x' null []]}}", NULL},
    {"objects in a row", "{}\n{} []\r\n[]", ICM_OK, "{}{}[][]", NULL},
    {"members in their order", "{\"z\":1,\"a\":2,\"m\":3}", ICM_OK, "{z:i1 a:i2 m:i3 }", NULL},
    {"the largest and smallest", "[9223372036854775807,9223372036854775808,18446744073709551615,-9223372036854775808]",
     ICM_OK, "[i9223372036854775807 u9223372036854775808 u18446744073709551615 i-9223372036854775808 ]", NULL},
    {"zero and minus zero", "[0, -0, -0.0]", ICM_OK, "[i0 i0 d-0=-0.0 ]", NULL},
    {"the source text of a number", "[12.50, 1e2, 1E+2, 0.1]", ICM_OK, "[d12.5=12.50 d100=1e2 d100=1E+2 d0.1=0.1 ]", NULL},
    {"escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"", ICM_OK, "'\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80' ", NULL},
    {"characters of every length", "\"a\xc3\xa9\xef\xbf\xbd\xf0\x9f\x98\x80\"", ICM_OK, "'a\xc3\xa9\xef\xbf\xbd\xf0\x9f\x98\x80' ", NULL},
    {"brackets in strings", "\"]}[{\\\"\" 1", ICM_OK, "']}[{\"' i1 ", NULL},
    {"numbers in strings", "[\"01 NaN 1.\"]", ICM_OK, "['01 NaN 1.' ]", NULL},

    {"a leading zero", "1\n01\n", ICM_SYNTAX, "i1 ", "JSON value 2: a number that is none"},
    {"two zeros", "00 ", ICM_SYNTAX, "", NULL},
    {"a leading zero of a fraction", "[01.5]", ICM_SYNTAX, "", NULL},
    {"a point without digits behind", "1. ", ICM_SYNTAX, "", NULL},
    {"a point without digits in front", ".5 ", ICM_SYNTAX, "", NULL},
    {"an exponent without digits", "1e ", ICM_SYNTAX, "", NULL},
    {"a plus", "+1 ", ICM_SYNTAX, "", NULL},
    {"minus alone", "- ", ICM_SYNTAX, "", NULL},
    {"hexadecimal", "0x10 ", ICM_SYNTAX, "", NULL},
    {"two numbers grown together", "1-2 ", ICM_SYNTAX, "", NULL},
    {"a number and a letter", "[1x]", ICM_SYNTAX, "", "JSON value 1: a number that goes on with another character"},
    {"a whole number of over 64 bits", "18446744073709551616 ", ICM_LIMIT, "", "JSON value 1: a whole number of more than 64 bits"},
    {"and below zero", "-9223372036854775809 ", ICM_LIMIT, "", NULL},
    {"a point twice", "1.2.3 ", ICM_SYNTAX, "", NULL},
    {"an exponent twice", "1e5e5 ", ICM_SYNTAX, "", NULL},
    {"a whole number of 100 digits", "1000000000000000000000000000000000000000000000000000000000000000000000 ", ICM_LIMIT, "", NULL},
    {"NaN", "NaN ", ICM_SYNTAX, "", NULL},
    {"Infinity", "[-Infinity]", ICM_SYNTAX, "", NULL},
    {"True", "True ", ICM_SYNTAX, "", NULL},
    {"a word cut short", "tru", ICM_SYNTAX, "", NULL},
    {"a comma too many", "[1,]", ICM_SYNTAX, "", NULL},
    {"and in an object", "{\"a\":1,}", ICM_SYNTAX, "", NULL},
    {"a missing comma", "[1 2]", ICM_SYNTAX, "", NULL},
    {"a missing colon", "{\"a\" 1}", ICM_SYNTAX, "", NULL},
    {"a name without quotes", "{a:1}", ICM_SYNTAX, "", NULL},
    {"single quotes", "'a'", ICM_SYNTAX, "", NULL},
    {"a comment", "/* x */ 1", ICM_SYNTAX, "", NULL},
    {"another bracket", "[1}", ICM_SYNTAX, "", NULL},
    {"a bracket too many", "[1] ]", ICM_SYNTAX, "[i1 ]", NULL},
    {"cut short in an array", "1 [2", ICM_SYNTAX, "i1 ", "JSON value 2: the text ends inside it"},
    {"cut short in a string", "\"a", ICM_SYNTAX, "", NULL},
    {"cut short in an escape", "\"a\\", ICM_SYNTAX, "", NULL},
    {"an escape that is none", "\"\\x\"", ICM_SYNTAX, "", NULL},
    {"a tab in a string", "\"a\tb\"", ICM_SYNTAX, "", "JSON value 1: a control character in a string"},
    {"no UTF-8", "\"\xff\"", ICM_SYNTAX, "", "JSON value 1: no UTF-8"},
    {"overlong UTF-8", "\"\xc0\x80\"", ICM_SYNTAX, "", NULL},
    {"a surrogate in UTF-8", "\"\xed\xa0\x80\"", ICM_SYNTAX, "", NULL},
    {"a character cut short", "\"\xe2\x82\"", ICM_SYNTAX, "", NULL},
    {"behind the last character", "\"\xf4\x90\x80\x80\"", ICM_SYNTAX, "", NULL},
    {"a byte order mark", "\xef\xbb\xbf" "1", ICM_SYNTAX, "", NULL},
    {"values without white space between", "{}{}", ICM_SYNTAX, "{}", "JSON value 2: no white space in front of it"},
    {"words without white space between", "truefalse", ICM_SYNTAX, "true ", NULL},
    {"the visitor says no", "1 \"refuse me\" 2", ICM_DENIED, "i1 ", "refused"},
};

static enum icm_code read_in_pieces(struct icm_slice text, size_t piece, struct icm_buf *told, struct icm_error *err)
{
    struct icm_json_reader *r = NULL;

    assert_int_equal(icm_json_reader_new(&r, tell, told, NULL), ICM_OK);
    enum icm_code code = ICM_OK;
    while (code == ICM_OK && text.size > 0) {
        size_t size = text.size < piece ? text.size : piece;
        code = icm_json_feed(r, icm_slice_of(text.data, size), err);
        text = icm_slice_from(text, size);
    }
    if (code == ICM_OK)
        code = icm_json_finish(r, err);
    assert_int_equal(code == ICM_OK ? ICM_OK : icm_json_feed(r, icm_slice_text("1 "), NULL), code); /* it stays */
    icm_json_reader_free(r);
    return code;
}

static void reads_the_same_in_any_pieces(void **state)
{
    const struct row *row = *state;
    struct icm_slice text = icm_slice_text(row->text);

    for (size_t piece = 1; piece <= text.size + 1; piece++) {
        struct icm_buf told = {0};
        struct icm_error err = {0};

        assert_int_equal(read_in_pieces(text, piece, &told, &err), row->code);
        assert_string_equal(icm_buf_text(&told), row->told);
        if (row->error)
            assert_string_equal(err.text, row->error);
        icm_buf_reset(&told);
    }
}

static enum icm_code nested(unsigned depth)
{
    struct icm_buf text = {0}, told = {0};

    for (unsigned i = 0; i < depth; i++)
        icm_buf_add_text(&text, i % 2 ? "{\"k\":" : "[");
    icm_buf_add_text(&text, "1");
    for (unsigned i = depth; i > 0; i--)
        icm_buf_add_text(&text, i % 2 ? "]" : "}");
    enum icm_code code = read_in_pieces(icm_buf_slice(&text), 1000000, &told, NULL);
    icm_buf_reset(&text);
    icm_buf_reset(&told);
    return code;
}

static void the_depth_is_bounded(void **state)
{
    assert_int_equal(nested(ICM_JSON_DEPTH_MAX), ICM_OK);
    assert_int_equal(nested(ICM_JSON_DEPTH_MAX + 1), ICM_LIMIT);
}

static void the_length_of_a_value_is_bounded(void **state)
{
    static const char many[65536] = "";
    struct icm_json_reader *r = NULL;
    struct icm_buf told = {0}, text = {0};
    enum icm_code code;

    icm_buf_add(&text, icm_slice_of(many, sizeof many));
    memset(text.data, 'x', text.size);
    assert_int_equal(icm_json_reader_new(&r, tell, &told, NULL), ICM_OK);
    assert_int_equal(icm_json_feed(r, icm_slice_text("\""), NULL), ICM_OK);
    size_t fed = 1;
    while ((code = icm_json_feed(r, icm_buf_slice(&text), NULL)) == ICM_OK)
        fed += text.size;
    assert_int_equal(code, ICM_LIMIT);
    assert_in_range(fed, ICM_JSON_BYTES_MAX - sizeof many, ICM_JSON_BYTES_MAX);
    icm_json_reader_free(r);
    icm_buf_reset(&told);
    icm_buf_reset(&text);
}

static void many_values_are_no_long_value(void **state)
{
    struct icm_buf text = {0}, told = {0};

    for (int i = 0; i < 200000; i++)
        icm_buf_add_text(&text, "1\n");
    assert_int_equal(read_in_pieces(icm_buf_slice(&text), 4096, &told, NULL), ICM_OK);
    assert_int_equal(told.size, 600000);
    icm_buf_reset(&text);
    icm_buf_reset(&told);
}

static void what_is_written_is_read(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(strings); i++) {
        struct icm_buf told = {0}, again = {0};
        struct icm_json j = {.out = &again};

        assert_int_equal(read_in_pieces(icm_slice_text(strings[i].written), 3, &told, NULL), ICM_OK);
        icm_json_string(&j, icm_slice_of(told.data + 1, told.size - 3));
        if (!strstr(strings[i].written, "\\ud")) /* json-c makes U+FFFD of a lone surrogate */
            assert_string_equal(icm_buf_text(&again), strings[i].written);
        icm_buf_reset(&told);
        icm_buf_reset(&again);
    }
}

static const struct CMUnitTest others[] = {
    cmocka_unit_test(writes_commas_and_colons_by_itself),
    cmocka_unit_test(escapes_strings),
    cmocka_unit_test(a_zero_byte_is_escaped),
    cmocka_unit_test(the_depth_is_bounded),
    cmocka_unit_test(the_length_of_a_value_is_bounded),
    cmocka_unit_test(many_values_are_no_long_value),
    cmocka_unit_test(what_is_written_is_read),
};

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = reads_the_same_in_any_pieces,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    int failed = cmocka_run_group_tests_name("icm_json_feed, RFC 8259", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("icm_json", others, NULL, NULL);
}
