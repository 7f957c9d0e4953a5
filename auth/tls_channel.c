#include "auth/tls_channel.h"

#include "auth/tls_record.h"

#include <stdlib.h>

struct direction {
    struct auth_tls_record *record;
    uint8_t secret[ICM_DIGEST_MAX]; /* TLS 1.3: which the next keys come of */
};

struct auth_tls_channel {
    const struct auth_tls_suite *suite;
    bool is_server;
    struct direction own, peer;
    struct icm_buf handshake; /* what has come of a message of TLS's own that is not whole yet */
    bool owes_update;         /* the peer asks for new keys of ours: in front of our next message */
    bool has_failed;
    unsigned silent; /* records of the peer's since its last message */
};

/* Each costs us more than it costs the peer, new keys above all. */
enum { SILENT_MAX = 32 };

enum { MESSAGE_HEADER = 4, KEY_UPDATE = 24 /* RFC 8446 4.6.3 */ };

/* ---- life ---- */

static void direction_reset(struct direction *d)
{
    auth_tls_record_free(d->record);
    explicit_bzero(d, sizeof *d);
}

void auth_tls_channel_free(struct auth_tls_channel *c)
{
    if (!c)
        return;
    direction_reset(&c->own);
    direction_reset(&c->peer);
    icm_buf_reset(&c->handshake);
    free(c);
}

static enum icm_code derive(const struct auth_tls_agreed *a, struct auth_tls_key *client, struct auth_tls_key *server,
                            struct icm_error *err)
{
    if (!a->suite->is_tls13)
        return auth_tls_keys_of_master(a->suite, a->master, a->client_random, a->server_random, client, server, err);
    enum icm_code code = auth_tls_key_of_secret(a->suite, a->client_secret, client, err);
    return code == ICM_OK ? auth_tls_key_of_secret(a->suite, a->server_secret, server, err) : code;
}

static enum icm_code start(struct auth_tls_channel *c, const struct auth_tls_agreed *a, struct icm_error *err)
{
    struct auth_tls_key client, server;
    enum icm_code code = derive(a, &client, &server, err);

    memcpy(c->own.secret, a->is_server ? a->server_secret : a->client_secret, sizeof c->own.secret);
    memcpy(c->peer.secret, a->is_server ? a->client_secret : a->server_secret, sizeof c->peer.secret);
    if (code == ICM_OK)
        code = auth_tls_record_new(&c->own.record, a->suite, a->is_server ? &server : &client, true, a->sent, err);
    if (code == ICM_OK)
        code =
            auth_tls_record_new(&c->peer.record, a->suite, a->is_server ? &client : &server, false, a->received, err);
    explicit_bzero(&client, sizeof client);
    explicit_bzero(&server, sizeof server);
    return code;
}

enum icm_code auth_tls_channel_new(struct auth_tls_channel **out, const struct auth_tls_agreed *agreed,
                                   struct icm_error *err)
{
    struct auth_tls_channel *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    c->suite = agreed->suite;
    c->is_server = agreed->is_server;
    enum icm_code code = start(c, agreed, err);
    if (code == ICM_OK)
        *out = c;
    else
        auth_tls_channel_free(c);
    return code;
}

static enum icm_code check_alive(const struct auth_tls_channel *c, struct icm_error *err)
{
    return c->has_failed
               ? icm_fail(err, ICM_STATE, "RFC 8446 6.2", "this TLS connection has failed, and is of no more use")
               : ICM_OK;
}

static enum icm_code end(struct auth_tls_channel *c, struct icm_buf *out, size_t before, enum icm_code code)
{
    if (code != ICM_OK) {
        out->size = before;
        c->has_failed = true;
    }
    return code;
}

/* ---- new keys ---- */

static enum icm_code go_on(struct auth_tls_channel *c, struct direction *d, struct icm_error *err)
{
    struct auth_tls_key key;
    enum icm_code code = auth_tls_secret_update(c->suite, d->secret, err);

    if (code == ICM_OK)
        code = auth_tls_key_of_secret(c->suite, d->secret, &key, err);
    if (code == ICM_OK)
        code = auth_tls_record_rekey(d->record, &key, err);
    explicit_bzero(&key, sizeof key);
    return code;
}

/* However often the peer has asked meanwhile. RFC 8446 4.6.3 */
static enum icm_code update_own(struct auth_tls_channel *c, struct icm_buf *out, struct icm_error *err)
{
    static const uint8_t message[] = {KEY_UPDATE, 0, 0, 1, 0 /* update_not_requested */};

    if (!c->owes_update)
        return ICM_OK;
    c->owes_update = false;
    enum icm_code code =
        auth_tls_record_seal(c->own.record, AUTH_TLS_HANDSHAKE, icm_slice_of(message, sizeof message), out, err);
    return code == ICM_OK ? go_on(c, &c->own, err) : code;
}

/* ---- sealing ---- */

enum icm_code auth_tls_channel_seal(struct auth_tls_channel *c, struct icm_slice message, struct icm_buf *out,
                                    uint32_t *trailer_size, struct icm_error *err)
{
    size_t before = out->size;
    enum icm_code code = check_alive(c, err);

    if (code == ICM_OK)
        code = update_own(c, out, err);
    while (code == ICM_OK && message.size > 0) {
        size_t size = message.size < AUTH_TLS_RECORD_CONTENT_MAX ? message.size : AUTH_TLS_RECORD_CONTENT_MAX;

        code = auth_tls_record_seal(c->own.record, AUTH_TLS_DATA, icm_slice_of(message.data, size), out, err);
        message = icm_slice_from(message, size);
    }
    if (code == ICM_OK && trailer_size)
        *trailer_size = auth_tls_record_trailer(c->own.record);
    return end(c, out, before, code);
}

/* ---- what TLS itself says ---- */

typedef enum icm_code hear(struct auth_tls_channel *c, struct icm_slice body, bool is_last, struct icm_error *err);

/* No session is ever resumed, and none negotiated anew. */
static enum icm_code ignore(struct auth_tls_channel *c, struct icm_slice body, bool is_last, struct icm_error *err)
{
    (void)c, (void)body, (void)is_last, (void)err;
    return ICM_OK;
}

/* What comes behind it in its record would have to be under both keys. RFC 8446 5.1 */
static enum icm_code hear_update(struct auth_tls_channel *c, struct icm_slice body, bool is_last, struct icm_error *err)
{
    if (body.size != 1 || body.data[0] > 1 || !is_last)
        return icm_fail(err, ICM_DENIED, "RFC 8446 4.6.3", "a TLS KeyUpdate that is none");
    c->owes_update |= body.data[0] == 1;
    return go_on(c, &c->peer, err);
}

static const struct {
    uint8_t type;
    bool is_tls13, may_client, may_server; /* in which version, and who may say it */
    hear *hear;
} messages[] = {
    /* type       1.3    client server what it does */
    {0,          false, false, true,  ignore},      /* HelloRequest; RFC 5246 7.4.1.1 */
    {4,          true,  false, true,  ignore},      /* NewSessionTicket; RFC 8446 4.6.1 */
    {KEY_UPDATE, true,  true,  true,  hear_update}, /* RFC 8446 4.6.3 */
};

enum { MESSAGE_MAX = 131338 /* a NewSessionTicket, each of its vectors full; RFC 8446 4.6.1 */ };

static enum icm_code hear_message(struct auth_tls_channel *c, uint8_t type, struct icm_slice body, bool is_last,
                                  struct icm_error *err)
{
    for (size_t i = 0; i < ICM_COUNT(messages); i++)
        if (messages[i].type == type && messages[i].is_tls13 == c->suite->is_tls13 &&
            (c->is_server ? messages[i].may_client : messages[i].may_server))
            return messages[i].hear(c, body, is_last, err);
    return icm_fail(err, ICM_DENIED, "RFC 8446 4.6",
                    "the peer sends the TLS handshake's message %u behind the handshake", type);
}

/* Several may share a record, and one may need several. */
static enum icm_code hear_handshake(struct auth_tls_channel *c, struct icm_slice content, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (content.size == 0)
        return icm_fail(err, ICM_DENIED, "RFC 8446 5.1", "a TLS handshake record that is empty");
    icm_buf_add(&c->handshake, content);
    if (c->handshake.failed)
        return icm_nomem(err);
    struct icm_slice rest = icm_buf_slice(&c->handshake);
    while (code == ICM_OK && rest.size >= MESSAGE_HEADER) {
        const uint8_t *at = rest.data;
        size_t size = (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];

        if (size > MESSAGE_MAX)
            return icm_fail(err, ICM_DENIED, "RFC 8446 4.6.1", "a TLS handshake message of %zu bytes, at most %d", size,
                            MESSAGE_MAX);
        if (rest.size - MESSAGE_HEADER < size)
            break;
        rest = icm_slice_from(rest, MESSAGE_HEADER + size);
        code = hear_message(c, at[0], icm_slice_of(at + MESSAGE_HEADER, size), rest.size == 0, err);
    }
    icm_buf_drop(&c->handshake, c->handshake.size - rest.size);
    return code;
}

/* Each ends the connection: those that would not are none that a peer of CredSSP has. */
static enum icm_code hear_alert(struct icm_slice content, struct icm_error *err)
{
    enum { CLOSE_NOTIFY = 0 };

    if (content.size != 2)
        return icm_fail(err, ICM_DENIED, "RFC 8446 6", "a TLS alert of %zu bytes, not 2", content.size);
    if (content.data[1] == CLOSE_NOTIFY)
        return icm_fail(err, ICM_DENIED, "RFC 8446 6.1", "the peer has closed TLS inside of CredSSP");
    return icm_fail(err, ICM_DENIED, "RFC 8446 6.2", "the peer ends TLS inside of CredSSP with alert %u",
                    content.data[1]);
}

/* ---- opening ---- */

/* what is no message: @content borrows from where messages go */
static enum icm_code hear_record(struct auth_tls_channel *c, uint8_t type, struct icm_slice content,
                                 struct icm_error *err)
{
    if (++c->silent > SILENT_MAX)
        return icm_fail(err, ICM_DENIED, "RFC 8446 5.1", "more than %d TLS records in a row that hold no message",
                        SILENT_MAX);
    if (type == AUTH_TLS_DATA && c->handshake.size == 0)
        return ICM_OK;
    if (type == AUTH_TLS_HANDSHAKE)
        return hear_handshake(c, content, err);
    if (type == AUTH_TLS_ALERT)
        return hear_alert(content, err);
    return icm_fail(err, ICM_DENIED, "RFC 8446 5.1", "a TLS record of type %u has no place here", type);
}

static enum icm_code open_record(struct auth_tls_channel *c, struct icm_slice *records, struct icm_buf *out,
                                 struct icm_error *err)
{
    size_t before = out->size;
    uint8_t type;
    enum icm_code code = auth_tls_record_open(c->peer.record, records, out, &type, err);

    if (code != ICM_OK)
        return code;
    if (type == AUTH_TLS_DATA && c->handshake.size == 0 && out->size > before) {
        c->silent = 0;
        return ICM_OK;
    }
    struct icm_slice content = icm_slice_from(icm_buf_slice(out), before);
    out->size = before;
    return hear_record(c, type, content, err);
}

enum icm_code auth_tls_channel_open(struct auth_tls_channel *c, struct icm_slice records, struct icm_buf *out,
                                    struct icm_error *err)
{
    size_t before = out->size;
    enum icm_code code = check_alive(c, err);

    if (code == ICM_OK && !icm_buf_room(out, records.size)) /* once for all of them */
        code = icm_nomem(err);
    while (code == ICM_OK && records.size > 0)
        code = open_record(c, &records, out, err);
    return end(c, out, before, code);
}
