#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "psrp/clixml.h"
#include "tests/psrp/value_equal.h"

static struct icm_arena arena;
static struct icm_buf out;
static struct icm_error error;

static int forget(void **state)
{
    icm_arena_reset(&arena);
    icm_buf_reset(&out);
    icm_error_reset(&error);
    return 0;
}

static struct psrp_value *must_read(const char *text)
{
    struct psrp_clixml_reader *reader = NULL;
    struct psrp_value *value = NULL;

    assert_int_equal(psrp_clixml_reader_new(&reader, &error), ICM_OK);
    enum icm_code code = psrp_clixml_read(reader, icm_slice_text(text), &arena, &value, &error);
    psrp_clixml_reader_free(reader);
    if (code != ICM_OK)
        fail_msg("%s: %s", text, error.text);
    return value;
}

static void assert_written(const struct psrp_value *value, const char *text)
{
    assert_int_equal(psrp_clixml_write(&out, value, &error), ICM_OK);
    assert_string_equal(icm_buf_text(&out), text);
}

/* Bytes of the real engine (golden/clixml, *.wire.xml without the byte order mark): what was read is written the same.
 */
#define TN(ID, NAME) "<TN RefId=\"" ID "\"><T>" NAME "</T><T>System.Object</T></TN>"
static const char *const same[] = {
    "<Nil />",
    "<S></S>",
    "<S>a_x000D_b&lt;\"'</S>",
    "<C>65535</C>",
    "<B>true</B>",
    "<B>false</B>",
    "<DT>2024-07-01T08:09:10-02:30</DT>",
    "<TS>-P1DT2H3M4.005S</TS>",
    "<By>0</By>",
    "<SB>-128</SB>",
    "<U16>0</U16>",
    "<I16>-32768</I16>",
    "<U32>4294967295</U32>",
    "<I32>-2147483648</I32>",
    "<U64>18446744073709551615</U64>",
    "<I64>-9223372036854775808</I64>",
    "<Sg>3.4028235E+38</Sg>",
    "<Sg>0.1</Sg>",
    "<Sg>NaN</Sg>",
    "<Db>0.30000000000000004</Db>",
    "<Db>10000000000000000</Db>",
    "<Db>1E-05</Db>",
    "<Db>-INF</Db>",
    "<Db>-0</Db>",
    "<D>1.10</D>",
    "<BA />",
    "<BA>AQI=</BA>",
    "<G>00000000-0000-0000-0000-000000000000</G>",
    "<URI>https://example.com/a/b?c=d&amp;e=f#g</URI>",
    "<Version>1.2</Version>",
    "<XD></XD>",
    "<SBK>1+1</SBK>",
    "<SS>io/x6p3a3n2lkHSTjVju/g==</SS>",
    "<Obj RefId=\"0\"><S>base</S><MS><I32 N=\"extra\">42</I32><S N=\"who\">me</S></MS></Obj>",
    "<Obj RefId=\"0\">" TN("0", "System.Collections.Stack") "<STK /></Obj>",
    "<Obj RefId=\"0\">" TN("0", "System.Collections.Queue") "<QUE><I32>1</I32><I32>2</I32><I32>3</I32></QUE></Obj>",
    "<Obj RefId=\"0\">" TN("0",
                           "System.Collections.Hashtable") "<DCT><En><S N=\"Key\">h</S><Obj N=\"Value\" RefId=\"1\">"
                                                           "<TNRef RefId=\"0\" /><DCT /></Obj></En></DCT></Obj>",
    "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.DayOfWeek</T><T>System.Enum</T><T>System.ValueType</T>"
    "<T>System.Object</T></TN><ToString>Monday</ToString><I32>1</I32><MS><I32 N=\"n\">1</I32></MS></Obj>",
    "<Obj RefId=\"0\">" TN("0",
                           "A") "<ToString /><Props><Nil N=\"a\" /></Props><MS><B N=\"b&quot;_x000A_\">true</B></MS>"
                                "</Obj>",
    "<Obj RefId=\"0\">" TN("0", "A") "<LST><Obj RefId=\"1\">" TN(
        "1", "B") "</Obj><Obj RefId=\"2\"><TNRef RefId=\"0\" />"
                  "</Obj><Obj RefId=\"3\"><TNRef RefId=\"1\" /></Obj></LST></Obj>",
    "<Obj RefId=\"0\">" TN("0", "A") "<IE><I32>1</I32></IE><Props><I32 N=\"Count\">1</I32></Props></Obj>",
};

static void comes_back_the_same(void **state)
{
    const char *text = *state;

    assert_written(must_read(text), text);
}

static void built_values(void **state)
{
    static const char *const types[] = {"System.Management.Automation.PSCredential", "System.Object", NULL};
    struct psrp_value *object = psrp_value_object(&arena, types);
    struct psrp_value *array = psrp_value_array(&arena);

    assert_true(psrp_value_add_property(&arena, object, "UserName", psrp_value_string(&arena, "u")));
    assert_true(psrp_value_add_note(&arena, object, "List", array));
    assert_true(psrp_value_add_item(&arena, array, psrp_value_i32(&arena, -1)));
    assert_true(psrp_value_add_item(&arena, array, psrp_value_enum(&arena, "E", 2, "two")));
    assert_true(psrp_value_add_item(&arena, array, psrp_value_object(&arena, types)));
    assert_written(
        object,
        "<Obj RefId=\"0\">" TN(
            "0",
            "System.Management.Automation.PSCredential") "<Props>"
                                                         "<S N=\"UserName\">u</S></Props><MS><Obj N=\"List\" "
                                                         "RefId=\"1\"><TN RefId=\"1\"><T>System.Object[]</T>"
                                                         "<T>System.Array</T><T>System.Object</T></TN><LST><I32>-1</"
                                                         "I32><Obj RefId=\"2\"><TN RefId=\"2\"><T>E</T>"
                                                         "<T>System.Enum</T><T>System.ValueType</T><T>System.Object</"
                                                         "T></TN><ToString>two</ToString><I32>2</I32>"
                                                         "</Obj><Obj RefId=\"3\"><TNRef RefId=\"0\" "
                                                         "/></Obj></LST></Obj></MS></Obj>");
}

static void it_appends(void **state)
{
    icm_buf_add_text(&out, "before ");
    assert_written(psrp_value_bool(&arena, true), "before <B>true</B>");
}

static void a_value_that_could_not_be_built(void **state)
{
    assert_int_equal(psrp_clixml_write(&out, NULL, &error), ICM_NOMEM);
    assert_int_equal(out.size, 0);
}

/* More lists of type names than the writer keeps in mind: all the same, each object comes back with its own. */
static void many_type_lists(void **state)
{
    enum { COUNT = 3000 };
    struct psrp_value *array = psrp_value_array(&arena);

    for (unsigned i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "T%u", i % (COUNT / 2));
        assert_true(psrp_value_add_item(&arena, array, psrp_value_enum(&arena, "E", 1, "one")));
        struct psrp_value *object = psrp_value_new(&arena, PSRP_OBJECT);
        struct psrp_type_names *types = icm_arena_take(&arena, sizeof *types);
        types->names = icm_arena_take(&arena, sizeof *types->names);
        types->count = 1;
        assert_true(icm_arena_copy(&arena, icm_slice_text(name), &types->names[0]));
        object->object->types = types;
        assert_true(psrp_value_add_item(&arena, array, object));
    }
    assert_int_equal(psrp_clixml_write(&out, array, &error), ICM_OK);
    assert_true(value_equal(array, must_read(icm_buf_text(&out))));
}

static struct psrp_value *nest(unsigned depth)
{
    struct psrp_value *inner = psrp_value_new(&arena, PSRP_OBJECT);

    for (unsigned i = 1; i < depth; i++) {
        struct psrp_value *outer = psrp_value_custom_object(&arena);
        assert_true(psrp_value_add_note(&arena, outer, "inner", inner));
        inner = outer;
    }
    return inner;
}

static void as_deep_as_can_be_read(void **state)
{
    struct psrp_value *deepest = nest(PSRP_CLIXML_DEPTH_MAX - 1);

    assert_int_equal(psrp_clixml_write(&out, deepest, &error), ICM_OK);
    assert_true(value_equal(deepest, must_read(icm_buf_text(&out))));
    icm_buf_clear(&out);
    assert_int_equal(psrp_clixml_write(&out, nest(PSRP_CLIXML_DEPTH_MAX), &error), ICM_LIMIT);
    assert_int_equal(out.size, 0);
}

/* what stands in two places is written once: read, these give themselves */
static const char *const shared[] = {
    "<Obj RefId=\"0\"><LST><I32>1</I32><Ref RefId=\"0\" /></LST></Obj>",
    "<Obj RefId=\"0\"><MS><Ref N=\"me\" RefId=\"0\" /></MS></Obj>",
    "<Obj RefId=\"0\"><Props><Obj N=\"a\" RefId=\"1\"><DCT><En><S N=\"Key\">k</S><Ref N=\"Value\" RefId=\"0\" "
    "/></En></DCT>"
    "</Obj></Props></Obj>",
    "<Obj RefId=\"0\"><LST><Obj RefId=\"1\"><I32>1</I32></Obj><Ref RefId=\"1\" /><Obj RefId=\"2\"><I32>1</I32></Obj>"
    "<Ref RefId=\"2\" /><Ref RefId=\"1\" /></LST></Obj>",
    "<Obj RefId=\"0\"><MS><MS N=\"set\"><I32 N=\"a\">1</I32><MS N=\"inner\"><S N=\"b\">x</S></MS></MS></MS></Obj>",
    "<PR><AV>a&amp;b</AV><AI>3</AI><Nil /><PI>-1</PI><PC>40</PC><T>Completed</T><SR>9</SR><SD></SD></PR>",
    "<Obj RefId=\"0\"><MS><PR N=\"p\"><AV>a</AV><AI>3</AI><S>op</S><PI>1</PI><PC>40</PC><T>Processing</T><SR>9</SR>"
    "<SD>s</SD></PR></MS></Obj>",
};

static void is_written_as_it_was(void **state)
{
    assert_int_equal(psrp_clixml_write(&out, must_read(*state), &error), ICM_OK);
    assert_string_equal(icm_buf_text(&out), *state);
}

static void a_cycle_that_nobody_marked_ends(void **state)
{
    struct psrp_value *list = psrp_value_new(&arena, PSRP_LIST);

    assert_true(psrp_value_add_item(&arena, list, list));
    list->is_shared = false;
    assert_int_equal(psrp_clixml_write(&out, list, &error), ICM_LIMIT);
    assert_int_equal(out.size, 0);
}

static void many_shared_values(void **state)
{
    struct psrp_value *list = psrp_value_array(&arena), *values[1000];

    for (size_t i = 0; i < 2 * ICM_COUNT(values); i++) {
        if (i < ICM_COUNT(values))
            values[i] = psrp_value_custom_object(&arena);
        assert_true(psrp_value_add_item(&arena, list, values[i % ICM_COUNT(values)]));
    }
    assert_int_equal(psrp_clixml_write(&out, list, &error), ICM_OK);
    const struct psrp_item *item = must_read(icm_buf_text(&out))->as.list->first;
    const struct psrp_value *read[ICM_COUNT(values)];
    for (size_t i = 0; i < 2 * ICM_COUNT(values); i++, item = item->next) {
        if (i < ICM_COUNT(values))
            read[i] = item->value;
        assert_ptr_equal(item->value, read[i % ICM_COUNT(values)]);
    }
}

static void a_bomb_of_references_ends(void **state)
{
    struct psrp_value *value = psrp_value_string(&arena, "lol");

    for (unsigned i = 0; i < 40; i++) {
        struct psrp_value *twice = psrp_value_new(&arena, PSRP_LIST);
        assert_true(psrp_value_add_item(&arena, twice, value) && psrp_value_add_item(&arena, twice, value));
        value = twice;
    }
    assert_int_equal(psrp_clixml_write(&out, value, &error), ICM_OK);
    assert_true(out.size < 40 * 100); /* each of them once */
}

static void a_name_that_is_too_long(void **state)
{
    static char name[PSRP_CLIXML_NAME_MAX + 2];
    struct psrp_value *object = psrp_value_new(&arena, PSRP_OBJECT);

    memset(name, '\n', sizeof name - 1);
    assert_true(psrp_value_add_note(&arena, object, name, psrp_value_nil(&arena)));
    assert_int_equal(psrp_clixml_write(&out, object, &error), ICM_LIMIT);
    object = psrp_value_new(&arena, PSRP_OBJECT);
    assert_true(psrp_value_add_note(&arena, object, name + 1, psrp_value_nil(&arena)));
    assert_int_equal(psrp_clixml_write(&out, object, &error), ICM_OK);
    assert_true(value_equal(object, must_read(icm_buf_text(&out))));
}

/* the text turned round stands for an encryption */
static enum icm_code turn_round(void *context, struct icm_slice text, struct icm_buf *to, struct icm_error *err)
{
    for (size_t i = text.size; i > 0; i--)
        icm_buf_add_u8(to, text.data[i - 1]);
    return *(enum icm_code *)context;
}

static void secrets_are_sealed_or_nothing_is_written(void **state)
{
    enum icm_code answer = ICM_OK;
    const struct psrp_clixml_sealer sealer = {turn_round, &answer};
    struct psrp_value *list = psrp_value_array(&arena), *opaque = psrp_value_new(&arena, PSRP_SECURESTRING);

    assert_true(icm_arena_copy(&arena, icm_slice_text("kept"), &opaque->as.text));
    assert_true(psrp_value_add_item(&arena, list, opaque));
    assert_true(psrp_value_add_item(&arena, list, psrp_value_secure(&arena, icm_slice_text("abc"))));
    assert_int_equal(psrp_clixml_write_sealed(&out, list, &sealer, &error), ICM_OK);
    assert_non_null(strstr(icm_buf_text(&out), "<SS>a2VwdA==</SS><SS>cba</SS>"));
    icm_buf_clear(&out);
    assert_int_equal(psrp_clixml_write(&out, list, &error), ICM_STATE);
    assert_int_equal(out.size, 0);
    answer = ICM_AGAIN;
    assert_int_equal(psrp_clixml_write_sealed(&out, list, &sealer, &error), ICM_AGAIN);
    assert_int_equal(out.size, 0);
}

static const struct CMUnitTest singles[] = {
    cmocka_unit_test_teardown(built_values, forget),
    cmocka_unit_test_teardown(it_appends, forget),
    cmocka_unit_test_teardown(a_value_that_could_not_be_built, forget),
    cmocka_unit_test_teardown(many_type_lists, forget),
    cmocka_unit_test_teardown(secrets_are_sealed_or_nothing_is_written, forget),
    cmocka_unit_test_teardown(as_deep_as_can_be_read, forget),
    cmocka_unit_test_teardown(a_cycle_that_nobody_marked_ends, forget),
    cmocka_unit_test_teardown(many_shared_values, forget),
    cmocka_unit_test_teardown(a_bomb_of_references_ends, forget),
    cmocka_unit_test_teardown(a_name_that_is_too_long, forget),
};

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(same) + ICM_COUNT(shared) + ICM_COUNT(singles)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(same); i++)
        tests[count++] = (struct CMUnitTest){same[i], comes_back_the_same, NULL, forget, (char *)(uintptr_t)same[i]};
    for (size_t i = 0; i < ICM_COUNT(shared); i++)
        tests[count++] =
            (struct CMUnitTest){shared[i], is_written_as_it_was, NULL, forget, (char *)(uintptr_t)shared[i]};
    memcpy(tests + count, singles, sizeof singles);
    return cmocka_run_group_tests_name("psrp_clixml_write, MS-PSRP 2.2.5", tests, NULL, NULL);
}
