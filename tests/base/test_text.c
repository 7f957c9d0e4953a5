#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"

/* ---- GUIDs */

static const struct {
    const char *name, *text;
    bool ok;
} guids[] = {
    {"upper case", "00112233-4455-6677-8899-AABBCCDDEEFF", true},
    {"lower case", "00112233-4455-6677-8899-aabbccddeeff", true},
    {"mixed case", "00112233-4455-6677-8899-AaBbCcDdEeFf", true},
    {"in braces", "{00112233-4455-6677-8899-aabbccddeeff}", false},
    {"one short", "00112233-4455-6677-8899-aabbccddeef", false},
    {"one long", "00112233-4455-6677-8899-aabbccddeeff0", false},
    {"a dash elsewhere", "001122334-455-6677-8899-aabbccddeeff", false},
    {"no digit", "00112233-4455-6677-8899-aabbccddeefg", false},
    {"a digit for a dash", "00112233044550667708899-aabbccddeeff", false},
    {"empty", "", false},
};

static void guid_parses(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(guids); i++) {
        struct icm_guid guid = {{9}};
        char upper[ICM_GUID_TEXT + 1], lower[ICM_GUID_TEXT + 1];

        if (icm_guid_parse(icm_slice_text(guids[i].text), &guid) != guids[i].ok)
            fail_msg("%s", guids[i].name);
        if (!guids[i].ok) {
            assert_int_equal(guid.bytes[0], 9);
            continue;
        }
        icm_guid_format_upper(&guid, upper);
        icm_guid_format_lower(&guid, lower);
        assert_string_equal(upper, guids[0].text);
        assert_string_equal(lower, guids[1].text);
    }
}

static void guid_swaps_its_first_groups(void **state)
{
    struct icm_guid guid, swapped, again;
    char text[ICM_GUID_TEXT + 1];

    assert_true(icm_guid_parse(icm_slice_text(guids[0].text), &guid));
    swapped = icm_guid_swap(&guid);
    icm_guid_format_lower(&swapped, text);
    assert_string_equal(text, "33221100-5544-7766-8899-aabbccddeeff");
    again = icm_guid_swap(&swapped);
    assert_true(icm_guid_equal(&again, &guid));
}

static void guid_random_is_of_version_4(void **state)
{
    struct icm_guid a, b, zero = {{0}};

    assert_int_equal(icm_guid_random(&a, NULL), ICM_OK);
    assert_int_equal(icm_guid_random(&b, NULL), ICM_OK);
    assert_false(icm_guid_equal(&a, &b));
    assert_int_equal(a.bytes[6] >> 4, 4);
    assert_int_equal(a.bytes[8] >> 6, 2);
    assert_false(icm_guid_is_zero(&a));
    assert_true(icm_guid_is_zero(&zero));
}

/* ---- base64 */

static const struct {
    const char *bytes, *text;
} encodings[] = { /* RFC 4648 section 10 */
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static void base64_writes_and_reads(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(encodings); i++) {
        struct icm_buf text = {0}, bytes = {0};

        icm_base64_write(&text, icm_slice_text(encodings[i].bytes));
        assert_string_equal(icm_buf_text(&text), encodings[i].text);
        assert_int_equal(icm_base64_read(icm_buf_slice(&text), &bytes, NULL), ICM_OK);
        assert_string_equal(icm_buf_text(&bytes), encodings[i].bytes);
        icm_buf_reset(&text);
        icm_buf_reset(&bytes);
    }
}

static const struct {
    const char *name, *text;
    enum icm_code code;
    const char *bytes;
} decodings[] = {
    {"white space anywhere", " Zm\r\n9v\tYg = = \n", ICM_OK, "foob"},
    {"a line break in each group", "Z\nm9vY\nmFy", ICM_OK, "foobar"},
    {"ends inside a group", "Zm9vYg", ICM_SYNTAX, NULL},
    {"one digit", "Z", ICM_SYNTAX, NULL},
    {"padding too early", "Z===", ICM_SYNTAX, NULL},
    {"padding at the front", "=", ICM_SYNTAX, NULL},
    {"too much padding", "Zm8==", ICM_SYNTAX, NULL},
    {"half the padding", "Zg=", ICM_SYNTAX, NULL},
    {"text behind the padding", "Zg==Zg==", ICM_SYNTAX, NULL},
    {"a digit inside the padding", "Zg=g", ICM_SYNTAX, NULL},
    {"the URL alphabet", "-_-_", ICM_SYNTAX, NULL},
    {"no ASCII", "Zm9\xc3", ICM_SYNTAX, NULL},
    {"a control character", "Zm9v\x01", ICM_SYNTAX, NULL},
};

static enum icm_code decode(struct icm_slice text, size_t piece, struct icm_buf *out)
{
    struct icm_base64 base64 = {0};
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && text.size > 0) {
        size_t size = text.size < piece ? text.size : piece;
        code = icm_base64_feed(&base64, icm_slice_of(text.data, size), out, NULL);
        text = icm_slice_from(text, size);
    }
    return code == ICM_OK ? icm_base64_end(&base64, NULL) : code;
}

static void base64_reads_in_pieces(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(decodings); i++)
        for (size_t piece = 1; piece <= 20; piece++) {
            struct icm_buf out = {0};

            if (decode(icm_slice_text(decodings[i].text), piece, &out) != decodings[i].code)
                fail_msg("%s, in pieces of %zu", decodings[i].name, piece);
            if (decodings[i].bytes)
                assert_string_equal(icm_buf_text(&out), decodings[i].bytes);
            icm_buf_reset(&out);
        }
}

static void base64_names_the_bad_character(void **state)
{
    struct icm_buf out = {0};
    struct icm_error err = {0};

    assert_int_equal(icm_base64_read(icm_slice_text("Zm9v!"), &out, &err), ICM_SYNTAX);
    assert_string_equal(err.text, "byte 0x21 in base64 text");
    icm_buf_reset(&out);
}

static void base64_state_is_fresh_after_the_end(void **state)
{
    struct icm_base64 base64 = {0};
    struct icm_buf out = {0};

    assert_int_equal(icm_base64_feed(&base64, icm_slice_text("Zg=="), &out, NULL), ICM_OK);
    assert_int_equal(icm_base64_end(&base64, NULL), ICM_OK);
    assert_int_equal(icm_base64_feed(&base64, icm_slice_text("Zm8="), &out, NULL), ICM_OK);
    assert_int_equal(icm_base64_end(&base64, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&out), "ffo");
    icm_buf_reset(&out);
}

static void every_byte_goes_there_and_back(void **state)
{
    struct icm_buf all = {0}, text = {0}, back = {0};

    for (unsigned i = 0; i < 1000; i++)
        icm_buf_add_u8(&all, (uint8_t)(i * 7));
    icm_base64_write(&text, icm_buf_slice(&all));
    assert_int_equal(decode(icm_buf_slice(&text), 13, &back), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&back), icm_buf_slice(&all)));
    icm_buf_reset(&all);
    icm_buf_reset(&text);
    icm_buf_reset(&back);
}

static void hex_is_lower_case(void **state)
{
    struct icm_buf out = {0};

    icm_hex_write(&out, icm_slice_of("\x00\x0f\xa0\xff", 4));
    assert_string_equal(icm_buf_text(&out), "000fa0ff");
    icm_buf_reset(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guid_parses),
        cmocka_unit_test(guid_swaps_its_first_groups),
        cmocka_unit_test(guid_random_is_of_version_4),
        cmocka_unit_test(base64_writes_and_reads),
        cmocka_unit_test(base64_reads_in_pieces),
        cmocka_unit_test(base64_names_the_bad_character),
        cmocka_unit_test(base64_state_is_fresh_after_the_end),
        cmocka_unit_test(every_byte_goes_there_and_back),
        cmocka_unit_test(hex_is_lower_case),
    };

    return cmocka_run_group_tests_name("icm_guid, RFC 4122; icm_base64, RFC 4648", tests, NULL, NULL);
}
