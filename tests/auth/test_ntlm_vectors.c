/* fixtures/vectors/ntlm.json. A vector says by its inputs what can be computed; NTLMv1's are passed over, since we
 * neither send nor accept it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/ntlm.h"
#include "base/text.h"
#include "tests/auth/vectors.h"

#include <stdio.h>
#include <stdlib.h>

static struct vectors *all;

/* where a vector expects @path, the bytes are those; how many were compared */
static size_t expect(size_t index, const char *path, struct icm_slice actual)
{
    struct icm_buf expected = {0}, text = {0};
    size_t compared = vectors_bytes(all, index, path, &expected);

    icm_hex_write(&text, actual);
    if (compared && !icm_slice_equal(icm_buf_slice(&expected), actual))
        fail_msg("%s, %s: expected %s, got %s", vectors_text(all, index, "id"), path, vectors_text(all, index, path),
                 icm_buf_text(&text));
    icm_buf_reset(&expected);
    icm_buf_reset(&text);
    return compared;
}

static struct icm_slice input_text(size_t index, const char *path)
{
    return icm_slice_text(vectors_text(all, index, path));
}

static bool has(size_t index, const char *path)
{
    return vectors_text(all, index, path);
}

/* ---- keys */

struct inputs {
    struct icm_buf challenge, server_challenge, client_challenge, pairs, key, blob;
};

static void inputs_reset(struct inputs *in)
{
    icm_buf_reset(&in->challenge);
    icm_buf_reset(&in->server_challenge);
    icm_buf_reset(&in->client_challenge);
    icm_buf_reset(&in->pairs);
    icm_buf_reset(&in->key);
    icm_buf_reset(&in->blob);
}

/* the blob itself is given by some vectors, and made of its parts by others */
static void make_blob(size_t index, struct inputs *in)
{
    struct icm_buf time = {0};

    if (!vectors_bytes(all, index, "input.time", &time)) {
        assert_true(vectors_bytes(all, index, "expect.temp", &in->blob));
        return;
    }
    struct icm_reader r = icm_reader_on(icm_buf_slice(&time));
    auth_ntlm_add_blob(&in->blob, icm_read_le64(&r), in->client_challenge.data, icm_buf_slice(&in->pairs));
    icm_buf_reset(&time);
}

static size_t check_keys(size_t index)
{
    struct auth_ntlm_identity who = {input_text(index, "input.user"), input_text(index, "input.domain"),
                                     input_text(index, "input.password")};
    uint8_t one_way[AUTH_NTLM_KEY_SIZE], proof[AUTH_NTLM_KEY_SIZE], key[AUTH_NTLM_KEY_SIZE];
    struct auth_ntlm_challenge challenge;
    struct inputs in = {0};
    size_t compared = 0;

    assert_int_equal(auth_ntlm_one_way(&who, one_way, NULL), ICM_OK);
    compared += expect(index, "expect.ntowfv2", icm_slice_of(one_way, sizeof one_way));
    vectors_bytes(all, index, "input.client_challenge", &in.client_challenge);
    vectors_bytes(all, index, "input.target_info", &in.pairs);
    if (vectors_bytes(all, index, "input.challenge", &in.challenge)) {
        assert_int_equal(auth_ntlm_read_challenge(icm_buf_slice(&in.challenge), &challenge, NULL), ICM_OK);
        icm_buf_add(&in.server_challenge, icm_slice_of(challenge.server_challenge, AUTH_NTLM_CHALLENGE_SIZE));
    } else {
        assert_true(vectors_bytes(all, index, "input.server_challenge", &in.server_challenge));
    }
    make_blob(index, &in);
    compared += expect(index, "expect.temp", icm_buf_slice(&in.blob));
    assert_int_equal(auth_ntlm_prove(one_way, in.server_challenge.data, icm_buf_slice(&in.blob), proof, key, NULL),
                     ICM_OK);
    compared += expect(index, "expect.nt_proof_str", icm_slice_of(proof, sizeof proof));
    compared += expect(index, "expect.session_base_key", icm_slice_of(key, sizeof key));
    if (vectors_bytes(all, index, "input.random_session_key", &in.key) ||
        vectors_bytes(all, index, "input.exported_session_key", &in.key)) {
        struct icm_rc4 cipher;

        icm_rc4_init(&cipher, icm_slice_of(key, sizeof key));
        icm_rc4_apply(&cipher, in.key.data, in.key.data, in.key.size);
        compared += expect(index, "expect.encrypted_random_session_key", icm_buf_slice(&in.key));
    }
    inputs_reset(&in);
    return compared;
}

static size_t check_binding(size_t index)
{
    uint8_t hash[AUTH_NTLM_KEY_SIZE];
    struct icm_buf data = {0};

    assert_true(vectors_bytes(all, index, "input.channel_binding_application_data", &data));
    assert_int_equal(auth_ntlm_hash_binding(icm_buf_slice(&data), hash, NULL), ICM_OK);
    icm_buf_reset(&data);
    return expect(index, "expect.channel_bindings_av", icm_slice_of(hash, sizeof hash));
}

static size_t check_mic(size_t index)
{
    struct icm_buf negotiate = {0}, challenge = {0}, authenticate = {0}, key = {0};
    uint8_t mic[AUTH_NTLM_MIC_SIZE];

    assert_true(vectors_bytes(all, index, "input.negotiate", &negotiate));
    assert_true(vectors_bytes(all, index, "input.challenge", &challenge));
    assert_true(vectors_bytes(all, index, "expect.authenticate_mic_zero", &authenticate));
    assert_true(vectors_bytes(all, index, "input.exported_session_key", &key));
    assert_int_equal(auth_ntlm_mic(key.data, icm_buf_slice(&negotiate), icm_buf_slice(&challenge),
                                   icm_buf_slice(&authenticate), mic, NULL), ICM_OK);
    icm_buf_reset(&negotiate);
    icm_buf_reset(&challenge);
    icm_buf_reset(&authenticate);
    icm_buf_reset(&key);
    return expect(index, "expect.mic", icm_slice_of(mic, sizeof mic));
}

/* ---- the initiator, with what the vector drew in place of what it drew itself */

static void take_draw(size_t index, struct auth_ntlm *n)
{
    struct icm_buf drawn = {0};

    assert_true(vectors_bytes(all, index, "input.client_challenge", &drawn));
    memcpy(n->draw.client_challenge, drawn.data, sizeof n->draw.client_challenge);
    icm_buf_reset(&drawn);
    assert_true(vectors_bytes(all, index, "input.exported_session_key", &drawn));
    memcpy(n->draw.session_key, drawn.data, sizeof n->draw.session_key);
    icm_buf_reset(&drawn);
    snprintf(n->draw.computer, sizeof n->draw.computer, "%s", vectors_text(all, index, "input.workstation"));
}

static size_t run_initiator(size_t index, const struct auth_initiator_options *options)
{
    struct icm_buf out = {0}, challenge = {0};
    struct auth_context *c = NULL;

    assert_int_equal(auth_initiator_new(&c, auth_mechanism_find("Ntlm"), options, NULL), ICM_OK);
    take_draw(index, auth_ntlm_of(c));
    assert_int_equal(auth_step(c, icm_slice_text(""), &out, NULL), ICM_AGAIN);
    icm_buf_reset(&out);
    icm_buf_reset(&auth_ntlm_of(c)->negotiate); /* the vector's has other flags, and the MIC is over it */
    assert_true(vectors_bytes(all, index, "input.negotiate", &auth_ntlm_of(c)->negotiate));
    assert_true(vectors_bytes(all, index, "input.challenge", &challenge));
    assert_int_equal(auth_step(c, icm_buf_slice(&challenge), &out, NULL), ICM_OK);
    size_t compared = expect(index, "expect.authenticate", icm_buf_slice(&out));
    icm_buf_reset(&out);
    icm_buf_reset(&challenge);
    auth_context_free(c);
    return compared;
}

static size_t check_initiator(size_t index)
{
    const char *host = strchr(vectors_text(all, index, "input.target_name"), '/');
    struct auth_credential credential = {0};
    struct icm_buf binding = {0}, user = {0};

    assert_non_null(host);
    icm_buf_add_format(&user, "%s\\%s", vectors_text(all, index, "input.domain"),
                       vectors_text(all, index, "input.user"));
    icm_set_text(&credential.user, icm_buf_text(&user));
    icm_buf_add_text(&credential.password, vectors_text(all, index, "input.password"));
    vectors_bytes(all, index, "input.channel_binding_application_data", &binding);
    struct auth_initiator_options options = {.credential = &credential,
                                             .host = host + 1,
                                             .channel_binding = icm_buf_slice(&binding),
                                             .needs_sealing = true,
                                             .allows_ntlm = true};
    size_t compared = run_initiator(index, &options);
    auth_credential_reset(&credential);
    icm_buf_reset(&binding);
    icm_buf_reset(&user);
    return compared;
}

/* ---- messages */

/* our texts are UTF-8, a message's UTF-16LE */
static size_t expect_text(size_t index, const char *path, struct icm_slice utf16)
{
    const char *expected = vectors_text(all, index, path);
    struct icm_buf text = {0};

    assert_int_equal(icm_utf8_from_utf16(&text, utf16, NULL), ICM_OK);
    if (expected)
        assert_string_equal(icm_buf_text(&text), expected);
    icm_buf_reset(&text);
    return expected != NULL;
}

static size_t expect_flags(size_t index, uint32_t flags)
{
    const char *expected = vectors_text(all, index, "expect.flags");

    if (expected)
        assert_int_equal(strtoul(expected, NULL, 16), flags);
    return expected != NULL;
}

static size_t check_challenge(size_t index, struct icm_slice bytes)
{
    struct auth_ntlm_challenge m;
    struct icm_slice time;
    size_t compared = 0;

    assert_int_equal(auth_ntlm_read_challenge(bytes, &m, NULL), ICM_OK);
    compared += expect(index, "expect.server_challenge", icm_slice_of(m.server_challenge, sizeof m.server_challenge));
    compared += expect(index, "expect.target_info", m.target_info);
    compared += expect_text(index, "expect.target_name", m.target_name) + expect_flags(index, m.flags);
    if (has(index, "expect.timestamp_present")) {
        bool is_expected = strcmp(vectors_text(all, index, "expect.timestamp_present"), "true") == 0;

        assert_int_equal(auth_ntlm_av_find(m.target_info, AUTH_NTLM_AV_TIMESTAMP, &time), is_expected);
    }
    return compared;
}

static size_t check_authenticate(size_t index, struct icm_slice bytes)
{
    struct auth_ntlm_authenticate m;

    assert_int_equal(auth_ntlm_read_authenticate(bytes, &m, NULL), ICM_OK);
    size_t compared = expect_flags(index, m.flags) + expect_text(index, "expect.user", m.user);
    compared += expect_text(index, "expect.domain", m.domain) + expect_text(index, "expect.workstation", m.workstation);
    compared += expect(index, "expect.lm_response", m.lm_response);
    compared += expect(index, "expect.nt_response", m.nt_response);
    compared += expect(index, "expect.encrypted_random_session_key", m.session_key);
    if (has(index, "expect.nt_proof_str"))
        compared += expect(index, "expect.nt_proof_str", icm_slice_of(m.nt_response.data, AUTH_NTLM_KEY_SIZE));
    if (has(index, "expect.mic"))
        compared += expect(index, "expect.mic", icm_slice_of(m.mic, sizeof m.mic));
    return compared;
}

static size_t check_message(size_t index, const char *path)
{
    struct icm_buf bytes = {0};
    size_t compared;

    assert_true(vectors_bytes(all, index, path, &bytes));
    if (auth_ntlm_message_type(icm_buf_slice(&bytes)) == 2)
        compared = check_challenge(index, icm_buf_slice(&bytes));
    else
        compared = check_authenticate(index, icm_buf_slice(&bytes));
    icm_buf_reset(&bytes);
    return compared;
}

/* ---- streams */

static uint32_t stream_flags(size_t index)
{
    const char *exchange = vectors_text(all, index, "input.key_exchange");
    const char *size = vectors_text(all, index, "input.sealing_key_bytes");
    uint32_t strength = size && strcmp(size, "7") == 0   ? AUTH_NTLM_56
                        : size && strcmp(size, "5") == 0 ? 0
                                                         : AUTH_NTLM_128;

    return strength | (!exchange || strcmp(exchange, "true") == 0 ? AUTH_NTLM_KEY_EXCHANGE : 0);
}

static size_t check_one_sealed(size_t index, const char *input, const char *output, struct auth_ntlm_stream *sender,
                               struct auth_ntlm_stream *receiver)
{
    struct icm_buf message = {0}, sealed = {0}, opened = {0};
    uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE];
    char path[100];
    size_t compared = 0;

    snprintf(path, sizeof path, "%s.plaintext", input);
    assert_true(vectors_bytes(all, index, path, &message));
    assert_int_equal(auth_ntlm_seal(sender, icm_buf_slice(&message), signature, &sealed, NULL), ICM_OK);
    snprintf(path, sizeof path, "%s.sealed", output);
    compared += expect(index, path, icm_buf_slice(&sealed));
    snprintf(path, sizeof path, "%s.signature", output);
    compared += expect(index, path, icm_slice_of(signature, sizeof signature));
    assert_int_equal(auth_ntlm_unseal(receiver, icm_buf_slice(&sealed), icm_slice_of(signature, sizeof signature),
                                      &opened, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&message)));
    icm_buf_reset(&message);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    return compared;
}

static size_t check_stream(size_t index)
{
    struct auth_ntlm_stream sender[2], receiver[2];
    struct icm_buf key = {0};
    size_t compared = 0;

    assert_true(vectors_bytes(all, index, "input.exported_session_key", &key));
    for (enum auth_ntlm_direction d = AUTH_NTLM_TO_SERVER; d <= AUTH_NTLM_TO_CLIENT; d++) {
        assert_int_equal(auth_ntlm_stream_init(&sender[d], d, key.data, stream_flags(index), NULL), ICM_OK);
        receiver[d] = sender[d];
    }
    icm_buf_reset(&key);
    compared += expect(index, "expect.client_signing_key", icm_slice_of(sender[0].signing_key, AUTH_NTLM_KEY_SIZE));
    compared += expect(index, "expect.client_sealing_key", icm_slice_of(sender[0].sealing_key, AUTH_NTLM_KEY_SIZE));
    compared += expect(index, "expect.server_signing_key", icm_slice_of(sender[1].signing_key, AUTH_NTLM_KEY_SIZE));
    compared += expect(index, "expect.server_sealing_key", icm_slice_of(sender[1].sealing_key, AUTH_NTLM_KEY_SIZE));
    if (has(index, "input.plaintext"))
        compared += check_one_sealed(index, "input", "expect", &sender[0], &receiver[0]);
    for (int i = 0; i < 100; i++) {
        char message[40], path[60];

        snprintf(message, sizeof message, "expect.messages.%d", i);
        snprintf(path, sizeof path, "%s.direction", message);
        if (!has(index, path))
            break;
        int d = strcmp(vectors_text(all, index, path), "server-to-client") == 0;
        compared += check_one_sealed(index, message, message, &sender[d], &receiver[d]);
    }
    return compared;
}

/* what a vector holds decides what is done with it */
static void vectors_hold(void **state)
{
    size_t computed = 0;

    for (size_t i = 0; i < vectors_count(all); i++) {
        size_t compared = 0;

        if (has(i, "input.password") && has(i, "expect.nt_proof_str"))
            compared += check_keys(i);
        if (has(i, "input.channel_binding_application_data"))
            compared += check_binding(i);
        if (has(i, "expect.mic"))
            compared += check_mic(i);
        if (has(i, "input.target_name") && has(i, "input.client_challenge") && has(i, "expect.authenticate"))
            compared += check_initiator(i);
        if (has(i, "input.message"))
            compared += check_message(i, "input.message");
        if (has(i, "expect.authenticate"))
            compared += check_message(i, "expect.authenticate");
        if (has(i, "input.exported_session_key") && has(i, "expect.client_sealing_key"))
            compared += check_stream(i);
        if (compared == 0 && strncmp(vectors_text(all, i, "id"), "ntlmv1", 6) != 0)
            fail_msg("%s: nothing in it that this test knows", vectors_text(all, i, "id"));
        computed += compared;
    }
    assert_true(computed > 0);
}

/* a changed bit anywhere is found, and so is a message twice or out of order */
static void tampering_is_found(void **state)
{
    static const uint8_t key[AUTH_NTLM_KEY_SIZE] = {1, 2, 3};
    const uint32_t flags = AUTH_NTLM_128 | AUTH_NTLM_KEY_EXCHANGE;

    for (size_t bit = 0; bit < 8 * (5 + AUTH_NTLM_SIGNATURE_SIZE); bit++) {
        struct auth_ntlm_stream sender, receiver;
        uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE];
        struct icm_buf sealed = {0}, opened = {0};

        assert_int_equal(auth_ntlm_stream_init(&sender, AUTH_NTLM_TO_SERVER, key, flags, NULL), ICM_OK);
        assert_int_equal(auth_ntlm_stream_init(&receiver, AUTH_NTLM_TO_SERVER, key, flags, NULL), ICM_OK);
        assert_int_equal(auth_ntlm_seal(&sender, icm_slice_text("hello"), signature, &sealed, NULL), ICM_OK);
        uint8_t *byte = bit < 40 ? &sealed.data[bit / 8] : &signature[bit / 8 - 5];
        *byte ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(auth_ntlm_unseal(&receiver, icm_buf_slice(&sealed), icm_slice_of(signature, sizeof signature),
                                          &opened, NULL), ICM_DENIED);
        assert_int_equal(opened.size, 0);
        icm_buf_reset(&sealed);
        icm_buf_reset(&opened);
    }
}

static void a_replay_is_found(void **state)
{
    static const uint8_t key[AUTH_NTLM_KEY_SIZE] = {1, 2, 3};
    struct auth_ntlm_stream sender, receiver;
    uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE];
    struct icm_slice text = icm_slice_text("hello");

    assert_int_equal(auth_ntlm_stream_init(&sender, AUTH_NTLM_TO_CLIENT, key, AUTH_NTLM_128, NULL), ICM_OK);
    assert_int_equal(auth_ntlm_stream_init(&receiver, AUTH_NTLM_TO_CLIENT, key, AUTH_NTLM_128, NULL), ICM_OK);
    assert_int_equal(auth_ntlm_sign(&sender, text, signature, NULL), ICM_OK);
    assert_int_equal(auth_ntlm_verify(&receiver, text, icm_slice_of(signature, sizeof signature), NULL), ICM_OK);
    assert_int_equal(auth_ntlm_verify(&receiver, text, icm_slice_of(signature, sizeof signature), NULL), ICM_DENIED);
}

static void cut_messages_are_refused(void **state)
{
    for (size_t i = 0; i < vectors_count(all); i++) {
        struct icm_buf bytes = {0};
        struct auth_ntlm_challenge challenge;
        struct auth_ntlm_authenticate authenticate;

        if (!vectors_bytes(all, i, "input.message", &bytes))
            continue;
        for (size_t size = 0; size < bytes.size; size++) {
            struct icm_slice cut = icm_slice_of(bytes.data, size);

            if (auth_ntlm_message_type(icm_buf_slice(&bytes)) == 2)
                assert_int_equal(auth_ntlm_read_challenge(cut, &challenge, NULL), ICM_SYNTAX);
            else
                assert_int_equal(auth_ntlm_read_authenticate(cut, &authenticate, NULL), ICM_SYNTAX);
        }
        icm_buf_reset(&bytes);
    }
}

static int load(void **state)
{
    return (all = vectors_load("ntlm.json")) ? 0 : -1;
}

static int unload(void **state)
{
    vectors_free(all);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_hold),
        cmocka_unit_test(tampering_is_found),
        cmocka_unit_test(a_replay_is_found),
        cmocka_unit_test(cut_messages_are_refused),
    };

    return cmocka_run_group_tests_name("NTLM's messages, keys and sealing, MS-NLMP", tests, load, unload);
}
