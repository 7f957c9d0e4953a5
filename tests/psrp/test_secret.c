/* The session key, in both roles against each other. The keys that real clients used come with the recorded dialogues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "psrp/secret.h"
#include "tests/psrp/hex.h"

static struct psrp_secret *client, *server;

static int make(void **state)
{
    return psrp_secret_new(&client, NULL) == ICM_OK && psrp_secret_new(&server, NULL) == ICM_OK ? 0 : -1;
}

static int drop(void **state)
{
    psrp_secret_free(client);
    psrp_secret_free(server);
    return 0;
}

static void exchange(void)
{
    struct icm_buf public_key = {0}, session_key = {0};

    assert_int_equal(psrp_secret_public_key(client, &public_key, NULL), ICM_OK);
    assert_int_equal(psrp_secret_answer(server, icm_buf_slice(&public_key), &session_key, NULL), ICM_OK);
    assert_int_equal(psrp_secret_take_session_key(client, icm_buf_slice(&session_key), NULL), ICM_OK);
    icm_buf_reset(&public_key);
    icm_buf_reset(&session_key);
}

static void travels(const struct psrp_secret *from, const struct psrp_secret *to, const char *text)
{
    struct icm_buf sealed = {0}, opened = {0};

    assert_int_equal(psrp_secret_seal(from, icm_slice_text(text), &sealed, NULL), ICM_OK);
    if (from)
        assert_int_equal(sealed.size % 16, 0);
    assert_int_equal(psrp_secret_open(to, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&opened), text);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void both_ends_agree(void **state)
{
    static const char *const texts[] = {"", "a", "1234567", "12345678", "pässword \xf0\x9f\x94\x91", "a longer one, of two blocks"};

    assert_false(psrp_secret_has_session_key(client));
    exchange();
    for (size_t i = 0; i < ICM_COUNT(texts); i++) {
        travels(client, server, texts[i]);
        travels(server, client, texts[i]);
        travels(NULL, NULL, texts[i]);
    }
}

/* a client may send its key again: it gets the same session key, as from the real engine (engine.md 3) */
static void a_second_exchange_keeps_the_key(void **state)
{
    struct icm_buf sealed = {0}, opened = {0};

    exchange();
    assert_int_equal(psrp_secret_seal(server, icm_slice_text("kept"), &sealed, NULL), ICM_OK);
    exchange();
    assert_int_equal(psrp_secret_open(client, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&opened), "kept");
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void the_blobs_have_capis_form(void **state)
{
    struct icm_buf text = {0}, blob = {0}, expected = {0};

    assert_int_equal(psrp_secret_public_key(client, &text, NULL), ICM_OK);
    assert_int_equal(icm_base64_read(icm_buf_slice(&text), &blob, NULL), ICM_OK);
    hex_add(&expected, "06020000 00a40000 52534131 00080000 01000100");
    assert_int_equal(blob.size, 276);
    assert_memory_equal(blob.data, expected.data, expected.size);
    icm_buf_clear(&blob);
    icm_buf_clear(&expected);
    struct icm_buf answer = {0};
    assert_int_equal(psrp_secret_answer(server, icm_buf_slice(&text), &answer, NULL), ICM_OK);
    assert_int_equal(icm_base64_read(icm_buf_slice(&answer), &blob, NULL), ICM_OK);
    hex_add(&expected, "01020000 10660000 00a40000");
    assert_int_equal(blob.size, 268);
    assert_memory_equal(blob.data, expected.data, expected.size);
    icm_buf_reset(&text);
    icm_buf_reset(&blob);
    icm_buf_reset(&expected);
    icm_buf_reset(&answer);
}

/* ---- what a peer may get wrong ---- */

static void without_a_key_nothing_opens(void **state)
{
    struct icm_buf out = {0};

    assert_int_equal(psrp_secret_seal(client, icm_slice_text("x"), &out, NULL), ICM_STATE);
    assert_int_equal(psrp_secret_open(client, icm_slice_text("0123456789abcdef"), &out, NULL), ICM_STATE);
    assert_int_equal(psrp_secret_take_session_key(client, icm_slice_text("AAAA"), NULL), ICM_SYNTAX);
    assert_int_equal(out.size, 0);
}

static void bad_sealed_texts_are_refused(void **state)
{
    struct icm_buf sealed = {0}, out = {0};

    exchange();
    assert_int_equal(psrp_secret_seal(server, icm_slice_text("hello"), &sealed, NULL), ICM_OK);
    assert_int_equal(psrp_secret_open(client, icm_slice_of(sealed.data, 15), &out, NULL), ICM_SYNTAX);
    assert_int_equal(psrp_secret_open(client, icm_slice_of(NULL, 0), &out, NULL), ICM_SYNTAX);
    sealed.data[sealed.size - 1] ^= 1; /* of the one block: its padding is gone */
    assert_int_equal(psrp_secret_open(client, icm_buf_slice(&sealed), &out, NULL), ICM_SYNTAX);
    assert_int_equal(psrp_secret_open(NULL, icm_slice_text("odd"), &out, NULL), ICM_SYNTAX);
    assert_int_equal(out.size, 0);
    icm_buf_reset(&sealed);
    icm_buf_reset(&out);
}

static enum icm_code answer_to(const char *hex, size_t modulus_size, uint8_t last)
{
    struct icm_buf blob = {0}, text = {0}, out = {0};

    hex_add(&blob, hex);
    for (size_t i = 0; i < modulus_size; i++)
        icm_buf_add_u8(&blob, i == 0 ? last : 0xc3); /* little-endian: the first byte is the lowest */
    icm_base64_write(&text, icm_buf_slice(&blob));
    enum icm_code code = psrp_secret_answer(server, icm_buf_slice(&text), &out, NULL);
    assert_int_equal(out.size > 0, code == ICM_OK);
    icm_buf_reset(&blob);
    icm_buf_reset(&text);
    icm_buf_reset(&out);
    return code;
}

static void bad_public_keys_are_refused(void **state)
{
    static const struct {
        const char *name, *head;
        size_t modulus_size;
        uint8_t last;
        enum icm_code code;
    } cases[] = {
        {"1,024 bits", "06020000 00a40000 52534131 00040000 01000100", 128, 0xc3, ICM_OK},
        {"another blob", "07020000 00a40000 52534131 00040000 01000100", 128, 0xc3, ICM_SYNTAX},
        {"a private one", "06020000 00a40000 52534132 00040000 01000100", 128, 0xc3, ICM_SYNTAX},
        {"cut short", "06020000 00a40000 52534131 00040000 01000100", 127, 0xc3, ICM_SYNTAX},
        {"too long", "06020000 00a40000 52534131 00040000 01000100", 129, 0xc3, ICM_SYNTAX},
        {"512 bits", "06020000 00a40000 52534131 00020000 01000100", 64, 0xc3, ICM_SYNTAX},
        {"even modulus", "06020000 00a40000 52534131 00040000 01000100", 128, 0xc2, ICM_SYNTAX},
        {"exponent 1", "06020000 00a40000 52534131 00040000 01000000", 128, 0xc3, ICM_SYNTAX},
        {"exponent 65536", "06020000 00a40000 52534131 00040000 00000100", 128, 0xc3, ICM_SYNTAX},
        {"a size that lies", "06020000 00a40000 52534131 ffffffff 01000100", 128, 0xc3, ICM_SYNTAX},
        {"head alone", "06020000 00a40000 52534131", 0, 0, ICM_SYNTAX},
        {"nothing", "", 0, 0, ICM_SYNTAX},
    };

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        if (answer_to(cases[i].head, cases[i].modulus_size, cases[i].last) != cases[i].code)
            fail_msg("%s", cases[i].name);
    struct icm_buf out = {0};
    assert_int_equal(psrp_secret_answer(server, icm_slice_text("not base64!"), &out, NULL), ICM_SYNTAX);
}

/* An OpenSSL that rejects implicitly may make a key up where padding is wrong; it is never the right one. */
static void assert_not_taken(struct icm_slice text, bool may_be_made_up)
{
    struct icm_buf sealed = {0}, opened = {0};

    if (psrp_secret_take_session_key(client, text, NULL) == ICM_SYNTAX)
        return;
    assert_true(may_be_made_up);
    assert_int_equal(psrp_secret_seal(server, icm_slice_text("hello"), &sealed, NULL), ICM_OK);
    if (psrp_secret_open(client, icm_buf_slice(&sealed), &opened, NULL) == ICM_OK)
        assert_string_not_equal(icm_buf_text(&opened), "hello");
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void bad_session_keys_are_refused(void **state)
{
    struct icm_buf public_key = {0}, answer = {0}, blob = {0}, text = {0};

    assert_int_equal(psrp_secret_public_key(client, &public_key, NULL), ICM_OK);
    assert_int_equal(psrp_secret_answer(server, icm_buf_slice(&public_key), &answer, NULL), ICM_OK);
    assert_int_equal(icm_base64_read(icm_buf_slice(&answer), &blob, NULL), ICM_OK);
    for (size_t at = 0; at < blob.size; at += at < 12 ? 1 : 37) {
        blob.data[at] ^= 0x55;
        icm_buf_clear(&text);
        icm_base64_write(&text, icm_buf_slice(&blob));
        assert_not_taken(icm_buf_slice(&text), at >= 12);
        blob.data[at] ^= 0x55;
    }
    icm_buf_clear(&text);
    icm_base64_write(&text, icm_slice_of(blob.data, blob.size - 1));
    assert_int_equal(psrp_secret_take_session_key(client, icm_buf_slice(&text), NULL), ICM_SYNTAX);
    assert_int_equal(psrp_secret_take_session_key(client, icm_buf_slice(&answer), NULL), ICM_OK);
    icm_buf_reset(&public_key);
    icm_buf_reset(&answer);
    icm_buf_reset(&blob);
    icm_buf_reset(&text);
}

static void long_texts_are_refused(void **state)
{
    struct icm_buf text = {0}, out = {0};

    for (int i = 0; i < 9000; i++)
        icm_buf_add_u8(&text, 'A');
    assert_int_equal(psrp_secret_answer(server, icm_buf_slice(&text), &out, NULL), ICM_LIMIT);
    icm_buf_reset(&text);
    icm_buf_reset(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_ends_agree, make, drop),
        cmocka_unit_test_setup_teardown(a_second_exchange_keeps_the_key, make, drop),
        cmocka_unit_test_setup_teardown(the_blobs_have_capis_form, make, drop),
        cmocka_unit_test_setup_teardown(without_a_key_nothing_opens, make, drop),
        cmocka_unit_test_setup_teardown(bad_sealed_texts_are_refused, make, drop),
        cmocka_unit_test_setup_teardown(bad_public_keys_are_refused, make, drop),
        cmocka_unit_test_setup_teardown(bad_session_keys_are_refused, make, drop),
        cmocka_unit_test_setup_teardown(long_texts_are_refused, make, drop),
    };

    return cmocka_run_group_tests_name("the session key, MS-PSRP 3.1.1.1.3", tests, NULL, NULL);
}
