/* Each suite of the table, in both roles: libssl shakes hands, we go on, and libssl at the other end notices nothing.
 * What is not in the table stays with libssl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/tls_takeover.h"
#include "tests/auth/tls_peer.h"

static struct tls_identity rsa, ec;

static const struct {
    const char *name; /* OpenSSL's */
    uint16_t number;
    bool is_tls13, is_ec;
} suites[] = {
    {"TLS_AES_128_GCM_SHA256", 0x1301, true, false},
    {"TLS_AES_256_GCM_SHA384", 0x1302, true, true},
    {"TLS_CHACHA20_POLY1305_SHA256", 0x1303, true, false},
    {"AES128-GCM-SHA256", 0x009c, false, false},
    {"AES256-GCM-SHA384", 0x009d, false, false},
    {"ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b, false, true},
    {"ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c, false, true},
    {"ECDHE-RSA-AES128-GCM-SHA256", 0xc02f, false, false},
    {"ECDHE-RSA-AES256-GCM-SHA384", 0xc030, false, false},
};

/* libssl twice; and what takes the place of the one */
struct pair {
    struct tls_peer ends[2]; /* the client, the server */
    struct tls_peer *ours, *peer;
    struct auth_tls_secrets secrets;
    struct auth_tls_channel *channel;
    struct icm_buf to_peer; /* our last flight */
};

static void pair_init(struct pair *p, const char *suite, bool is_tls13, const struct tls_identity *identity,
                      bool we_are_server)
{
    struct tls_peer_options options = {.version = is_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION,
                                       .ciphers = is_tls13 ? NULL : suite, .suites = is_tls13 ? suite : NULL};

    memset(p, 0, sizeof *p);
    tls_peer_init(&p->ends[0], &options);
    options.identity = identity;
    tls_peer_init(&p->ends[1], &options);
    p->ours = &p->ends[we_are_server];
    p->peer = &p->ends[!we_are_server];
    auth_tls_secrets_watch(p->ours->ssl, &p->secrets);
}

static void pair_reset(struct pair *p)
{
    tls_peer_reset(&p->ends[0]);
    tls_peer_reset(&p->ends[1]);
    auth_tls_channel_free(p->channel);
    icm_buf_reset(&p->to_peer);
}

static uint64_t count_records(struct icm_slice flight)
{
    uint64_t count = 0;

    for (; flight.size > 0; count++)
        flight = icm_slice_from(flight, 5 + (size_t)(flight.data[3] << 8 | flight.data[4]));
    return count;
}

/* What @p->peer says behind the handshake comes @to_us. */
static enum icm_code take_over(struct pair *p, struct icm_buf *to_us)
{
    bool is_done = false;

    if (p->peer == &p->ends[0])
        tls_peer_handshake(p->peer, icm_slice_text(""), to_us);
    for (int round = 0; round < 4 && !is_done; round++) {
        tls_peer_handshake(p->peer, icm_buf_slice(&p->to_peer), to_us);
        icm_buf_clear(&p->to_peer);
        is_done = tls_peer_handshake(p->ours, icm_buf_slice(to_us), &p->to_peer);
        icm_buf_clear(to_us);
    }
    assert_true(is_done);
    enum icm_code code = auth_tls_take_over(&p->channel, p->ours->ssl, &p->secrets,
                                            count_records(icm_buf_slice(&p->to_peer)), NULL);
    assert_true(tls_peer_handshake(p->peer, icm_buf_slice(&p->to_peer), to_us));
    return code;
}

static void shake_hands(struct pair *p)
{
    struct icm_buf to_us = {0}, nothing = {0};

    assert_int_equal(take_over(p, &to_us), ICM_OK);
    assert_non_null(p->channel);
    assert_int_equal(auth_tls_channel_open(p->channel, icm_buf_slice(&to_us), &nothing, NULL), ICM_OK);
    assert_int_equal(nothing.size, 0);
    icm_buf_reset(&to_us);
    icm_buf_reset(&nothing);
}

/* ---- messages ---- */

static void send(struct pair *p, struct icm_slice message)
{
    struct icm_buf sealed = {0}, opened = {0};

    assert_int_equal(auth_tls_channel_seal(p->channel, message, &sealed, NULL, NULL), ICM_OK);
    assert_true(tls_peer_decrypt(p->peer, icm_buf_slice(&sealed), &opened));
    assert_true(icm_slice_equal(message, icm_buf_slice(&opened)));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void receive(struct pair *p, struct icm_slice message)
{
    struct icm_buf sealed = {0}, opened = {0};

    tls_peer_encrypt(p->peer, message, &sealed);
    assert_int_equal(auth_tls_channel_open(p->channel, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_true(icm_slice_equal(message, icm_buf_slice(&opened)));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

/* more than a byte of sequence numbers each way, and not in step */
static void talk(struct pair *p)
{
    uint8_t message[40000];

    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 7);
    for (size_t i = 1; i <= 260; i++) {
        send(p, icm_slice_of(message, i));
        if (i % 3 != 0)
            receive(p, icm_slice_of(message, i));
    }
    send(p, icm_slice_of(message, sizeof message));
    receive(p, icm_slice_of(message, sizeof message));
}

static void each_suite_goes_on_where_libssl_stopped(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(suites); i++)
        for (int we_are_server = 0; we_are_server < 2; we_are_server++) {
            struct pair p;

            pair_init(&p, suites[i].name, suites[i].is_tls13, suites[i].is_ec ? &ec : &rsa, we_are_server);
            shake_hands(&p);
            assert_int_equal(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(p.ours->ssl)), suites[i].number);
            talk(&p);
            pair_reset(&p);
        }
}

static void every_suite_of_the_table_is_tried(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(suites); i++)
        assert_ptr_equal(auth_tls_suite_find(suites[i].number), auth_tls_suite_at(i));
    assert_null(auth_tls_suite_at(ICM_COUNT(suites)));
}

/* ---- tickets, keys, and a wish to begin anew ---- */

static void tickets_count_whoever_sends_them(void **state)
{
    (void)state;
    for (int we_are_server = 0; we_are_server < 2; we_are_server++)
        for (size_t tickets = 0; tickets < 6; tickets += 5) {
            struct pair p;

            pair_init(&p, suites[1].name, true, &ec, we_are_server);
            assert_int_equal(SSL_CTX_set_num_tickets(p.ends[1].config, tickets), 1);
            assert_int_equal(SSL_set_num_tickets(p.ends[1].ssl, tickets), 1);
            shake_hands(&p);
            send(&p, icm_slice_text("hello"));
            receive(&p, icm_slice_text("hello"));
            pair_reset(&p);
        }
}

/* The server asks for another key share first: a flight more each way, and ChangeCipherSpec in other places. */
static void a_second_hello_changes_nothing(void **state)
{
    (void)state;
    for (int we_are_server = 0; we_are_server < 2; we_are_server++) {
        struct pair p;

        pair_init(&p, suites[1].name, true, &ec, we_are_server);
        assert_int_equal(SSL_set1_groups_list(p.ends[0].ssl, "X25519:P-256"), 1);
        assert_int_equal(SSL_set1_groups_list(p.ends[1].ssl, "P-256"), 1);
        shake_hands(&p);
        talk(&p);
        pair_reset(&p);
    }
}

/* later ones too, between two messages */
static void a_server_may_send_a_ticket_at_any_time(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, suites[0].name, true, &ec, false);
    shake_hands(&p);
    for (int i = 0; i < 3; i++) {
        receive(&p, icm_slice_text("hello"));
        assert_int_equal(SSL_new_session_ticket(p.peer->ssl), 1);
        send(&p, icm_slice_text("hello"));
    }
    receive(&p, icm_slice_text("hello"));
    pair_reset(&p);
}

static void keys_change_as_often_as_the_peer_asks(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int we_are_server = 0; we_are_server < 2; we_are_server++) {
            struct pair p;

            pair_init(&p, suites[i].name, true, &rsa, we_are_server);
            shake_hands(&p);
            for (int round = 0; round < 9; round++) {
                assert_int_equal(SSL_key_update(p.peer->ssl, round % 2 ? SSL_KEY_UPDATE_REQUESTED
                                                                       : SSL_KEY_UPDATE_NOT_REQUESTED), 1);
                receive(&p, icm_slice_text("with new keys"));
                if (round % 3 == 0) /* else it has asked more than once, and gets one answer */
                    send(&p, icm_slice_text("so do we, or not"));
            }
            talk(&p);
            pair_reset(&p);
        }
}

/* Our next message is behind new keys of ours where the peer has asked for them, once or more often; and else not. */
static void an_update_is_answered_once(void **state)
{
    static const int asks[] = {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED};
    struct pair p;
    struct icm_buf sealed = {0};

    (void)state;
    pair_init(&p, suites[1].name, true, &ec, false);
    shake_hands(&p);
    for (size_t first = 0; first < ICM_COUNT(asks); first += 2) {
        for (size_t i = first; i < ICM_COUNT(asks); i++) {
            assert_int_equal(SSL_key_update(p.peer->ssl, asks[i]), 1);
            receive(&p, icm_slice_text("with new keys"));
        }
        for (uint64_t expected = first == 0 ? 2 : 1; expected > 0; expected--) {
            icm_buf_clear(&sealed);
            assert_int_equal(auth_tls_channel_seal(p.channel, icm_slice_text("x"), &sealed, NULL, NULL), ICM_OK);
            assert_int_equal(count_records(icm_buf_slice(&sealed)), expected);
        }
    }
    icm_buf_reset(&sealed);
    pair_reset(&p);
}

static void a_server_that_would_begin_anew_is_not_heard(void **state)
{
    struct pair p;
    struct icm_buf records = {0}, nothing = {0};

    (void)state;
    pair_init(&p, suites[7].name, false, &rsa, false);
    shake_hands(&p);
    assert_int_equal(SSL_renegotiate(p.peer->ssl), 1);
    tls_peer_handshake(p.peer, icm_slice_text(""), &records);
    assert_true(records.size > 0);
    assert_int_equal(auth_tls_channel_open(p.channel, icm_buf_slice(&records), &nothing, NULL), ICM_OK);
    assert_int_equal(nothing.size, 0);
    icm_buf_reset(&records);
    icm_buf_reset(&nothing);
    pair_reset(&p);
}

/* ---- what libssl sealed, and somebody changed ---- */

static void expect_denied(size_t suite, size_t at, size_t cut)
{
    struct pair p;
    struct icm_buf records = {0}, out = {0};

    pair_init(&p, suites[suite].name, suites[suite].is_tls13, &ec, false);
    shake_hands(&p);
    tls_peer_encrypt(p.peer, icm_slice_text("hello"), &records);
    records.data[at] ^= cut > 0 ? 0 : 0x10;
    assert_int_equal(auth_tls_channel_open(p.channel, icm_slice_of(records.data, records.size - cut), &out, NULL),
                     ICM_DENIED);
    assert_int_equal(out.size, 0);
    assert_int_equal(auth_tls_channel_open(p.channel, icm_buf_slice(&records), &out, NULL), ICM_STATE);
    icm_buf_reset(&records);
    icm_buf_reset(&out);
    pair_reset(&p);
}

static void a_changed_bit_or_a_cut_is_found(void **state)
{
    (void)state;
    for (size_t at = 0; at < 5 + 5 + 17; at++) /* ChaCha20; the others are in test_tls.c */
        expect_denied(2, at, 0);
    for (size_t cut = 1; cut < 5 + 5 + 17; cut += 3)
        expect_denied(2, 0, cut);
}

static void a_record_opens_once_and_in_its_turn(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(suites); i += 3)
        for (int skips = 0; skips < 2; skips++) {
            struct pair p;
            struct icm_buf first = {0}, second = {0}, out = {0};

            pair_init(&p, suites[i].name, suites[i].is_tls13, suites[i].is_ec ? &ec : &rsa, false);
            shake_hands(&p);
            tls_peer_encrypt(p.peer, icm_slice_text("first"), &first);
            tls_peer_encrypt(p.peer, icm_slice_text("second"), &second);
            if (!skips)
                assert_int_equal(auth_tls_channel_open(p.channel, icm_buf_slice(&first), &out, NULL), ICM_OK);
            assert_int_equal(auth_tls_channel_open(p.channel, icm_buf_slice(skips ? &second : &first), &out, NULL),
                             ICM_DENIED);
            assert_int_equal(out.size, skips ? 0 : 5);
            icm_buf_reset(&first);
            icm_buf_reset(&second);
            icm_buf_reset(&out);
            pair_reset(&p);
        }
}

/* ---- what stays with libssl ---- */

static void expect_no_channel(struct pair *p)
{
    struct icm_buf to_us = {0};

    assert_int_equal(take_over(p, &to_us), ICM_OK);
    assert_null(p->channel);
    icm_buf_reset(&to_us);
    pair_reset(p);
}

static void other_suites_stay_with_libssl(void **state)
{
    static const struct { const char *name; bool is_tls13; } others[] = {
        {"ECDHE-RSA-AES256-SHA384", false}, {"AES128-SHA", false}, {"ECDHE-RSA-CHACHA20-POLY1305", false},
        {"TLS_AES_128_CCM_SHA256", true}};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        for (int we_are_server = 0; we_are_server < 2; we_are_server++) {
            struct pair p;

            pair_init(&p, others[i].name, others[i].is_tls13, &rsa, we_are_server);
            expect_no_channel(&p);
        }
}

static void so_do_peers_that_want_short_records(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, suites[0].name, true, &rsa, true);
    assert_int_equal(SSL_set_tlsext_max_fragment_length(p.peer->ssl, TLSEXT_max_fragment_length_512), 1);
    expect_no_channel(&p);
}

static void without_secrets_nothing_is_taken_over(void **state)
{
    struct pair p;
    struct icm_buf to_us = {0};
    struct auth_tls_channel *none = NULL;
    struct icm_error err = {0};

    (void)state;
    pair_init(&p, suites[0].name, true, &rsa, true);
    assert_int_equal(take_over(&p, &to_us), ICM_OK);
    p.secrets.client.size = 0;
    assert_int_equal(auth_tls_take_over(&none, p.ours->ssl, &p.secrets, 1, &err), ICM_TLS);
    assert_null(none);
    icm_buf_reset(&to_us);
    icm_error_reset(&err);
    pair_reset(&p);
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
        cmocka_unit_test(every_suite_of_the_table_is_tried),
        cmocka_unit_test(each_suite_goes_on_where_libssl_stopped),
        cmocka_unit_test(tickets_count_whoever_sends_them),
        cmocka_unit_test(a_second_hello_changes_nothing),
        cmocka_unit_test(a_server_may_send_a_ticket_at_any_time),
        cmocka_unit_test(keys_change_as_often_as_the_peer_asks),
        cmocka_unit_test(an_update_is_answered_once),
        cmocka_unit_test(a_server_that_would_begin_anew_is_not_heard),
        cmocka_unit_test(a_changed_bit_or_a_cut_is_found),
        cmocka_unit_test(a_record_opens_once_and_in_its_turn),
        cmocka_unit_test(other_suites_stay_with_libssl),
        cmocka_unit_test(so_do_peers_that_want_short_records),
        cmocka_unit_test(without_secrets_nothing_is_taken_over),
    };

    return cmocka_run_group_tests_name("TLS from libssl's hands into ours", tests, make, forget);
}
