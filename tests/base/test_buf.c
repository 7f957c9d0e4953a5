#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"

static void writes_in_the_order_of_the_wire(void **state)
{
    static const uint8_t expected[] = {'a', 'b', 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 15, 14, 13, '-', '7'};
    struct icm_buf b = {0};

    icm_buf_add(&b, icm_slice_text("a"));
    icm_buf_add_text(&b, "b");
    icm_buf_add_u8(&b, 0xff);
    icm_buf_add_be32(&b, 0x01020304);
    icm_buf_add_be64(&b, 0x05060708090a0b0c);
    icm_buf_add_le32(&b, 0x0d0e0f10);
    icm_buf_add_format(&b, "%d", -7);
    assert_int_equal(icm_buf_check(&b, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&b), icm_slice_of(expected, sizeof expected)));
    icm_buf_reset(&b);
    assert_null(b.data);
    assert_int_equal(b.size + b.capacity, 0);
}

static void grows(void **state)
{
    struct icm_buf b = {0};

    for (uint32_t i = 0; i < 100000; i++)
        icm_buf_add_be32(&b, i);
    struct icm_reader r = icm_reader_on(icm_buf_slice(&b));
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(icm_read_be32(&r), i);
    assert_int_equal(r.rest.size, 0);
    icm_buf_reset(&b);
}

static void a_failed_write_sticks(void **state)
{
    struct icm_buf b = {0};
    struct icm_error err = {0};

    icm_buf_add_text(&b, "before");
    assert_null(icm_buf_room(&b, SIZE_MAX - 3));
    icm_buf_add_text(&b, "after");
    icm_buf_add_format(&b, "%s", "after");
    assert_int_equal(b.size, 6);
    assert_int_equal(icm_buf_check(&b, &err), ICM_NOMEM);
    assert_string_equal(err.text, "out of memory");
    assert_string_equal(icm_buf_text(&b), "");
    icm_buf_clear(&b);
    icm_buf_add_text(&b, "good again");
    assert_string_equal(icm_buf_text(&b), "good again");
    icm_buf_reset(&b);
}

static const struct {
    size_t count;
    const char *left;
} drops[] = {{0, "abcdef"}, {2, "cdef"}, {6, ""}};

static void drops_from_the_front(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(drops); i++) {
        struct icm_buf b = {0};

        icm_buf_add_text(&b, "abcdef");
        icm_buf_drop(&b, drops[i].count);
        assert_string_equal(icm_buf_text(&b), drops[i].left);
        icm_buf_reset(&b);
    }
    struct icm_buf fresh = {0};
    icm_buf_drop(&fresh, 0);
}

static void text_of_nothing(void **state)
{
    struct icm_buf b = {0};

    icm_buf_add(&b, (struct icm_slice){0});
    assert_string_equal(icm_buf_text(&b), "");
    assert_int_equal(b.size, 0);
    icm_buf_reset(&b);
}

static void moves(void **state)
{
    struct icm_buf from = {0}, to = {0};

    icm_buf_add_text(&from, "new");
    icm_buf_add_text(&to, "old");
    icm_buf_move(&to, &from);
    assert_string_equal(icm_buf_text(&to), "new");
    assert_null(from.data);
    assert_int_equal(from.size, 0);
    icm_buf_move(&to, &to);
    assert_string_equal(icm_buf_text(&to), "new");
    icm_buf_reset(&to);
}

static void formats_longer_than_its_room(void **state)
{
    struct icm_buf b = {0};

    icm_buf_add_format(&b, "%01000d|%s", 7, "end");
    assert_int_equal(b.size, 1004);
    assert_string_equal(icm_buf_text(&b) + 999, "7|end");
    icm_buf_reset(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_in_the_order_of_the_wire),
        cmocka_unit_test(grows),
        cmocka_unit_test(a_failed_write_sticks),
        cmocka_unit_test(drops_from_the_front),
        cmocka_unit_test(text_of_nothing),
        cmocka_unit_test(moves),
        cmocka_unit_test(formats_longer_than_its_room),
    };

    return cmocka_run_group_tests_name("icm_buf", tests, NULL, NULL);
}
