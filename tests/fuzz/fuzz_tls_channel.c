/* The first byte chooses suite and role; then come records, each begun by a byte that says how it is made. Laws: a
 * message that the peer sealed opens as it was, whatever TLS said between two; bytes that it did not seal, or that were
 * changed on the way, are refused; what is refused leaves nothing, and nothing works behind it; and what we seal, the
 * peer opens. RFC 8446 5, RFC 5246 6.2. */
#include "auth/tls_channel.h"
#include "auth/tls_record.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

struct run {
    struct auth_tls_agreed agreed;
    struct auth_tls_channel *ours, *theirs; /* theirs opens what ours sealed */
    struct auth_tls_record *peer;           /* and this seals anything */
    uint8_t peer_secret[ICM_DIGEST_MAX];
    bool is_sure; /* the peer's keys are the ones that we expect */
};

static struct auth_tls_key peer_key(const struct auth_tls_agreed *a)
{
    struct auth_tls_key client, server;

    if (a->suite->is_tls13) {
        must(auth_tls_key_of_secret(a->suite, a->client_secret, &client, NULL) == ICM_OK);
        must(auth_tls_key_of_secret(a->suite, a->server_secret, &server, NULL) == ICM_OK);
    } else {
        must(auth_tls_keys_of_master(a->suite, a->master, a->client_random, a->server_random, &client, &server, NULL) ==
             ICM_OK);
    }
    return a->is_server ? client : server;
}

static void run_init(struct run *r, uint8_t choice)
{
    size_t rows = 0;

    while (auth_tls_suite_at(rows))
        rows++;
    *r = (struct run){.agreed = {.suite = auth_tls_suite_at((choice >> 1) % rows),
                                 .is_server = choice % 2 != 0,
                                 .client_secret = {1},
                                 .server_secret = {2},
                                 .master = {3}},
                      .is_sure = true};
    struct auth_tls_agreed other = r->agreed;
    other.is_server = !other.is_server;
    memcpy(r->peer_secret, r->agreed.is_server ? other.client_secret : other.server_secret, sizeof r->peer_secret);
    struct auth_tls_key key = peer_key(&r->agreed);
    must(auth_tls_channel_new(&r->ours, &r->agreed, NULL) == ICM_OK);
    must(auth_tls_channel_new(&r->theirs, &other, NULL) == ICM_OK);
    must(auth_tls_record_new(&r->peer, r->agreed.suite, &key, true, 0, NULL) == ICM_OK);
}

static void run_reset(struct run *r)
{
    auth_tls_channel_free(r->ours);
    auth_tls_channel_free(r->theirs);
    auth_tls_record_free(r->peer);
}

/* whether it goes on; what came is in @out */
static bool take(struct run *r, struct icm_slice records, struct icm_buf *out)
{
    struct icm_error err = {0};
    struct icm_buf none = {0};
    enum icm_code code = auth_tls_channel_open(r->ours, records, out, &err);

    must(code == ICM_OK || (code == ICM_DENIED && err.code == code && *err.text && out->size == 0));
    if (code != ICM_OK) {
        must(auth_tls_channel_open(r->ours, records, &none, NULL) == ICM_STATE);
        must(auth_tls_channel_seal(r->ours, icm_slice_text("x"), &none, NULL, NULL) == ICM_STATE && none.size == 0);
    }
    icm_error_reset(&err);
    icm_buf_reset(&none);
    return code == ICM_OK;
}

static void answer(struct run *r)
{
    struct icm_buf sealed = {0}, opened = {0};
    uint32_t trailer;

    must(auth_tls_channel_seal(r->ours, icm_slice_text("answer"), &sealed, &trailer, NULL) == ICM_OK);
    must(trailer == (r->agreed.suite->is_tls13 ? 17 : 16));
    must(auth_tls_channel_open(r->theirs, icm_buf_slice(&sealed), &opened, NULL) == ICM_OK);
    must(icm_slice_is(icm_buf_slice(&opened), "answer"));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

/* What is no message may have been a KeyUpdate (behind padding too), after which the peer had to change its keys; or
 * the beginning of a message of TLS's own that goes on. */
static bool send(struct run *r, uint8_t type, struct icm_slice content)
{
    struct icm_buf sealed = {0}, out = {0};

    must(auth_tls_record_seal(r->peer, type, content, &sealed, NULL) == ICM_OK);
    bool goes_on = take(r, icm_buf_slice(&sealed), &out);
    if (type == AUTH_TLS_DATA && content.size > 0 && r->is_sure)
        must(goes_on && icm_slice_equal(icm_buf_slice(&out), content));
    if (type != AUTH_TLS_DATA && type != 0)
        must(out.size == 0);
    r->is_sure = r->is_sure && type == AUTH_TLS_DATA;
    icm_buf_reset(&sealed);
    icm_buf_reset(&out);
    return goes_on;
}

static bool send_changed(struct run *r, struct icm_slice content)
{
    struct icm_buf sealed = {0}, out = {0};

    must(auth_tls_record_seal(r->peer, AUTH_TLS_DATA, content, &sealed, NULL) == ICM_OK);
    size_t bit = content.size > 1 ? (size_t)(content.data[0] << 8 | content.data[1]) : content.size;
    sealed.data[bit / 8 % sealed.size] ^= (uint8_t)(1 << bit % 8);
    must(!take(r, icm_buf_slice(&sealed), &out));
    icm_buf_reset(&sealed);
    icm_buf_reset(&out);
    return false;
}

static bool send_raw(struct run *r, struct icm_slice bytes)
{
    struct icm_buf out = {0};
    bool goes_on = take(r, bytes, &out);

    must(goes_on == (bytes.size == 0));
    icm_buf_reset(&out);
    return goes_on;
}

/* as it should be done */
static bool update_keys(struct run *r, struct icm_slice content)
{
    const uint8_t message[] = {24, 0, 0, 1, content.size % 2};
    struct icm_buf sealed = {0}, out = {0};
    struct auth_tls_key key = {0};

    must(auth_tls_record_seal(r->peer, AUTH_TLS_HANDSHAKE, icm_slice_of(message, sizeof message), &sealed, NULL) ==
         ICM_OK);
    bool goes_on = take(r, icm_buf_slice(&sealed), &out);
    must(out.size == 0 && (!goes_on || r->agreed.suite->is_tls13 || !r->is_sure));
    must(auth_tls_secret_update(r->agreed.suite, r->peer_secret, NULL) == ICM_OK);
    must(auth_tls_key_of_secret(r->agreed.suite, r->peer_secret, &key, NULL) == ICM_OK);
    must(auth_tls_record_rekey(r->peer, &key, NULL) == ICM_OK);
    icm_buf_reset(&sealed);
    icm_buf_reset(&out);
    return goes_on;
}

static bool make(struct run *r, uint8_t how, struct icm_slice content)
{
    switch (how) {
    case 'x':
        return send_changed(r, content);
    case 'r':
        return send_raw(r, content);
    case 'u':
        return update_keys(r, content);
    default:
        return send(r, how, content);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_reader script = icm_reader_on(icm_slice_of(data, size));
    struct run r;
    bool goes_on = true;

    run_init(&r, icm_read_u8(&script));
    while (goes_on && !script.missing && script.rest.size > 0) {
        uint8_t how = icm_read_u8(&script);
        struct icm_slice content = icm_read_slice(&script, icm_read_le16(&script) % (AUTH_TLS_RECORD_CONTENT_MAX + 1));

        goes_on = !script.missing && make(&r, how, content);
        if (goes_on)
            answer(&r);
    }
    run_reset(&r);
    return 0;
}
