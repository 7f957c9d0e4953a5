#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "base/error.h"

static const uint8_t wire[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c,
                               0x0d, 0x0e, 0x0f, 0x10, 0xf1, 0xff, 0xfe};

static void reads_in_the_order_of_the_wire(void **state)
{
    struct icm_reader r = icm_reader_on(icm_slice_of(wire, sizeof wire));

    assert_int_equal(icm_read_be32(&r), 0x01020304);
    assert_int_equal(icm_read_be64(&r), 0x05060708090a0b0c);
    assert_int_equal(icm_read_le32(&r), 0x100f0e0d);
    assert_int_equal(icm_read_u8(&r), 0xf1);
    struct icm_slice last = icm_read_slice(&r, 2);
    assert_ptr_equal(last.data, wire + 17);
    assert_int_equal(last.size, 2);
    assert_int_equal(r.rest.size, 0);
    assert_false(r.missing);
}

static void sticks_at_the_first_short_read(void **state)
{
    struct icm_reader r = icm_reader_on(icm_slice_of(wire, 6));

    assert_int_equal(icm_read_be64(&r), 0);
    assert_true(r.missing);
    assert_int_equal(icm_read_u8(&r), 0); /* though six bytes are there */
    assert_int_equal(icm_read_le32(&r), 0);
    assert_int_equal(icm_read_slice(&r, 0).size, 0);
    assert_true(r.missing);
    assert_int_equal(r.rest.size, 6);
}

static void reads_nothing_from_nothing(void **state)
{
    struct icm_reader r = icm_reader_on((struct icm_slice){0});

    assert_int_equal(icm_read_slice(&r, 0).size, 0);
    assert_false(r.missing);
    assert_int_equal(icm_read_u8(&r), 0);
    assert_true(r.missing);
}

static const struct {
    const char *name, *a, *b;
    bool equal, equal_nocase;
} pairs[] = {
    {"same", "abc", "abc", true, true},
    {"other case", "aBc-9", "Abc-9", false, true},
    {"other length", "abc", "abcd", false, false},
    {"both empty", "", "", true, true},
    {"@ is not `", "@", "`", false, false},
    {"[ is not {", "[", "{", false, false},
    {"only ASCII letters fold", "\xc3\x84", "\xc3\xa4", false, false},
};

static void compares(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(pairs); i++) {
        struct icm_slice a = icm_slice_text(pairs[i].a), b = icm_slice_text(pairs[i].b);

        if (icm_slice_equal(a, b) != pairs[i].equal || icm_slice_equal_nocase(a, b) != pairs[i].equal_nocase)
            fail_msg("%s", pairs[i].name);
    }
    assert_true(icm_slice_equal((struct icm_slice){0}, icm_slice_text(NULL)));
    assert_true(icm_slice_is(icm_slice_of("text", 4), "text"));
}

static const struct {
    const char *text, *trimmed;
} trims[] = {
    {"  a b\t\r\n", "a b"}, {"a", "a"}, {"", ""}, {" \t\n\v\f\r", ""}, {"\x1f" "a\xa0", "\x1f" "a\xa0"},
};

static void trims_white_space(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(trims); i++)
        assert_true(icm_slice_is(icm_slice_trim(icm_slice_text(trims[i].text)), trims[i].trimmed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_the_order_of_the_wire),
        cmocka_unit_test(sticks_at_the_first_short_read),
        cmocka_unit_test(reads_nothing_from_nothing),
        cmocka_unit_test(compares),
        cmocka_unit_test(trims_white_space),
    };

    return cmocka_run_group_tests_name("icm_slice, icm_reader", tests, NULL, NULL);
}
