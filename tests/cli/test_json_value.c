/* JSON to values: told by what CLIXML is written of them. */
#include "cli/json_value.h"
#include "psrp/clixml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

/* Everything that was read, one value behind the other. */
struct reading {
    struct icm_arena arena;
    struct cli_json_builder builder;
    struct icm_buf written;
};

static enum icm_code visit(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    struct reading *r = context;
    struct psrp_value *whole = NULL;
    enum icm_code code = cli_json_value_take(&r->builder, event, &whole, err);

    if (code == ICM_AGAIN)
        return ICM_OK;
    return code == ICM_OK ? psrp_clixml_write(&r->written, whole, err) : code;
}

static enum icm_code read_all(struct reading *r, const char *json, size_t piece, struct icm_error *err)
{
    struct icm_slice rest = icm_slice_text(json);
    struct icm_json_reader *reader = NULL;
    enum icm_code code = icm_json_reader_new(&reader, visit, r, err);

    r->builder.arena = &r->arena;
    while (code == ICM_OK && rest.size > 0) {
        size_t size = rest.size < piece ? rest.size : piece;
        code = icm_json_feed(reader, icm_slice_of(rest.data, size), err);
        rest = icm_slice_from(rest, size);
    }
    if (code == ICM_OK)
        code = icm_json_finish(reader, err);
    icm_json_reader_free(reader);
    return code;
}

static void reading_reset(struct reading *r)
{
    icm_arena_reset(&r->arena);
    icm_buf_reset(&r->written);
}

#define OBJECT(id) \
    "<Obj RefId=\"" id "\"><TN RefId=\"0\"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN>"
#define ARRAY "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Object[]</T><T>System.Array</T><T>System.Object</T></TN>"

struct row {
    const char *name, *json, *clixml;
};

static const struct row values[] = {
    {"a string", "\"a\\u00e4\\n\"", "<S>a\xc3\xa4_x000A_</S>"},
    {"an empty string", "\"\"", "<S></S>"},
    {"an Int32", "4", "<I32>4</I32>"},
    {"the largest Int32", "2147483647", "<I32>2147483647</I32>"},
    {"the smallest Int32", "-2147483648", "<I32>-2147483648</I32>"},
    {"an Int64", "2147483648", "<I64>2147483648</I64>"},
    {"a negative Int64", "-2147483649", "<I64>-2147483649</I64>"},
    {"an unsigned number", "18446744073709551615", "<U64>18446744073709551615</U64>"},
    {"a fraction", "1.5", "<Db>1.5</Db>"},
    {"a whole number with an exponent is a Double", "1e2", "<Db>100</Db>"},
    {"true", "true", "<B>true</B>"},
    {"null", "null", "<Nil />"},
    {"several values", "4\n5 \"x\"", "<I32>4</I32><I32>5</I32><S>x</S>"},
    {"an empty array", "[]", ARRAY "<LST /></Obj>"},
    {"an array", "[1,null,\"x\"]", ARRAY "<LST><I32>1</I32><Nil /><S>x</S></LST></Obj>"},
    {"an object", "{\"a\":1,\"b\":\"x\"}", OBJECT("0") "<MS><I32 N=\"a\">1</I32><S N=\"b\">x</S></MS></Obj>"},
    {"an object in an object", "{\"a\":{\"b\":2}}",
     OBJECT("0") "<MS><Obj N=\"a\" RefId=\"1\"><TNRef RefId=\"0\" /><MS><I32 N=\"b\">2</I32></MS></Obj></MS></Obj>"},
    {"an array in an object, and what follows it", "{\"a\":[1],\"b\":2}",
     OBJECT("0") "<MS><Obj N=\"a\" RefId=\"1\"><TN RefId=\"1\"><T>System.Object[]</T><T>System.Array</T><T>System.Object</T></TN>"
                 "<LST><I32>1</I32></LST></Obj><I32 N=\"b\">2</I32></MS></Obj>"},
};

static void reads(void **state)
{
    const struct row *row = *state;
    const size_t pieces[] = {1, 3, 4096};

    for (size_t i = 0; i < ICM_COUNT(pieces); i++) {
        struct reading r = {0};
        struct icm_error err = {0};

        assert_int_equal(read_all(&r, row->json, pieces[i], &err), ICM_OK);
        assert_string_equal(icm_buf_text(&r.written), row->clixml);
        reading_reset(&r);
    }
}

static void nest(struct icm_buf *json, size_t depth)
{
    for (size_t i = 0; i < depth; i++)
        icm_buf_add_u8(json, '[');
    icm_buf_add_text(json, "1");
    for (size_t i = 0; i < depth; i++)
        icm_buf_add_u8(json, ']');
}

/* the deepest that is taken can be written, too */
static void keeps_to_its_depth(void **state)
{
    for (size_t more = 0; more < 2; more++) {
        struct reading r = {0};
        struct icm_error err = {0};
        struct icm_buf json = {0};

        nest(&json, CLI_JSON_DEPTH_MAX + more);
        assert_int_equal(read_all(&r, icm_buf_text(&json), 4096, &err), more ? ICM_LIMIT : ICM_OK);
        if (more)
            assert_non_null(strstr(err.text, "48"));
        icm_buf_reset(&json);
        icm_error_reset(&err);
        reading_reset(&r);
    }
}

static void refuses_a_member_without_a_name(void **state)
{
    struct reading r = {0};
    struct icm_error err = {0};

    assert_int_equal(read_all(&r, "{\"\":1}", 4096, &err), ICM_SYNTAX);
    assert_non_null(strstr(err.text, "empty name"));
    icm_error_reset(&err);
    reading_reset(&r);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(values) + 2];

    for (size_t i = 0; i < ICM_COUNT(values); i++)
        tests[i] = (struct CMUnitTest){
            .name = values[i].name, .test_func = reads, .initial_state = (void *)(uintptr_t)&values[i]};
    tests[ICM_COUNT(values)] = (struct CMUnitTest)cmocka_unit_test(keeps_to_its_depth);
    tests[ICM_COUNT(values) + 1] = (struct CMUnitTest)cmocka_unit_test(refuses_a_member_without_a_name);
    return cmocka_run_group_tests_name("cli_json_value_take", tests, NULL, NULL);
}
