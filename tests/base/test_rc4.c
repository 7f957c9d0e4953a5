/* The vectors of RFC 6229 (the key streams of two keys, at their beginning and 256 bytes on), and that a stream goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rc4.h"
#include "base/text.h"

static const struct {
    const char *key;
    size_t key_size, offset;
    const char *stream;
} cases[] = {
    {"\1\2\3\4\5", 5, 0, "b2396305f03dc027ccc3524a0a1118a8"},
    {"\1\2\3\4\5", 5, 240, "28cb1132c96ce286421dcaadb8b69eae"},
    {"\1\2\3\4\5", 5, 256, "1cfcf62b03eddb641d77dfcf7f8d8c93"},
    {"\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16, 0, "9ac7cc9a609d1ef7b2932899cde41b97"},
    {"\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20", 16, 240, "065902e4b620f6cc36c8589f66432f2b"},
};

static void gives_the_stream(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct icm_rc4 whole, pieces;
        uint8_t zeroes[512] = {0}, a[512], b[512];
        struct icm_buf text = {0};

        icm_rc4_init(&whole, icm_slice_of(cases[i].key, cases[i].key_size));
        icm_rc4_init(&pieces, icm_slice_of(cases[i].key, cases[i].key_size));
        icm_rc4_apply(&whole, zeroes, a, sizeof a);
        for (size_t at = 0; at < sizeof b; at++)
            icm_rc4_apply(&pieces, zeroes + at, b + at, 1);
        assert_memory_equal(a, b, sizeof a);
        icm_hex_write(&text, icm_slice_of(a + cases[i].offset, 16));
        assert_string_equal(icm_buf_text(&text), cases[i].stream);
        icm_buf_reset(&text);
        icm_rc4_wipe(&whole);
        icm_rc4_wipe(&pieces);
        assert_int_equal(whole.box[255] | pieces.box[255], 0);
    }
}

/* as it is written down: a byte after the other */
static void by_the_book(struct icm_slice key, uint8_t *out, size_t size)
{
    uint8_t box[256], j = 0;

    for (int i = 0; i < 256; i++)
        box[i] = (uint8_t)i;
    for (size_t i = 0; i < 256; i++) {
        uint8_t a = box[i];

        j = (uint8_t)(j + a + key.data[i % key.size]);
        box[i] = box[j];
        box[j] = a;
    }
    j = 0;
    for (size_t n = 0; n < size; n++) {
        uint8_t *a = &box[(n + 1) % 256], *b = &box[j = (uint8_t)(j + *a)], was = *a;

        *a = *b;
        *b = was;
        out[n] ^= box[(uint8_t)(*a + *b)];
    }
}

/* every swap of neighbours comes up in so much, and pieces begin anywhere */
static void is_rc4_by_the_book(void **state)
{
    static uint8_t expected[5000], text[5000];

    (void)state;
    for (uint8_t key = 0; key < 100; key++) {
        struct icm_rc4 rc4;

        for (size_t n = 0; n < sizeof text; n++)
            text[n] = expected[n] = (uint8_t)(n * key);
        by_the_book(icm_slice_of(&key, 1), expected, sizeof expected);
        icm_rc4_init(&rc4, icm_slice_of(&key, 1));
        for (size_t at = 0, size = key; at < sizeof text; at += size, size = (size + 7) % 61) {
            size = size < sizeof text - at ? size : sizeof text - at;
            icm_rc4_apply(&rc4, text + at, text + at, size); /* in place */
        }
        assert_memory_equal(text, expected, sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gives_the_stream), cmocka_unit_test(is_rc4_by_the_book)};

    return cmocka_run_group_tests_name("icm_rc4, RFC 6229", tests, NULL, NULL);
}
