#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/der.h"
#include "tests/psrp/hex.h"

static const struct {
    const char *name, *bytes, *contents, *rest; /* contents NULL: it must fail */
} elements[] = {
    {"short length", "04 02 4142 ff", "4142", "ff"},
    {"empty", "04 00", "", ""},
    {"a length that could be shorter, one byte", "04 81 02 4142", "4142", ""},
    {"a length that could be shorter, two bytes", "04 82 0002 4142 05", "4142", "05"},
    {"a length that could be shorter, four bytes", "04 84 00000002 4142", "4142", ""},
    {"five bytes of length", "04 85 0000000002 4142", NULL, NULL},
    {"a length of 4 GB", "04 84 ffffffff 4142", NULL, NULL},
    {"indefinite", "04 80 4142 0000", NULL, NULL},
    {"the reserved length", "04 ff 4142", NULL, NULL},
    {"contents cut short", "04 03 4142", NULL, NULL},
    {"length cut short", "04 82 00", NULL, NULL},
    {"nothing but a tag", "04", NULL, NULL},
    {"nothing", "", NULL, NULL},
    {"another tag", "05 02 4142", NULL, NULL},
};

static struct icm_buf hex(const char *digits)
{
    struct icm_buf b = {0};

    hex_add(&b, digits);
    return b;
}

static void elements_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(elements); i++) {
        struct icm_buf bytes = hex(elements[i].bytes);
        struct auth_der r = auth_der_on(icm_buf_slice(&bytes)), again = r;
        struct icm_slice contents = auth_der_take(&r, AUTH_DER_OCTET_STRING);
        struct icm_slice whole = auth_der_take_whole(&again, AUTH_DER_OCTET_STRING);

        if (r.failed != (elements[i].contents == NULL) || again.failed != r.failed)
            fail_msg("%s", elements[i].name);
        struct icm_buf expected = hex(elements[i].contents ? elements[i].contents : "");
        struct icm_buf rest = hex(elements[i].rest ? elements[i].rest : "");
        assert_true(icm_slice_equal(contents, icm_buf_slice(&expected)));
        assert_true(icm_slice_equal(r.rest, icm_buf_slice(&rest)));
        assert_int_equal(whole.size, r.failed ? 0 : bytes.size - rest.size);
        icm_buf_reset(&bytes);
        icm_buf_reset(&expected);
        icm_buf_reset(&rest);
    }
}

static const struct {
    const char *bytes;
    bool is_one;
    int64_t value;
    const char *written; /* NULL: as it was read */
} integers[] = {
    {"02 01 00", true, 0, NULL},
    {"02 01 7f", true, 127, NULL},
    {"02 02 0080", true, 128, NULL},
    {"02 01 80", true, -128, NULL},
    {"02 01 ff", true, -1, NULL},
    {"02 02 ff7f", true, -129, NULL},
    {"02 04 c000006d", true, -1073741715, NULL}, /* an NTSTATUS, both ways in which it is seen */
    {"02 05 00c000006d", true, 0xC000006D, NULL},
    {"02 08 7fffffffffffffff", true, INT64_MAX, NULL},
    {"02 08 8000000000000000", true, INT64_MIN, NULL},
    {"02 03 000006", true, 6, "02 01 06"},
    {"02 09 000000000000000006", false, 0, NULL},
    {"02 00", false, 0, NULL},
    {"0a 01 01", false, 0, NULL},
};

static void integers_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(integers); i++) {
        struct icm_buf bytes = hex(integers[i].bytes), out = {0};
        struct icm_buf expected = hex(integers[i].written ? integers[i].written : integers[i].bytes);
        struct auth_der r = auth_der_on(icm_buf_slice(&bytes));

        assert_int_equal(auth_der_take_integer(&r, AUTH_DER_INTEGER), integers[i].value);
        assert_int_equal(!r.failed, integers[i].is_one);
        auth_der_add_integer(&out, AUTH_DER_INTEGER, integers[i].value);
        if (integers[i].is_one && !icm_slice_equal(icm_buf_slice(&out), icm_buf_slice(&expected)))
            fail_msg("%s", integers[i].bytes);
        icm_buf_reset(&bytes);
        icm_buf_reset(&expected);
        icm_buf_reset(&out);
    }
}

static void what_is_wrong_inside_is_seen_outside(void **state)
{
    struct icm_buf bytes = hex("30 08 a0 03 0a 05 01  02 01 07"); /* the number says five bytes and has one */
    struct auth_der r = auth_der_on(icm_buf_slice(&bytes));
    struct auth_der sequence = auth_der_enter(&r, AUTH_DER_SEQUENCE);
    struct auth_der field = auth_der_enter(&sequence, AUTH_DER_CONTEXT);

    (void)state;
    assert_false(r.failed);
    assert_int_equal(auth_der_take_integer(&field, AUTH_DER_ENUMERATED), 0);
    assert_true(field.failed && sequence.failed && r.failed);
    assert_int_equal(auth_der_take_integer(&sequence, AUTH_DER_INTEGER), 0); /* nothing is read any more */
    assert_false(auth_der_skip(&sequence));
    icm_buf_reset(&bytes);
}

static void unknown_fields_are_passed(void **state)
{
    struct icm_buf bytes = hex("85 01 ff  a9 02 0500  02 01 07  04 02 00");
    struct auth_der r = auth_der_on(icm_buf_slice(&bytes));

    (void)state;
    assert_true(auth_der_skip(&r));
    assert_true(auth_der_skip(&r));
    assert_true(auth_der_at(&r, AUTH_DER_INTEGER));
    assert_false(auth_der_at(&r, AUTH_DER_OID));
    assert_int_equal(auth_der_take_integer(&r, AUTH_DER_INTEGER), 7);
    assert_false(r.failed);
    assert_false(auth_der_skip(&r));
    assert_true(r.failed);
    icm_buf_reset(&bytes);

    r = auth_der_on(icm_slice_text("")); /* the end is no failure */
    assert_false(auth_der_skip(&r));
    assert_false(r.failed);
}

static void lengths_are_written_as_short_as_can_be(void **state)
{
    static const struct {
        size_t size;
        const char *header;
    } rows[] = {{0, "30 00"},      {127, "30 7f"},      {128, "30 81 80"},
                {255, "30 81 ff"}, {256, "30 82 0100"}, {65536, "30 83 010000"}};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf out = {0}, header = hex(rows[i].header);

        icm_buf_add_text(&out, "before");
        size_t begun = auth_der_begin(&out, AUTH_DER_SEQUENCE);
        for (size_t k = 0; k < rows[i].size; k++)
            icm_buf_add_u8(&out, (uint8_t)k);
        auth_der_end(&out, begun);
        assert_int_equal(icm_buf_check(&out, NULL), ICM_OK);
        assert_memory_equal(out.data, "before", 6);
        assert_memory_equal(out.data + 6, header.data, header.size);
        struct auth_der r = auth_der_on(icm_slice_from(icm_buf_slice(&out), 6));
        struct icm_slice contents = auth_der_take(&r, AUTH_DER_SEQUENCE);
        assert_int_equal(contents.size, rows[i].size);
        for (size_t k = 0; k < contents.size; k++)
            assert_int_equal(contents.data[k], (uint8_t)k);
        icm_buf_reset(&out);
        icm_buf_reset(&header);
    }
}

static void a_stream_says_how_much_is_needed(void **state)
{
    static const struct {
        const char *bytes;
        enum icm_code code;
        size_t size;
    } rows[] = {
        {"", ICM_AGAIN, 0},           {"30", ICM_AGAIN, 0},          {"30 82 01", ICM_AGAIN, 0},
        {"30 05", ICM_OK, 7},         {"30 82 0100", ICM_OK, 260},   {"30 83 010000", ICM_LIMIT, 0},
        {"30 82 fffc", ICM_LIMIT, 0}, {"30 82 fffb", ICM_OK, 65535}, {"30 80", ICM_SYNTAX, 0},
        {"30 85", ICM_SYNTAX, 0},     {"1f 01", ICM_SYNTAX, 0},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf bytes = hex(rows[i].bytes);
        size_t size = 0;

        if (auth_der_size(icm_buf_slice(&bytes), 65535, &size, NULL) != rows[i].code || size != rows[i].size)
            fail_msg("%s: %zu", rows[i].bytes, size);
        icm_buf_reset(&bytes);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_taken),
        cmocka_unit_test(integers_are_read_and_written),
        cmocka_unit_test(what_is_wrong_inside_is_seen_outside),
        cmocka_unit_test(unknown_fields_are_passed),
        cmocka_unit_test(lengths_are_written_as_short_as_can_be),
        cmocka_unit_test(a_stream_says_how_much_is_needed),
    };

    return cmocka_run_group_tests_name("DER, X.690", tests, NULL, NULL);
}
