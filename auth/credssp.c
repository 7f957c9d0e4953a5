/* CredSSP: TLS in tokens, in it another mechanism, and by that a proof that the TLS is with whom it proves.
 * MS-CSSP 3.1.5. */
#include "auth/credssp.h"

#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>

#define SECTION "MS-CSSP 3.1.5"

/* ---- life ---- */

static enum icm_code step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    return auth_credssp_of(c)->next(auth_credssp_of(c), in, out, err);
}

static enum icm_code wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                          struct auth_sealed *sealed, struct icm_error *err)
{
    if (message.size > AUTH_TLS_MESSAGE_MAX)
        return icm_fail(err, ICM_LIMIT, "MS-WSMV 2.2.9.1.3", "a piece of %zu bytes, at most %d", message.size,
                        AUTH_TLS_MESSAGE_MAX);
    return auth_tls_encrypt(auth_credssp_of(c)->tls, message, out, &sealed->header_size, err);
}

/* What the length field says of the trailer is of no use to us: TLS finds and checks its own. MS-WSMV 2.2.9.1.1 */
static enum icm_code unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes, struct icm_buf *out,
                            struct icm_error *err)
{
    (void)header_size;
    return auth_tls_decrypt(auth_credssp_of(c)->tls, bytes, out, err);
}

static void free_context(struct auth_context *c)
{
    auth_credssp_free(auth_credssp_of(c));
}

static const struct auth_ops ops = {.step = step, .wrap = wrap, .unwrap = unwrap, .free = free_context};

enum icm_code auth_credssp_new(struct auth_credssp **out, auth_credssp_stage *first, struct icm_error *err)
{
    struct auth_credssp *c = calloc(1, sizeof *c);

    if (!c)
        return icm_nomem(err);
    c->context.ops = &ops;
    c->next = first;
    *out = c;
    return ICM_OK;
}

void auth_credssp_free(struct auth_credssp *c)
{
    auth_tls_free(c->tls);
    auth_context_free(c->inner);
    icm_buf_reset(&c->received);
    explicit_bzero(c, sizeof *c);
    free(c);
}

/* ---- TSRequests ---- */

static const char *peer_of(const struct auth_credssp *c)
{
    return c->initiates ? "server" : "client";
}

/* The lower of both versions is spoken. One that binds no nonce to the key lets somebody in between use the peer for
 * himself. */
static enum icm_code agree(struct auth_credssp *c, uint32_t peer_version, struct icm_error *err)
{
    bool allows_old = c->initiates ? c->initiates->allows_old_credssp : c->accepts->allows_old_credssp;

    if (c->version > 0)
        return peer_version == c->peer_version
                   ? ICM_OK
                   : icm_fail(err, ICM_DENIED, SECTION, "the %s changes its version of CredSSP from %u to %u",
                              peer_of(c), c->peer_version, peer_version);
    if (peer_version < AUTH_CREDSSP_VERSION_MIN)
        return icm_fail(err, ICM_DENIED, "MS-CSSP 2.2.1", "the %s speaks version %u of CredSSP, at least %d",
                        peer_of(c), peer_version, AUTH_CREDSSP_VERSION_MIN);
    if (peer_version < AUTH_CREDSSP_VERSION_NONCE && !allows_old)
        return auth_remedy(
            err,
            icm_fail(err, ICM_DENIED, SECTION,
                     "the %s speaks version %u of CredSSP, at least %d: older ones can be relayed (CVE-2018-0886)",
                     peer_of(c), peer_version, AUTH_CREDSSP_VERSION_NONCE),
            "install the update of 2018 for CredSSP on it, or allow old versions expressly");
    c->peer_version = peer_version;
    c->version = peer_version < AUTH_CREDSSP_VERSION ? peer_version : AUTH_CREDSSP_VERSION;
    return ICM_OK;
}

enum icm_code auth_credssp_receive(struct auth_credssp *c, struct icm_slice in, struct auth_ts_request *out,
                                   struct icm_error *err)
{
    struct auth_ts_request m;

    icm_buf_clear(&c->received);
    enum icm_code code = auth_tls_decrypt(c->tls, in, &c->received, err);
    if (code != ICM_OK)
        return code;
    if (!out)
        return c->received.size == 0
                   ? ICM_OK
                   : icm_fail(err, ICM_STATE, SECTION, "the %s speaks before it is its turn", peer_of(c));
    if (c->received.size == 0)
        return auth_remedy(err, icm_fail(err, ICM_DENIED, SECTION, "the %s ends CredSSP without a word", peer_of(c)),
                           "check the user (DOMAIN\\name or name); why it was refused is in the other side's log");
    code = auth_ts_request_read(icm_buf_slice(&c->received), &m, err);
    if (code == ICM_OK)
        code = agree(c, m.version, err);
    if (code == ICM_OK)
        *out = m;
    return code;
}

enum icm_code auth_credssp_send(struct auth_credssp *c, struct auth_ts_request *m, struct icm_buf *out,
                                struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    m->version = AUTH_CREDSSP_VERSION;
    auth_ts_request_write(&text, m);
    return text.failed ? icm_nomem(err) : auth_tls_encrypt(c->tls, icm_buf_slice(&text), out, NULL, err);
}

/* ---- the server's key ---- */

/* From version 5: a hash of the key and the client's nonce. The terminating zero belongs to the text. */
static enum icm_code hash_key(const struct auth_credssp *c, enum auth_credssp_direction direction, struct icm_slice key,
                              struct icm_buf *out, struct icm_error *err)
{
    static const char to_server[] = "CredSSP Client-To-Server Binding Hash",
                      to_client[] = "CredSSP Server-To-Client Binding Hash";
    uint8_t hash[ICM_SHA256_SIZE];

    if (!c->has_nonce)
        return icm_fail(err, ICM_DENIED, SECTION, "the client gives no nonce of %d bytes", AUTH_CREDSSP_NONCE_SIZE);
    const struct icm_slice pieces[] = {direction == AUTH_CREDSSP_TO_SERVER ? icm_slice_of(to_server, sizeof to_server)
                                                                           : icm_slice_of(to_client, sizeof to_client),
                                       icm_slice_of(c->nonce, sizeof c->nonce), key};
    enum icm_code code = icm_digest(ICM_SHA256, pieces, ICM_COUNT(pieces), hash, err);
    if (code == ICM_OK)
        icm_buf_add(out, icm_slice_of(hash, sizeof hash));
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

/* Before: the key itself, and in return the key with one added to its first byte. */
static enum icm_code old_key(enum auth_credssp_direction direction, struct icm_slice key, struct icm_buf *out,
                             struct icm_error *err)
{
    size_t at = out->size;

    icm_buf_add(out, key);
    if (out->failed)
        return icm_nomem(err);
    if (direction == AUTH_CREDSSP_TO_CLIENT && key.size > 0)
        out->data[at]++;
    return ICM_OK;
}

enum icm_code auth_credssp_bind_key(const struct auth_credssp *c, enum auth_credssp_direction direction,
                                    struct icm_slice key, struct icm_buf *out, struct icm_error *err)
{
    return c->version < AUTH_CREDSSP_VERSION_NONCE ? old_key(direction, key, out, err)
                                                   : hash_key(c, direction, key, out, err);
}

static enum icm_code bind_key(const struct auth_credssp *c, enum auth_credssp_direction direction, struct icm_buf *out,
                              struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf key = {0};
    enum icm_code code = auth_tls_public_key(c->tls, &key, err);

    return code == ICM_OK ? auth_credssp_bind_key(c, direction, icm_buf_slice(&key), out, err) : code;
}

enum icm_code auth_credssp_seal_key(struct auth_credssp *c, enum auth_credssp_direction direction, struct icm_buf *out,
                                    struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bound = {0};
    enum icm_code code = bind_key(c, direction, &bound, err);

    return code == ICM_OK ? auth_inner_seal(c->inner, icm_buf_slice(&bound), out, err) : code;
}

enum icm_code auth_credssp_check_key(struct auth_credssp *c, enum auth_credssp_direction direction,
                                     struct icm_slice sealed, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bound = {0}, opened = {0};

    if (sealed.size == 0 || !c->inner_is_done)
        return icm_fail(err, ICM_DENIED, SECTION, "the %s does not prove whose key its TLS has", peer_of(c));
    enum icm_code code = bind_key(c, direction, &bound, err);
    if (code == ICM_OK)
        code = auth_inner_unseal(c->inner, sealed, &opened, err);
    if (code != ICM_OK)
        return code;
    if (opened.size == bound.size && icm_same_bytes(opened.data, bound.data, bound.size))
        return ICM_OK;
    return auth_remedy(err,
                       icm_fail(err, ICM_DENIED, SECTION,
                                "the %s proves another key than this TLS connection's: somebody is in between",
                                peer_of(c)),
                       "trust no connection to it until you know who that is");
}

/* ---- for logs ---- */

enum icm_code auth_credssp_describe(struct auth_credssp *c, struct icm_error *err)
{
    char text[200];

    snprintf(text, sizeof text, "CredSSP (%s inside), version %u, %s", auth_describe(c->inner), c->version,
             auth_tls_version(c->tls));
    icm_set_text(&c->context.description, text);
    return c->context.description ? ICM_OK : icm_nomem(err);
}
