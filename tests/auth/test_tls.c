/* auth/tls.c in both roles against OpenSSL as others configure it, and against itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/tls.h"
#include "tests/auth/tls_peer.h"

#include <stdio.h>

static struct tls_identity rsa, ec;

/* ---- what is agreed, and how records are measured: the trailer of a message of 100 bytes ---- */

static const struct {
    const char *name;
    int version;
    const char *ciphers; /* TLS 1.3: its suites */
    uint64_t options;
    const char *agreed;
    uint32_t trailer;
} peers[] = {
    /* 16 bytes of tag, and the type of what is inside */
    {"TLS 1.3", TLS1_3_VERSION, NULL, 0, "TLSv1.3", 17},
    {"any version", 0, NULL, 0, "TLSv1.3", 17},
    {"GCM", TLS1_2_VERSION, "ECDHE+AESGCM", 0, "TLSv1.2", 16},
    {"GCM, RSA", TLS1_2_VERSION, "RSA+AESGCM", 0, "TLSv1.2", 16},
    {"GCM, 128 bits", TLS1_2_VERSION, "AES128-GCM-SHA256", 0, "TLSv1.2", 16},
    {"TLS 1.3, 128 bits", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", 0, "TLSv1.3", 17},
    {"TLS 1.3, ChaCha20", TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256", 0, "TLSv1.3", 17},
    /* the MAC, and then padding of the message and it; as Windows, without RFC 7366 */
    {"CBC, SHA-1", TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA", SSL_OP_NO_ENCRYPT_THEN_MAC, "TLSv1.2", 20 + 8},
    {"CBC, SHA-256", TLS1_2_VERSION, "ECDHE-RSA-AES128-SHA256", SSL_OP_NO_ENCRYPT_THEN_MAC, "TLSv1.2", 32 + 12},
    {"CBC, SHA-384", TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA384", SSL_OP_NO_ENCRYPT_THEN_MAC, "TLSv1.2", 48 + 12},
    {"CBC, RSA", TLS1_2_VERSION, "AES128-SHA", SSL_OP_NO_ENCRYPT_THEN_MAC, "TLSv1.2", 20 + 8},
    /* the message padded, and then the MAC; RFC 7366 */
    {"CBC, the MAC last", TLS1_2_VERSION, "ECDHE-RSA-AES256-SHA", 0, "TLSv1.2", 12 + 20},
};

struct pair {
    struct auth_tls *ours;
    struct tls_peer peer;
};

static void pair_init(struct pair *p, size_t row, bool is_server, const struct tls_identity *identity)
{
    bool is_tls13 = peers[row].version == TLS1_3_VERSION;
    struct tls_peer_options options = {.identity = is_server ? NULL : identity, .version = peers[row].version,
                                       .ciphers = is_tls13 ? NULL : peers[row].ciphers,
                                       .suites = is_tls13 ? peers[row].ciphers : NULL,
                                       .options = peers[row].options};

    tls_peer_init(&p->peer, &options);
    if (is_server)
        assert_int_equal(auth_tls_server_new(&p->ours, (const char *)identity->certificate.data,
                                             (const char *)identity->key.data, NULL), ICM_OK);
    else
        assert_int_equal(auth_tls_client_new(&p->ours, NULL), ICM_OK);
}

static void pair_reset(struct pair *p)
{
    auth_tls_free(p->ours);
    tls_peer_reset(&p->peer);
}

/* what the last flight leaves over (a ticket) holds no message */
static enum icm_code shake_hands(struct pair *p, bool is_server, struct icm_error *err)
{
    struct icm_buf to_us = {0}, to_peer = {0}, nothing = {0};
    enum icm_code code = ICM_AGAIN;
    bool is_peer_done = false;

    if (is_server)
        tls_peer_handshake(&p->peer, icm_slice_text(""), &to_us);
    for (int round = 0; round < 5 && (code == ICM_AGAIN || !is_peer_done); round++) {
        struct icm_slice in = icm_buf_slice(&to_us);

        if (code == ICM_AGAIN)
            code = auth_tls_handshake(p->ours, &in, &to_peer, err);
        if (code != ICM_OK && code != ICM_AGAIN)
            break;
        icm_buf_clear(&to_us);
        is_peer_done = tls_peer_handshake(&p->peer, icm_buf_slice(&to_peer), &to_us);
        icm_buf_clear(&to_peer);
    }
    if (code == ICM_OK) {
        assert_true(is_peer_done);
        assert_int_equal(auth_tls_decrypt(p->ours, icm_buf_slice(&to_us), &nothing, NULL), ICM_OK);
        assert_true(tls_peer_decrypt(&p->peer, icm_slice_text(""), &nothing));
        assert_int_equal(nothing.size, 0);
    }
    icm_buf_reset(&to_us);
    icm_buf_reset(&to_peer);
    icm_buf_reset(&nothing);
    return code;
}

static void send_there_and_back(struct pair *p, size_t size, uint32_t *trailer_size)
{
    struct icm_buf message = {0}, records = {0}, opened = {0};

    for (size_t i = 0; i < size; i++)
        icm_buf_add_u8(&message, (uint8_t)(i * 7));
    assert_int_equal(auth_tls_encrypt(p->ours, icm_buf_slice(&message), &records, trailer_size, NULL), ICM_OK);
    assert_true(tls_peer_decrypt(&p->peer, icm_buf_slice(&records), &opened));
    assert_true(icm_slice_equal(icm_buf_slice(&message), icm_buf_slice(&opened)));
    icm_buf_clear(&records);
    icm_buf_clear(&opened);
    tls_peer_encrypt(&p->peer, icm_buf_slice(&message), &records);
    assert_int_equal(auth_tls_decrypt(p->ours, icm_buf_slice(&records), &opened, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&message), icm_buf_slice(&opened)));
    icm_buf_reset(&message);
    icm_buf_reset(&records);
    icm_buf_reset(&opened);
}

static void check_peer(size_t row, bool is_server)
{
    struct pair p = {0};
    struct icm_error err = {0};
    struct icm_buf key = {0}, expected = {0};
    uint32_t trailer = 0;

    pair_init(&p, row, is_server, &rsa);
    if (shake_hands(&p, is_server, &err) != ICM_OK)
        fail_msg("%s: %s", peers[row].name, err.text);
    assert_string_equal(auth_tls_version(p.ours), peers[row].agreed);
    assert_int_equal(auth_tls_public_key(p.ours, &key, NULL), ICM_OK);
    tls_identity_public_key(&rsa, &expected);
    assert_true(icm_slice_equal(icm_buf_slice(&key), icm_buf_slice(&expected)));
    send_there_and_back(&p, 1, NULL);
    send_there_and_back(&p, AUTH_TLS_MESSAGE_MAX, NULL);
    send_there_and_back(&p, 3 * AUTH_TLS_MESSAGE_MAX + 100, &trailer); /* measured is the last record */
    assert_int_equal(trailer, peers[row].trailer);
    send_there_and_back(&p, 100, &trailer);
    if (trailer != peers[row].trailer)
        fail_msg("%s: a trailer of %u bytes, not %u", peers[row].name, trailer, peers[row].trailer);
    icm_buf_reset(&key);
    icm_buf_reset(&expected);
    pair_reset(&p);
}

static void both_roles_talk_to_openssl(void **state)
{
    (void)state;
    for (size_t row = 0; row < ICM_COUNT(peers); row++) {
        check_peer(row, false);
        check_peer(row, true);
    }
}

static void a_key_on_a_curve_is_a_point(void **state)
{
    struct pair p = {0};
    struct icm_buf key = {0};

    (void)state;
    pair_init(&p, 0, false, &ec);
    assert_int_equal(shake_hands(&p, false, NULL), ICM_OK);
    assert_int_equal(auth_tls_public_key(p.ours, &key, NULL), ICM_OK);
    assert_int_equal(key.size, 65);
    assert_int_equal(key.data[0], 4);
    icm_buf_reset(&key);
    pair_reset(&p);
}

/* ---- what is refused ---- */

static void old_versions_are_refused(void **state)
{
    static const struct tls_peer_options old_client = {.version = TLS1_1_VERSION, .ciphers = "ALL"};
    struct tls_peer_options old_server = {.version = TLS1_1_VERSION, .ciphers = "ALL", .identity = &rsa};
    struct pair p = {0};
    struct icm_error err = {0};

    (void)state;
    pair_init(&p, 0, true, &rsa);
    tls_peer_reset(&p.peer);
    tls_peer_init(&p.peer, &old_client);
    assert_int_equal(shake_hands(&p, true, &err), ICM_TLS);
    assert_non_null(strstr(err.text, "unsupported protocol"));
    pair_reset(&p);
    pair_init(&p, 0, false, &rsa);
    tls_peer_reset(&p.peer);
    tls_peer_init(&p.peer, &old_server);
    assert_int_equal(shake_hands(&p, false, &err), ICM_TLS);
    assert_non_null(strstr(err.text, "alert"));
    pair_reset(&p);
    icm_error_reset(&err);
}

/* the next message from the peer, and the one behind it */
struct two {
    struct pair pair;
    struct icm_buf first, second, opened;
};

static void two_init(struct two *t, size_t row)
{
    memset(t, 0, sizeof *t);
    pair_init(&t->pair, row, false, &ec);
    assert_int_equal(shake_hands(&t->pair, false, NULL), ICM_OK);
    tls_peer_encrypt(&t->pair.peer, icm_slice_text("first"), &t->first);
    tls_peer_encrypt(&t->pair.peer, icm_slice_text("second"), &t->second);
}

static void two_end(struct two *t, struct icm_slice records, enum icm_code expected)
{
    struct icm_error err = {0};

    assert_int_equal(auth_tls_decrypt(t->pair.ours, records, &t->opened, &err), expected);
    assert_int_equal(t->opened.size, 0);
    assert_int_equal(err.code, expected);
    icm_error_reset(&err);
    icm_buf_reset(&t->first);
    icm_buf_reset(&t->second);
    icm_buf_reset(&t->opened);
    pair_reset(&t->pair);
}

static void what_is_not_the_next_message_does_not_open(void **state)
{
    struct two t;

    (void)state;
    for (size_t row = 0; row < 3; row += 2) {
        two_init(&t, row); /* out of order */
        two_end(&t, icm_buf_slice(&t.second), ICM_DENIED);
        two_init(&t, row); /* replayed */
        assert_int_equal(auth_tls_decrypt(t.pair.ours, icm_buf_slice(&t.first), &t.opened, NULL), ICM_OK);
        assert_true(icm_slice_is(icm_buf_slice(&t.opened), "first"));
        icm_buf_clear(&t.opened);
        two_end(&t, icm_buf_slice(&t.first), ICM_DENIED);
        two_init(&t, row); /* a good one in front of a broken one: nothing comes */
        t.second.data[t.second.size - 1] ^= 1;
        icm_buf_add(&t.first, icm_buf_slice(&t.second));
        two_end(&t, icm_buf_slice(&t.first), ICM_DENIED);
    }
}

static void a_changed_bit_or_a_cut_is_found(void **state)
{
    struct two t;

    (void)state;
    for (size_t row = 0; row < 3; row += 2) {
        two_init(&t, row);
        size_t size = t.first.size;
        two_end(&t, icm_slice_of(t.first.data, 0), ICM_OK); /* nothing holds nothing */
        for (size_t at = 0; at < size; at += 1 + row) { /* each byte of TLS 1.3, each third one of TLS 1.2 */
            two_init(&t, row);
            t.first.data[at] ^= 0x20;
            two_end(&t, icm_buf_slice(&t.first), ICM_DENIED);
        }
        for (size_t cut = 1; cut < size; cut += 1 + row) {
            two_init(&t, row);
            two_end(&t, icm_slice_of(t.first.data, cut), ICM_DENIED);
        }
    }
}

/* ---- TLS's own messages on the way ---- */

static void new_keys_disturb_no_message(void **state)
{
    struct pair p = {0};
    struct icm_buf records = {0}, opened = {0};

    (void)state;
    pair_init(&p, 0, false, &ec);
    assert_int_equal(shake_hands(&p, false, NULL), ICM_OK);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(SSL_key_update(p.peer.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        tls_peer_encrypt(&p.peer, icm_slice_text("with new keys"), &records);
        assert_int_equal(auth_tls_decrypt(p.ours, icm_buf_slice(&records), &opened, NULL), ICM_OK);
        assert_true(icm_slice_is(icm_buf_slice(&opened), "with new keys"));
        icm_buf_clear(&records);
        icm_buf_clear(&opened);
        uint32_t trailer = 0; /* ours changes its keys too, in front of the message */
        assert_int_equal(auth_tls_encrypt(p.ours, icm_slice_text("so do we"), &records, &trailer, NULL), ICM_OK);
        assert_int_equal(trailer, 17);
        assert_true(tls_peer_decrypt(&p.peer, icm_buf_slice(&records), &opened));
        assert_true(icm_slice_is(icm_buf_slice(&opened), "so do we"));
        icm_buf_clear(&records);
        icm_buf_clear(&opened);
    }
    icm_buf_reset(&records);
    icm_buf_reset(&opened);
    pair_reset(&p);
}

static void a_peer_that_closes_is_told_of(void **state)
{
    struct pair p = {0};
    struct icm_buf records = {0}, opened = {0};

    (void)state;
    pair_init(&p, 0, false, &ec);
    assert_int_equal(shake_hands(&p, false, NULL), ICM_OK);
    SSL_shutdown(p.peer.ssl);
    char *alert;
    long size = BIO_get_mem_data(p.peer.out, &alert);
    icm_buf_add(&records, icm_slice_of(alert, (size_t)size));
    assert_int_equal(auth_tls_decrypt(p.ours, icm_buf_slice(&records), &opened, NULL), ICM_DENIED);
    icm_buf_reset(&records);
    icm_buf_reset(&opened);
    pair_reset(&p);
}

/* ---- bodies that another program sealed: what stands in front of each record is its trailer's size ---- */

static const struct {
    const char *name, *cipher;
    bool is_tls13;
} samples[] = {
    {"credssp-tls13", "TLS_AES_256_GCM_SHA384", true},
    {"credssp-tls12-gcm-small", "ECDHE-RSA-AES256-GCM-SHA384", false},
    {"credssp-tls12-gcm-multi", "ECDHE-RSA-AES256-GCM-SHA384", false},
    {"credssp-tls12-cbc-small", "ECDHE-RSA-AES256-SHA384", false},
};

static void read_sample(const char *name, const char *ending, struct icm_buf *out)
{
    char path[4096], piece[4096];
    size_t got;

    snprintf(path, sizeof path, "%s/vectors/http-encryption/%s%s", ICM_FIXTURES, name, ending);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    while ((got = fread(piece, 1, sizeof piece, in)) > 0)
        icm_buf_add(out, icm_slice_of(piece, got));
    fclose(in);
}

static void samples_have_the_same_trailers(void **state)
{
    static const char before[] = "octet-stream\r\n";

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(samples); i++) {
        struct icm_buf body = {0}, plain = {0};
        const uint8_t *at;

        read_sample(samples[i].name, ".bin", &body);
        read_sample(samples[i].name, ".plain", &plain);
        size_t left = plain.size, nonce_size = auth_tls_nonce_size(samples[i].cipher, samples[i].is_tls13);
        struct icm_reader r = icm_reader_on(icm_buf_slice(&body));
        while ((at = memmem(r.rest.data, r.rest.size, before, sizeof before - 1))) {
            size_t piece = left < AUTH_TLS_MESSAGE_MAX ? left : AUTH_TLS_MESSAGE_MAX;

            icm_read_slice(&r, (size_t)(at - r.rest.data) + sizeof before - 1);
            uint32_t trailer = icm_read_le32(&r);
            struct icm_slice header = icm_read_slice(&r, 5);
            struct icm_slice record = icm_read_slice(&r, (size_t)(header.data[3] << 8 | header.data[4]));
            assert_false(r.missing);
            assert_int_equal(trailer, record.size - nonce_size - piece);
            left -= piece;
        }
        assert_int_equal(left, 0);
        icm_buf_reset(&body);
        icm_buf_reset(&plain);
    }
}

/* ---- what cannot be begun ---- */

static void a_server_needs_a_certificate_with_its_key(void **state)
{
    const char *certificate = (const char *)rsa.certificate.data, *key = (const char *)rsa.key.data;
    const char *const wrong[][2] = {
        {NULL, key}, {certificate, NULL}, {certificate, ""}, {"", key}, {key, certificate},
        {certificate, (const char *)ec.key.data},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(wrong); i++) {
        struct auth_tls *t = NULL;
        struct icm_error err = {0};

        assert_int_equal(auth_tls_server_new(&t, wrong[i][0], wrong[i][1], &err), ICM_USAGE);
        assert_null(t);
        assert_null(strstr(err.text, "BEGIN"));
        icm_error_reset(&err);
    }
    auth_tls_free(NULL);
}

static int make(void **state)
{
    (void)state;
    tls_identity_make(&rsa, "RSA");
    tls_identity_make(&ec, "EC");
    return 0;
}

static int forget(void **state)
{
    (void)state;
    tls_identity_reset(&rsa);
    tls_identity_reset(&ec);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_roles_talk_to_openssl),
        cmocka_unit_test(a_key_on_a_curve_is_a_point),
        cmocka_unit_test(old_versions_are_refused),
        cmocka_unit_test(what_is_not_the_next_message_does_not_open),
        cmocka_unit_test(a_changed_bit_or_a_cut_is_found),
        cmocka_unit_test(new_keys_disturb_no_message),
        cmocka_unit_test(a_peer_that_closes_is_told_of),
        cmocka_unit_test(samples_have_the_same_trailers),
        cmocka_unit_test(a_server_needs_a_certificate_with_its_key),
    };

    return cmocka_run_group_tests_name("TLS in memory", tests, make, forget);
}
