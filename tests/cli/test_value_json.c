#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/value_json.h"
#include "tests/cli/value_of.h"

#define NOTES "<S N=\"PSComputerName\">srv1</S><G N=\"RunspaceId\">00000000-0000-0000-0000-000000000001</G>" \
              "<B N=\"PSShowComputerName\">true</B>"
#define DAY "<TN RefId=\"0\"><T>System.DayOfWeek</T><T>System.Enum</T><T>System.ValueType</T><T>System.Object</T></TN>"

/* design.md, Output */
static const struct row {
    const char *name, *clixml, *json;
} rows[] = {
    {"null", "<Nil />", "null"},
    {"true", "<B>true</B>", "true"},
    {"a string", "<S>a\"b_x000A_c_x001B_</S>", "\"a\\\"b\\nc\\u001b\""},
    {"a char is a string", "<C>228</C>", "\"\303\244\""},
    {"a lone surrogate", "<C>55357</C>", "\"\\ud83d\""},
    {"Int32", "<I32>-5</I32>", "-5"},
    {"Int64, all digits", "<I64>-9223372036854775808</I64>", "-9223372036854775808"},
    {"UInt64, all digits", "<U64>18446744073709551615</U64>", "18446744073709551615"},
    {"Decimal, all digits and its scale", "<D>79228162514264337593543950335</D>", "79228162514264337593543950335"},
    {"Decimal with zeroes at the end", "<D>1.10</D>", "1.10"},
    {"Decimal with zeroes in front", "<D>-007.50</D>", "-7.50"},
    {"Decimal zero", "<D>00.0</D>", "0.0"},
    {"Double", "<Db>1.5</Db>", "1.5"},
    {"a large Double", "<Db>1E+300</Db>", "1E+300"},
    {"Single, its own digits", "<Sg>0.1</Sg>", "0.1"},
    {"NaN", "<Db>NaN</Db>", "\"NaN\""},
    {"infinity", "<Db>INF</Db>", "\"Infinity\""},
    {"minus infinity", "<Sg>-INF</Sg>", "\"-Infinity\""},
    {"bytes", "<BA>AAEC</BA>", "\"AAEC\""},
    {"a date", "<DT>2026-11-24T01:02:03.5Z</DT>", "\"2026-11-24T01:02:03.5Z\""},
    {"a time span", "<TS>PT1M</TS>", "\"PT1M\""},
    {"a GUID", "<G>00000000-0000-0000-0000-00000000000a</G>", "\"00000000-0000-0000-0000-00000000000a\""},
    {"a version", "<Version>1.2.3</Version>", "\"1.2.3\""},
    {"a URI", "<URI>http://x/</URI>", "\"http://x/\""},
    {"a script block", "<SBK>1+1</SBK>", "\"1+1\""},
    {"a SecureString is null", "<SS>AAAA</SS>", "null"},
    {"an enum is its text", "<Obj RefId=\"0\">" DAY "<ToString>Monday</ToString><I32>1</I32></Obj>", "\"Monday\""},
    {"an enum without text is its number", "<Obj RefId=\"0\">" DAY "<I32>1</I32></Obj>", "1"},
    {"a primitive with notes is the primitive", "<Obj RefId=\"0\"><I32>7</I32><MS>" NOTES "<S N=\"x\">y</S></MS></Obj>", "7"},
    {"a list", "<Obj RefId=\"0\"><LST><I32>1</I32><Nil /><S>x</S></LST></Obj>", "[1,null,\"x\"]"},
    {"a queue", "<Obj RefId=\"0\"><QUE><I32>1</I32></QUE></Obj>", "[1]"},
    {"an empty list", "<Obj RefId=\"0\"><LST /></Obj>", "[]"},
    {"an object", "<Obj RefId=\"0\"><Props><S N=\"A\">1</S></Props><MS><I32 N=\"B\">2</I32></MS></Obj>", "{\"A\":\"1\",\"B\":2}"},
    {"the origin is not repeated", "<Obj RefId=\"0\"><MS><I32 N=\"B\">2</I32>" NOTES "</MS></Obj>", "{\"B\":2}"},
    {"further in it is somebody's own", "<Obj RefId=\"0\"><MS><Obj N=\"B\" RefId=\"1\"><MS><S N=\"RunspaceId\">2</S></MS></Obj></MS></Obj>",
     "{\"B\":{\"RunspaceId\":\"2\"}}"},
    {"names that clash", "<Obj RefId=\"0\"><Props><I32 N=\"a\">1</I32></Props><MS><I32 N=\"a\">2</I32><I32 N=\"a\">3</I32></MS></Obj>",
     "{\"a\":1,\"a#2\":2,\"a#3\":3}"},
    {"the number is taken", "<Obj RefId=\"0\"><MS><I32 N=\"a\">1</I32><I32 N=\"a\">2</I32><I32 N=\"a#2\">3</I32></MS></Obj>",
     "{\"a\":1,\"a#3\":2,\"a#2\":3}"},
    {"case is a difference", "<Obj RefId=\"0\"><MS><I32 N=\"a\">1</I32><I32 N=\"A\">2</I32></MS></Obj>", "{\"a\":1,\"A\":2}"},
    {"no members, a text", "<Obj RefId=\"0\"><ToString>it</ToString></Obj>", "\"it\""},
    {"nothing but its origin, a text", "<Obj RefId=\"0\"><ToString>it</ToString><MS>" NOTES "</MS></Obj>", "\"it\""},
    {"nothing at all", "<Obj RefId=\"0\"></Obj>", "{}"},
    {"a dictionary", "<Obj RefId=\"0\"><DCT><En><S N=\"Key\">k</S><I32 N=\"Value\">1</I32></En></DCT></Obj>", "{\"k\":1}"},
    {"keys of several types that clash",
     "<Obj RefId=\"0\"><DCT><En><S N=\"Key\">1</S><S N=\"Value\">text</S></En><En><I32 N=\"Key\">1</I32><S N=\"Value\">number</S></En>"
     "</DCT></Obj>",
     "{\"1\":\"text\",\"1#2\":\"number\"}"},
    {"one that holds itself", "<Obj RefId=\"0\"><MS><S N=\"n\">x</S><Ref N=\"me\" RefId=\"0\" /></MS></Obj>", "{\"n\":\"x\",\"me\":\"...\"}"},
    {"one that is there twice", "<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><LST><I32>1</I32></LST></Obj><Ref RefId=\"1\" /></LST></Obj>",
     "[[1],[1]]"},
};

static void writes(void **state)
{
    const struct row *row = *state;
    struct icm_arena a = {0};
    struct icm_buf out = {0};
    struct icm_json json = {.out = &out};

    cli_value_write_json(&json, value_of(&a, row->clixml));
    assert_string_equal(icm_buf_text(&out), row->json);
    icm_buf_reset(&out);
    icm_arena_reset(&a);
}

static void no_value_is_null(void **state)
{
    struct icm_buf out = {0};
    struct icm_json json = {.out = &out};

    cli_value_write_json(&json, NULL);
    assert_string_equal(icm_buf_text(&out), "null");
    icm_buf_reset(&out);
}

/* Thirty lists, each of which holds the next eight times, are a few bytes on the wire and 2^90 values when they are written out. */
static void a_small_message_stays_bounded(void **state)
{
    struct icm_arena a = {0};
    struct psrp_value *inner = psrp_value_array(&a);

    assert_true(psrp_value_add_item(&a, inner, psrp_value_string(&a, "0123456789")));
    for (int level = 0; level < 30; level++) {
        struct psrp_value *outer = psrp_value_array(&a);

        for (int i = 0; i < 8; i++)
            assert_true(psrp_value_add_item(&a, outer, inner));
        inner = outer;
    }
    struct icm_buf out = {0};
    struct icm_json json = {.out = &out};
    cli_value_write_json_within(&json, inner, 100 * 1000);
    assert_false(out.failed);
    assert_in_range(out.size, 100 * 1000, 101 * 1000);
    icm_buf_reset(&out);
    icm_arena_reset(&a);
}

static void depth_is_bounded(void **state)
{
    struct icm_arena a = {0};
    struct psrp_value *inner = psrp_value_array(&a);

    for (int level = 0; level < 3 * CLI_VALUE_DEPTH_MAX; level++) {
        struct psrp_value *outer = psrp_value_array(&a);

        assert_true(psrp_value_add_item(&a, outer, inner));
        inner = outer;
    }
    struct icm_buf out = {0};
    struct icm_json json = {.out = &out};
    cli_value_write_json(&json, inner);
    assert_int_equal(out.size, 2 * CLI_VALUE_DEPTH_MAX + 5);
    icm_buf_reset(&out);
    icm_arena_reset(&a);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(rows) + 3];
    size_t count = 0;

    for (; count < ICM_COUNT(rows); count++)
        tests[count] = (struct CMUnitTest){
            .name = rows[count].name, .test_func = writes, .initial_state = (void *)(uintptr_t)&rows[count]};
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(no_value_is_null);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_small_message_stays_bounded);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(depth_is_bounded);
    return cmocka_run_group_tests_name("cli_value_write_json, design.md Output", tests, NULL, NULL);
}
