#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "psrp/value.h"

static struct icm_arena arena;

static int forget(void **state)
{
    icm_arena_reset(&arena);
    return 0;
}

static void assert_text(const struct psrp_value *value, const char *text)
{
    struct icm_buf out = {0};

    psrp_value_write_text(value, &out);
    assert_string_equal(icm_buf_text(&out), text);
    icm_buf_reset(&out);
}

static struct psrp_value *number_value(enum psrp_kind kind, uint64_t number)
{
    struct psrp_value *value = psrp_value_new(&arena, kind);

    value->as.u64 = number;
    return value;
}

static void integers(void **state)
{
    static const struct {
        enum psrp_kind kind;
        uint64_t number;
        bool is_one;
        int64_t integer;
    } cases[] = {
        {PSRP_U8, 255, true, 255},
        {PSRP_I8, (uint64_t)-128, true, -128},
        {PSRP_U16, 65535, true, 65535},
        {PSRP_I16, (uint64_t)-1, true, -1},
        {PSRP_U32, 4294967295, true, 4294967295},
        {PSRP_I32, (uint64_t)INT32_MIN, true, INT32_MIN},
        {PSRP_U64, INT64_MAX, true, INT64_MAX},
        {PSRP_U64, (uint64_t)INT64_MAX + 1, false, 0},
        {PSRP_I64, (uint64_t)INT64_MIN, true, INT64_MIN},
        {PSRP_CHAR, 65, false, 0},
        {PSRP_BOOL, 1, false, 0},
        {PSRP_DOUBLE, 0, false, 0},
        {PSRP_NIL, 0, false, 0},
    };

    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        int64_t out = 42;
        assert_int_equal(psrp_value_integer(number_value(cases[i].kind, cases[i].number), &out), cases[i].is_one);
        assert_int_equal(out, cases[i].is_one ? cases[i].integer : 42);
    }
    int64_t out;
    assert_false(psrp_value_integer(NULL, &out));
    assert_true(psrp_value_integer(psrp_value_enum(&arena, "E", -3, "x"), &out));
    assert_int_equal(out, -3);
}

static void texts_of_kinds(void **state)
{
    for (enum psrp_kind kind = PSRP_NIL; kind < PSRP_LIST; kind++) {
        bool is_text = kind == PSRP_STRING || kind == PSRP_DATETIME || kind == PSRP_TIMESPAN || kind == PSRP_DECIMAL ||
                       (kind >= PSRP_GUID && kind <= PSRP_SCRIPTBLOCK);
        struct psrp_value *value = psrp_value_text(&arena, kind, icm_slice_text("abc"));
        assert_int_equal(psrp_value_text_of(value).size, is_text ? 3 : 0);
    }
    assert_int_equal(psrp_value_text_of(psrp_value_array(&arena)).size, 0);
    assert_int_equal(psrp_value_text_of(NULL).size, 0);
}

static void texts_are_copied(void **state)
{
    char text[] = "abc", name[] = "name";
    struct psrp_value *object = psrp_value_custom_object(&arena);

    assert_true(psrp_value_add_note(&arena, object, name, psrp_value_string(&arena, text)));
    text[0] = name[0] = '?';
    assert_text(object, "@{name=abc}");
}

static void nothing_in_gives_nothing_out(void **state)
{
    struct psrp_value *value = psrp_value_nil(&arena);

    assert_null(psrp_value_string(&arena, NULL));
    assert_false(psrp_value_add_item(&arena, NULL, value));
    assert_false(psrp_value_add_item(&arena, psrp_value_array(&arena), NULL));
    assert_false(psrp_value_add_entry(&arena, psrp_value_hashtable(&arena), NULL, value));
    assert_false(psrp_value_add_entry(&arena, psrp_value_hashtable(&arena), value, NULL));
    assert_false(psrp_value_add_note(&arena, NULL, "a", value));
    assert_false(psrp_value_add_note(&arena, value, "a", NULL));
    assert_null(value->object);
    assert_false(psrp_value_add_property(&arena, value, "a", NULL));
}

static void members(void **state)
{
    struct psrp_value *object = psrp_value_custom_object(&arena);

    psrp_value_add_property(&arena, object, "A", psrp_value_i32(&arena, 1));
    psrp_value_add_property(&arena, object, "b", psrp_value_i32(&arena, 2));
    psrp_value_add_property(&arena, object, "B", psrp_value_i32(&arena, 3));
    psrp_value_add_note(&arena, object, "a", psrp_value_i32(&arena, 4));
    assert_text(psrp_value_member(object, "A"), "4");
    assert_text(psrp_value_member(object, "b"), "3");
    assert_null(psrp_value_member(object, "c"));
    assert_null(psrp_value_member(NULL, "a"));
    assert_null(psrp_value_member(psrp_value_i32(&arena, 1), "a"));
}

static void entries(void **state)
{
    struct psrp_value *table = psrp_value_hashtable(&arena);

    psrp_value_add_entry(&arena, table, psrp_value_string(&arena, "a"), psrp_value_i32(&arena, 1));
    psrp_value_add_entry(&arena, table, psrp_value_string(&arena, "A"), psrp_value_i32(&arena, 2));
    psrp_value_add_entry(&arena, table, psrp_value_i32(&arena, 1), psrp_value_i32(&arena, 3));
    assert_text(psrp_value_entry(table, "a"), "1");
    assert_text(psrp_value_entry(table, "A"), "2");
    assert_null(psrp_value_entry(table, "1"));
    assert_null(psrp_value_entry(psrp_value_array(&arena), "a"));
    assert_null(psrp_value_entry(NULL, "a"));
}

static void types(void **state)
{
    static const char *const names[] = {"Deserialized.System.X", "System.Object", NULL};
    struct psrp_value *value = psrp_value_object(&arena, names);

    assert_true(psrp_value_is_type(value, "System.X"));
    assert_true(psrp_value_is_type(value, "deserialized.system.x"));
    assert_true(psrp_value_is_type(value, "SYSTEM.OBJECT"));
    assert_false(psrp_value_is_type(value, "X"));
    assert_false(psrp_value_is_type(value, ""));
    assert_false(psrp_value_is_type(psrp_value_nil(&arena), "System.X"));
    assert_false(psrp_value_is_type(NULL, "System.X"));
    assert_null(psrp_value_object(&arena, NULL)->object->types);
    assert_true(psrp_value_is_type(psrp_value_primitive_dictionary(&arena),
                                   "System.Management.Automation.PSPrimitiveDictionary"));
}

static struct psrp_value *list_of(enum psrp_kind kind, struct psrp_value *first, struct psrp_value *second)
{
    struct psrp_value *list = psrp_value_new(&arena, kind);

    assert_true(psrp_value_add_item(&arena, list, first) && psrp_value_add_item(&arena, list, second));
    return list;
}

/* As "$value" gives it in PowerShell. */
static void the_text_of_lists_and_objects(void **state)
{
    static const char *const plain[] = {"Deserialized.System.Thing", NULL};
    struct psrp_value *object = psrp_value_custom_object(&arena);
    struct psrp_value *array = psrp_value_array(&arena);

    psrp_value_add_item(&arena, array, psrp_value_bool(&arena, true));
    psrp_value_add_item(&arena, array, psrp_value_nil(&arena));
    psrp_value_add_item(&arena, array, psrp_value_double(&arena, 1.5));
    assert_text(array, "True  1.5");
    assert_text(list_of(PSRP_QUEUE, psrp_value_i32(&arena, 1), array), "1 System.Object[]");
    assert_text(
        list_of(PSRP_STACK, psrp_value_hashtable(&arena), psrp_value_text(&arena, PSRP_BYTES, icm_slice_text("a"))),
        "System.Collections.Hashtable System.Byte[]");
    assert_text(psrp_value_hashtable(&arena), "System.Collections.Hashtable");
    assert_text(psrp_value_text(&arena, PSRP_BYTES, icm_slice_text("ab")), "97 98");
    assert_text(object, "");
    psrp_value_add_note(&arena, object, "a", psrp_value_i32(&arena, 1));
    psrp_value_add_note(&arena, object, "b", array);
    psrp_value_add_note(&arena, object, "c", psrp_value_custom_object(&arena));
    assert_text(object, "@{a=1; b=System.Object[]; c=}");
    assert_text(psrp_value_object(&arena, plain), "System.Thing");
    assert_text(psrp_value_enum(&arena, "E", 1, "One"), "One");
    assert_text(NULL, "");
}

static void a_value_in_itself_has_a_text(void **state)
{
    struct psrp_value *array = psrp_value_array(&arena);
    struct psrp_value *object = psrp_value_custom_object(&arena);

    psrp_value_add_item(&arena, array, array);
    psrp_value_add_note(&arena, object, "me", object);
    assert_text(array, "System.Object[]");
    assert_text(object, "@{me=}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(integers, forget),
        cmocka_unit_test_teardown(texts_of_kinds, forget),
        cmocka_unit_test_teardown(texts_are_copied, forget),
        cmocka_unit_test_teardown(nothing_in_gives_nothing_out, forget),
        cmocka_unit_test_teardown(members, forget),
        cmocka_unit_test_teardown(entries, forget),
        cmocka_unit_test_teardown(types, forget),
        cmocka_unit_test_teardown(the_text_of_lists_and_objects, forget),
        cmocka_unit_test_teardown(a_value_in_itself_has_a_text, forget),
    };

    return cmocka_run_group_tests_name("psrp_value", tests, NULL, NULL);
}
