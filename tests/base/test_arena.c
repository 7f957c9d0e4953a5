#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"

static const size_t sizes[] = {1, 0, 7, 16, 900, 200000, 3, 65536, 65537, 1000, 5, 1000000, 40};

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void gives_aligned_zeroes_that_do_not_overlap(void **state)
{
    struct icm_arena a = {0};
    uint8_t *taken[ICM_COUNT(sizes)];

    for (size_t i = 0; i < ICM_COUNT(sizes); i++) {
        taken[i] = icm_arena_take(&a, sizes[i]);
        assert_non_null(taken[i]);
        assert_int_equal((uintptr_t)taken[i] % ICM_ARENA_UNIT, 0);
        assert_true(is_zero(taken[i], sizes[i]));
        memset(taken[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < ICM_COUNT(sizes); i++)
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(taken[i][k], i + 1);
    icm_arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_null(a.blocks);
}

static void counts_what_is_taken(void **state)
{
    struct icm_arena a = {0};

    icm_arena_take(&a, 1);
    icm_arena_take(&a, 100000);
    assert_in_range(a.used, 100001, 100001 + 2 * ICM_ARENA_UNIT);
    icm_arena_reset(&a);
}

static void a_large_piece_leaves_the_small_ones_their_room(void **state)
{
    struct icm_arena a = {0};
    uint8_t *first = icm_arena_take(&a, 16);

    icm_arena_take(&a, 1000000);
    uint8_t *second = icm_arena_take(&a, 16);
    assert_ptr_equal(second, first + 16);
    icm_arena_reset(&a);
}

static void copies_with_an_end(void **state)
{
    struct icm_arena a = {0};
    struct icm_slice out = {0};

    assert_true(icm_arena_copy(&a, icm_slice_of("abc", 2), &out));
    assert_int_equal(out.size, 2);
    assert_string_equal((const char *)out.data, "ab");
    assert_true(icm_arena_copy(&a, (struct icm_slice){0}, &out));
    assert_int_equal(out.size, 0);
    assert_string_equal((const char *)out.data, "");
    icm_arena_reset(&a);
}

static void a_first_block_as_expected(void **state)
{
    struct icm_arena a = {0};

    icm_arena_expect(&a, 300);
    uint8_t *first = icm_arena_take(&a, 100);
    assert_ptr_equal(icm_arena_take(&a, 192), first + 104);
    assert_ptr_equal(a.at, first + 104 + 192);
    icm_arena_expect(&a, 10000); /* too late */
    assert_ptr_equal(a.at, first + 104 + 192);
    assert_int_equal(a.used, 104 + 192);
    icm_arena_reset(&a);
}

static void what_is_unset_is_as_it_was(void **state)
{
    struct icm_arena a = {0};

    icm_arena_expect(&a, 64);
    uint8_t *first = icm_arena_take_unset(&a, 3);
    assert_ptr_equal(icm_arena_take_unset(&a, 8), first + 8);
    assert_non_null(icm_arena_take_unset(&a, 0));
    icm_arena_reset(&a);
}

static void adopts_bytes_where_they_lie(void **state)
{
    struct icm_arena a = {0};
    struct icm_buf b = {0}, empty = {0};

    icm_buf_add_text(&b, "somebody else's");
    const uint8_t *data = b.data;
    size_t capacity = b.capacity;
    assert_true(icm_arena_adopt(&a, &b));
    assert_null(b.data);
    assert_int_equal(b.size, 0);
    assert_memory_equal(data, "somebody else's", 15);
    assert_true(a.used >= capacity);
    assert_true(icm_arena_adopt(&a, &empty));
    icm_arena_reset(&a);
    assert_int_equal(a.used, 0);
}

static void refuses_what_no_memory_holds(void **state)
{
    struct icm_arena a = {0};
    struct icm_slice out = {0};

    assert_null(icm_arena_take(&a, SIZE_MAX));
    assert_null(icm_arena_take(&a, SIZE_MAX / 2 + 1));
    assert_false(icm_arena_copy(&a, icm_slice_of("x", SIZE_MAX - 1), &out));
    assert_int_equal(a.used, 0);
    icm_arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_aligned_zeroes_that_do_not_overlap),
        cmocka_unit_test(counts_what_is_taken),
        cmocka_unit_test(a_large_piece_leaves_the_small_ones_their_room),
        cmocka_unit_test(copies_with_an_end),
        cmocka_unit_test(a_first_block_as_expected),
        cmocka_unit_test(what_is_unset_is_as_it_was),
        cmocka_unit_test(adopts_bytes_where_they_lie),
        cmocka_unit_test(refuses_what_no_memory_holds),
    };

    return cmocka_run_group_tests_name("icm_arena", tests, NULL, NULL);
}
