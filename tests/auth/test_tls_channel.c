/* Our records against a peer that says what libssl would not: each kind of record, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/tls_channel.h"
#include "auth/tls_record.h"

enum { TLS13 = 0x1302, TLS12 = 0xc02f };

/* a channel, and who seals what it opens */
struct pair {
    struct auth_tls_agreed agreed;
    struct auth_tls_channel *ours;
    struct auth_tls_record *peer;
};

/* the peer's keys from the beginning on */
static struct auth_tls_key peer_key(const struct auth_tls_agreed *a)
{
    struct auth_tls_key client, server;

    if (!a->suite->is_tls13)
        assert_int_equal(auth_tls_keys_of_master(a->suite, a->master, a->client_random, a->server_random, &client,
                                                 &server, NULL), ICM_OK);
    else
        assert_int_equal(auth_tls_key_of_secret(a->suite, a->is_server ? a->client_secret : a->server_secret,
                                                a->is_server ? &client : &server, NULL), ICM_OK);
    return a->is_server ? client : server;
}

static void pair_init(struct pair *p, uint16_t suite, bool we_are_server)
{
    *p = (struct pair){.agreed = {.suite = auth_tls_suite_find(suite),
                                  .is_server = we_are_server,
                                  .client_secret = {1},
                                  .server_secret = {2},
                                  .master = {3},
                                  .client_random = {4},
                                  .server_random = {5}}};
    struct auth_tls_key key = peer_key(&p->agreed);

    assert_int_equal(auth_tls_channel_new(&p->ours, &p->agreed, NULL), ICM_OK);
    assert_int_equal(auth_tls_record_new(&p->peer, p->agreed.suite, &key, true, 0, NULL), ICM_OK);
}

static void pair_reset(struct pair *p)
{
    auth_tls_channel_free(p->ours);
    auth_tls_record_free(p->peer);
}

/* ---- one record each ---- */

#define BYTES(text) (text), sizeof(text) - 1

static const struct {
    const char *name;
    uint16_t suite;
    bool we_are_server;
    uint8_t type;
    const char *content;
    size_t size;
    enum icm_code code;
    const char *opened, *error; /* what comes out; a word of what is said */
} records[] = {
    {"a message", TLS13, false, 23, BYTES("hello"), ICM_OK, "hello", NULL},
    {"a message, TLS 1.2", TLS12, true, 23, BYTES("hello"), ICM_OK, "hello", NULL},
    {"no bytes, against analysis", TLS13, true, 23, BYTES(""), ICM_OK, "", NULL},
    {"no bytes, TLS 1.2", TLS12, true, 23, BYTES(""), ICM_OK, "", NULL},
    /* what is sealed as type 0 is padding behind the type in front of it; RFC 8446 5.4 */
    {"padding", TLS13, false, 0, BYTES("hello\x17\0\0\0"), ICM_OK, "hello", NULL},
    {"padding alone", TLS13, false, 0, BYTES("\0\0\0"), ICM_DENIED, "", "type"},
    {"nothing at all", TLS13, false, 0, BYTES(""), ICM_DENIED, "", "type"},
    {"a ticket", TLS13, false, 22, BYTES("\4\0\0\3abc"), ICM_OK, "", NULL},
    {"two tickets", TLS13, false, 22, BYTES("\4\0\0\3abc\4\0\0\0"), ICM_OK, "", NULL},
    {"a client's ticket", TLS13, true, 22, BYTES("\4\0\0\3abc"), ICM_DENIED, "", "message 4"},
    {"a ticket, TLS 1.2", TLS12, false, 22, BYTES("\4\0\0\3abc"), ICM_DENIED, "", "message 4"},
    {"a ticket that is too long", TLS13, false, 22, BYTES("\4\2\1\13"), ICM_DENIED, "", "131338"},
    {"a KeyUpdate that asks for nothing", TLS13, false, 22, BYTES("\x18\0\0\1\0"), ICM_OK, "", NULL},
    {"a KeyUpdate that asks for more", TLS13, true, 22, BYTES("\x18\0\0\1\1"), ICM_OK, "", NULL},
    {"a KeyUpdate that asks for 2", TLS13, false, 22, BYTES("\x18\0\0\1\2"), ICM_DENIED, "", "KeyUpdate"},
    {"a KeyUpdate without a body", TLS13, false, 22, BYTES("\x18\0\0\0"), ICM_DENIED, "", "KeyUpdate"},
    {"a KeyUpdate of two bytes", TLS13, false, 22, BYTES("\x18\0\0\2\0\0"), ICM_DENIED, "", "KeyUpdate"},
    {"a KeyUpdate with more behind it", TLS13, false, 22, BYTES("\x18\0\0\1\0\4"), ICM_DENIED, "", "KeyUpdate"},
    {"a KeyUpdate, TLS 1.2", TLS12, false, 22, BYTES("\x18\0\0\1\0"), ICM_DENIED, "", "message 24"},
    {"a HelloRequest", TLS12, false, 22, BYTES("\0\0\0\0"), ICM_OK, "", NULL},
    {"a client's HelloRequest", TLS12, true, 22, BYTES("\0\0\0\0"), ICM_DENIED, "", "message 0"},
    {"a ClientHello, which would begin anew", TLS12, true, 22, BYTES("\1\0\0\2ab"), ICM_DENIED, "", "message 1"},
    {"a CertificateRequest", TLS13, false, 22, BYTES("\15\0\0\3\0\0\0"), ICM_DENIED, "", "message 13"},
    {"an empty handshake record", TLS13, false, 22, BYTES(""), ICM_DENIED, "", "empty"},
    {"close_notify", TLS13, false, 21, BYTES("\1\0"), ICM_DENIED, "", "closed"},
    {"close_notify, TLS 1.2", TLS12, true, 21, BYTES("\1\0"), ICM_DENIED, "", "closed"},
    {"bad_record_mac", TLS13, true, 21, BYTES("\2\x14"), ICM_DENIED, "", "alert 20"},
    {"an alert of one byte", TLS13, false, 21, BYTES("\1"), ICM_DENIED, "", "1 bytes"},
    {"ChangeCipherSpec", TLS13, false, 20, BYTES("\1"), ICM_DENIED, "", "type 20"},
    {"ChangeCipherSpec, TLS 1.2", TLS12, false, 20, BYTES("\1"), ICM_DENIED, "", "type 20"},
    {"heartbeat", TLS12, false, 24, BYTES("\1"), ICM_DENIED, "", "type 24"},
};

/* a message in front of it stays outside, where it fails, and nothing works behind it */
static void check_record(size_t i)
{
    struct pair p;
    struct icm_buf sealed = {0}, out = {0};
    struct icm_error err = {0};

    pair_init(&p, records[i].suite, records[i].we_are_server);
    icm_buf_add_text(&out, "before ");
    assert_int_equal(auth_tls_record_seal(p.peer, AUTH_TLS_DATA, icm_slice_text("first "), &sealed, NULL), ICM_OK);
    assert_int_equal(auth_tls_record_seal(p.peer, records[i].type, icm_slice_of(records[i].content, records[i].size),
                                          &sealed, NULL), ICM_OK);
    enum icm_code code = auth_tls_channel_open(p.ours, icm_buf_slice(&sealed), &out, &err);
    if (code != records[i].code || (records[i].error && !strstr(err.text, records[i].error)))
        fail_msg("%s: %s, %s", records[i].name, icm_code_name(code), err.text);
    assert_memory_equal(out.data, "before first ", code == ICM_OK ? 13 : 7);
    if (code == ICM_OK)
        assert_true(icm_slice_is(icm_slice_from(icm_buf_slice(&out), 13), records[i].opened));
    else
        assert_int_equal(out.size, 7);
    size_t size = out.size;
    assert_int_equal(auth_tls_channel_seal(p.ours, icm_slice_text("x"), &out, NULL, NULL),
                     code == ICM_OK ? ICM_OK : ICM_STATE);
    if (code != ICM_OK) {
        assert_int_equal(auth_tls_channel_open(p.ours, icm_buf_slice(&sealed), &out, NULL), ICM_STATE);
        assert_int_equal(out.size, size);
    }
    icm_buf_reset(&sealed);
    icm_buf_reset(&out);
    icm_error_reset(&err);
    pair_reset(&p);
}

static void each_record_means_what_its_type_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(records); i++)
        check_record(i);
}

/* ---- what takes several records ---- */

static void expect(struct pair *p, struct icm_slice sealed, enum icm_code code, const char *opened)
{
    struct icm_buf out = {0};

    assert_int_equal(auth_tls_channel_open(p->ours, sealed, &out, NULL), code);
    assert_true(icm_slice_is(icm_buf_slice(&out), opened));
    icm_buf_reset(&out);
}

static void send(struct pair *p, uint8_t type, struct icm_slice content, enum icm_code code, const char *opened)
{
    struct icm_buf sealed = {0};

    assert_int_equal(auth_tls_record_seal(p->peer, type, content, &sealed, NULL), ICM_OK);
    expect(p, icm_buf_slice(&sealed), code, opened);
    icm_buf_reset(&sealed);
}

static void a_ticket_may_come_in_pieces(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, TLS13, false);
    send(&p, AUTH_TLS_HANDSHAKE, icm_slice_of("\4\0", 2), ICM_OK, "");
    send(&p, AUTH_TLS_HANDSHAKE, icm_slice_of("\0\3a", 3), ICM_OK, "");
    send(&p, AUTH_TLS_HANDSHAKE, icm_slice_of("bc\4\0\0\0\4", 7), ICM_OK, "");
    send(&p, AUTH_TLS_HANDSHAKE, icm_slice_of("\0\0\0", 3), ICM_OK, "");
    send(&p, AUTH_TLS_DATA, icm_slice_text("hello"), ICM_OK, "hello");
    send(&p, AUTH_TLS_HANDSHAKE, icm_slice_of("\4\0\0\3a", 5), ICM_OK, "");
    send(&p, AUTH_TLS_DATA, icm_slice_text("in between"), ICM_DENIED, "");
    pair_reset(&p);
}

static void an_alert_may_not_stand_in_a_ticket(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, TLS13, false);
    send(&p, AUTH_TLS_HANDSHAKE, icm_slice_of("\4\0\0\3a", 5), ICM_OK, "");
    send(&p, AUTH_TLS_ALERT, icm_slice_of("\1\0", 2), ICM_DENIED, "");
    pair_reset(&p);
}

static void a_peer_that_says_nothing_is_heard_32_times(void **state)
{
    struct pair p;

    (void)state;
    pair_init(&p, TLS12, false);
    for (int i = 0; i < 32; i++)
        send(&p, AUTH_TLS_HANDSHAKE, icm_slice_of("\0\0\0\0", 4), ICM_OK, "");
    send(&p, AUTH_TLS_DATA, icm_slice_text("hello"), ICM_OK, "hello");
    for (int i = 0; i < 32; i++)
        send(&p, i % 2 ? AUTH_TLS_DATA : AUTH_TLS_HANDSHAKE, icm_slice_of("\0\0\0\0", i % 2 ? 0 : 4), ICM_OK, "");
    send(&p, AUTH_TLS_DATA, icm_slice_text(""), ICM_DENIED, "");
    pair_reset(&p);
}

/* ---- lengths ---- */

static void put_length(struct icm_buf *record, size_t size)
{
    record->data[3] = (uint8_t)(size >> 8);
    record->data[4] = (uint8_t)size;
}

/* A header that says more than a record may hold is refused as such, a whole one that says too little too. */
static void lengths_have_bounds(void **state)
{
    static const struct { uint16_t suite; size_t least, most; } bounds[] = {
        {TLS13, 16, 16384 + 1 + 16}, {TLS12, 8 + 16, 8 + 16384 + 16}};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(bounds); i++)
        for (int above = 0; above < 2; above++) {
            struct pair p;
            struct icm_buf record = {0}, out = {0};
            struct icm_error err = {0};
            size_t size = above ? bounds[i].most + 1 : bounds[i].least - 1;
            uint8_t *room = icm_buf_room(&record, 5 + size);

            pair_init(&p, bounds[i].suite, false);
            memset(room, 0, 5 + size);
            memcpy(room, "\x17\3\3", 3);
            record.size = 5 + size;
            put_length(&record, size);
            assert_int_equal(auth_tls_channel_open(p.ours, icm_buf_slice(&record), &out, &err), ICM_DENIED);
            assert_non_null(strstr(err.text, "no TLS record"));
            icm_buf_reset(&record);
            icm_buf_reset(&out);
            icm_error_reset(&err);
            pair_reset(&p);
        }
}

static void what_is_longest_fits(void **state)
{
    static const uint16_t suites[] = {TLS13, TLS12};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(suites); i++) {
        struct pair p;
        struct icm_buf longest = {0}, sealed = {0}, opened = {0};

        pair_init(&p, suites[i], true);
        for (size_t at = 0; at < AUTH_TLS_RECORD_CONTENT_MAX; at++)
            icm_buf_add_u8(&longest, (uint8_t)at);
        assert_int_equal(auth_tls_record_seal(p.peer, AUTH_TLS_DATA, icm_buf_slice(&longest), &sealed, NULL), ICM_OK);
        assert_int_equal(auth_tls_channel_open(p.ours, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
        assert_true(icm_slice_equal(icm_buf_slice(&longest), icm_buf_slice(&opened)));
        icm_buf_add_u8(&longest, 1);
        assert_int_equal(auth_tls_record_seal(p.peer, AUTH_TLS_DATA, icm_buf_slice(&longest), &sealed, NULL),
                         ICM_LIMIT);
        icm_buf_reset(&longest);
        icm_buf_reset(&sealed);
        icm_buf_reset(&opened);
        pair_reset(&p);
    }
}

static void cuts_of_a_record_do_not_open(void **state)
{
    (void)state;
    for (size_t size = 1; size < 5 + 5 + 1 + 16; size++) {
        struct pair p;
        struct icm_buf sealed = {0};

        pair_init(&p, TLS13, true);
        assert_int_equal(auth_tls_record_seal(p.peer, AUTH_TLS_DATA, icm_slice_text("hello"), &sealed, NULL), ICM_OK);
        expect(&p, icm_slice_of(sealed.data, size), ICM_DENIED, "");
        icm_buf_reset(&sealed);
        pair_reset(&p);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_record_means_what_its_type_says),
        cmocka_unit_test(a_ticket_may_come_in_pieces),
        cmocka_unit_test(an_alert_may_not_stand_in_a_ticket),
        cmocka_unit_test(a_peer_that_says_nothing_is_heard_32_times),
        cmocka_unit_test(lengths_have_bounds),
        cmocka_unit_test(what_is_longest_fits),
        cmocka_unit_test(cuts_of_a_record_do_not_open),
    };

    return cmocka_run_group_tests_name("TLS's records, RFC 8446 5", tests, NULL, NULL);
}
