#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"

static const struct {
    const char *name, *utf8;
    int32_t code_point; /* -1: not UTF-8 */
    size_t valid;       /* bytes that are strict UTF-8 */
} characters[] = {
    {"ASCII", "A", 'A', 1},
    {"the last of one byte", "\x7f", 0x7f, 1},
    {"the first of two bytes", "\xc2\x80", 0x80, 2},
    {"the last of two bytes", "\xdf\xbf", 0x7ff, 2},
    {"the first of three bytes", "\xe0\xa0\x80", 0x800, 3},
    {"before the surrogates", "\xed\x9f\xbf", 0xd7ff, 3},
    {"a lone high surrogate", "\xed\xa0\x80", 0xd800, 0},
    {"a lone low surrogate", "\xed\xbf\xbf", 0xdfff, 0},
    {"behind the surrogates", "\xee\x80\x80", 0xe000, 3},
    {"U+FFFE", "\xef\xbf\xbe", 0xfffe, 3},
    {"U+FFFF", "\xef\xbf\xbf", 0xffff, 3},
    {"the first of four bytes", "\xf0\x90\x80\x80", 0x10000, 4},
    {"the last", "\xf4\x8f\xbf\xbf", 0x10ffff, 4},
    {"behind the last", "\xf4\x90\x80\x80", -1, 0},
    {"overlong in two bytes", "\xc1\xbf", -1, 0},
    {"overlong in three bytes", "\xe0\x9f\xbf", -1, 0},
    {"overlong in four bytes", "\xf0\x8f\xbf\xbf", -1, 0},
    {"five bytes", "\xf8\x88\x80\x80\x80", -1, 0},
    {"a lone continuation", "\x80", -1, 0},
    {"cut short", "\xe2\x82", -1, 0},
    {"continued by a letter", "\xc3" "A", -1, 0},
    {"0xff", "\xff", -1, 0},
    {"nothing", "", -1, 0},
};

static void utf8_reads_one(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(characters); i++) {
        struct icm_slice text = icm_slice_text(characters[i].utf8);
        size_t size = text.size;

        if (icm_utf8_next(&text) != characters[i].code_point)
            fail_msg("%s", characters[i].name);
        assert_int_equal(text.size, characters[i].code_point < 0 ? size : 0);
    }
}

static void utf8_writes_what_it_reads(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(characters); i++) {
        struct icm_buf out = {0};

        if (characters[i].code_point < 0)
            continue;
        icm_utf8_add(&out, (uint32_t)characters[i].code_point);
        assert_string_equal(icm_buf_text(&out), characters[i].utf8);
        icm_buf_reset(&out);
    }
}

static void utf8_valid_size_refuses_surrogates(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(characters); i++) {
        struct icm_buf text = {0};

        icm_buf_add_format(&text, "ab%s", characters[i].utf8);
        if (icm_utf8_valid_size(icm_buf_slice(&text)) != 2 + characters[i].valid)
            fail_msg("%s", characters[i].name);
        icm_buf_reset(&text);
    }
}

static const struct {
    const char *name, *utf8, *utf16;
    size_t utf16_size;
} texts[] = {
    {"nothing", "", "", 0},
    {"ASCII", "Az", "A\0z\0", 4},
    {"accents", "\xc3\xa9", "\xe9\0", 2},
    {"a pair", "\xf0\x9f\x98\x80", "\x3d\xd8\x00\xde", 4},
    {"the last pair", "\xf4\x8f\xbf\xbf", "\xff\xdb\xff\xdf", 4},
    {"a lone high surrogate in front of a letter", "\xed\xa0\xbd" "A", "\x3d\xd8" "A\0", 4},
    {"a lone low surrogate", "\xed\xb8\x80", "\x00\xde", 2},
    {"a lone high surrogate at the end", "\xed\xa0\xbd", "\x3d\xd8", 2},
    {"two high ones and a low one", "\xed\xa0\xbd\xf0\x9f\x98\x80", "\x3d\xd8\x3d\xd8\x00\xde", 6},
};

static void utf16_there_and_back(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(texts); i++) {
        struct icm_buf utf16 = {0}, utf8 = {0};

        assert_int_equal(icm_utf16_from_utf8(&utf16, icm_slice_text(texts[i].utf8), NULL), ICM_OK);
        if (!icm_slice_equal(icm_buf_slice(&utf16), icm_slice_of(texts[i].utf16, texts[i].utf16_size)))
            fail_msg("%s", texts[i].name);
        assert_int_equal(icm_utf8_from_utf16(&utf8, icm_buf_slice(&utf16), NULL), ICM_OK);
        assert_string_equal(icm_buf_text(&utf8), texts[i].utf8);
        icm_buf_reset(&utf16);
        icm_buf_reset(&utf8);
    }
}

static void names_the_bad_byte(void **state)
{
    struct icm_buf out = {0};
    struct icm_error err = {0};

    assert_int_equal(icm_utf16_from_utf8(&out, icm_slice_text("ab\xff"), &err), ICM_SYNTAX);
    assert_string_equal(err.text, "no UTF-8 at byte 2");
    assert_int_equal(out.size, 0); /* half a text may be half a secret */
    assert_int_equal(icm_utf8_from_utf16(&out, icm_slice_of("a\0b", 3), &err), ICM_SYNTAX);
    icm_buf_reset(&out);
}

/* against the rule written byte by byte, for each byte at each place of a text longer than two words */
static void plain_ascii_is_counted(void **state)
{
    uint8_t text[19];

    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, 'x', sizeof text);
            text[at] = (uint8_t)c;
            bool is_plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
            assert_int_equal(icm_ascii_plain_size(icm_slice_of(text, sizeof text), '"', '\\'),
                             is_plain ? sizeof text : at);
        }
    assert_int_equal(icm_ascii_plain_size(icm_slice_of(NULL, 0), '"', '\\'), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_reads_one),
        cmocka_unit_test(utf8_writes_what_it_reads),
        cmocka_unit_test(utf8_valid_size_refuses_surrogates),
        cmocka_unit_test(utf16_there_and_back),
        cmocka_unit_test(names_the_bad_byte),
        cmocka_unit_test(plain_ascii_is_counted),
    };

    return cmocka_run_group_tests_name("icm_utf8, RFC 3629; icm_utf16, RFC 2781", tests, NULL, NULL);
}
