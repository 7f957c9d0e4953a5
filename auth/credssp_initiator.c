/* CredSSP's client: our password goes to the server, and not before it has proved that the TLS in the tokens ends at
 * its key. */
#include "auth/credssp.h"

#include "base/random.h"
#include "base/text.h"

#define SECTION "MS-CSSP 3.1.5"

static auth_credssp_stage begin, listen, conclude;

/* ---- TLS ---- */

/* With TLS 1.3 our last message is a token of its own: a server may not look for a TSRequest behind it. */
static enum icm_code shake_hands(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out,
                                 struct icm_error *err)
{
    size_t before = out->size;
    enum icm_code code = auth_tls_handshake(c->tls, &in, out, err);

    if (code != ICM_OK)
        return code;
    c->next = begin;
    if (out->size == before)
        return begin(c, in, out, err);
    code = auth_credssp_receive(c, in, NULL, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* ---- the mechanism inside ---- */

static enum icm_code draw_nonce(struct auth_credssp *c, struct auth_ts_request *m, struct icm_error *err)
{
    if (c->version < AUTH_CREDSSP_VERSION_NONCE)
        return ICM_OK;
    enum icm_code code = icm_random(c->nonce, sizeof c->nonce, err);
    c->has_nonce = code == ICM_OK;
    m->client_nonce = icm_slice_of(c->nonce, sizeof c->nonce);
    return code;
}

/* Its next token; and as soon as it can seal and the versions are known, the proof of the key with it. */
static enum icm_code speak(struct auth_credssp *c, struct icm_slice token, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf nego_token = {0}, key = {0};
    struct auth_ts_request m = {0};
    enum icm_code code = c->inner_is_done ? ICM_OK : auth_inner_step(c->inner, token, &nego_token, err);

    if (code != ICM_OK && code != ICM_AGAIN)
        return code;
    c->inner_is_done = code == ICM_OK;
    c->next = listen;
    m.nego_token = icm_buf_slice(&nego_token);
    if ((c->inner_is_done || c->inner->can_seal) && c->version > 0) {
        c->next = conclude;
        code = draw_nonce(c, &m, err);
        if (code == ICM_OK)
            code = auth_credssp_seal_key(c, AUTH_CREDSSP_TO_SERVER, &key, err);
        if (code != ICM_OK)
            return code;
        m.pub_key_auth = icm_buf_slice(&key);
    }
    code = auth_credssp_send(c, &m, out, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* what the handshake's last flight left over: a ticket, or nothing */
static enum icm_code begin(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    enum icm_code code = auth_credssp_receive(c, in, NULL, err);

    return code == ICM_OK ? speak(c, icm_slice_of(NULL, 0), out, err) : code;
}

static enum icm_code receive(struct auth_credssp *c, struct icm_slice in, struct auth_ts_request *m,
                             struct icm_error *err)
{
    enum icm_code code = auth_credssp_receive(c, in, m, err);

    return code == ICM_OK ? auth_credssp_fail_by(m->error_code, err) : code;
}

static enum icm_code listen(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_ts_request m;
    enum icm_code code = receive(c, in, &m, err);

    if (code != ICM_OK)
        return code;
    if (m.nego_token.size == 0 && !c->inner_is_done)
        return icm_fail(err, ICM_DENIED, SECTION, "the server breaks off: its TSRequest has no negoTokens");
    return speak(c, m.nego_token, out, err);
}

/* ---- credentials ---- */

/* "DOMAIN\name" has a domain; "name@realm" goes as it is, with none; ".\name" is the server's own account. */
static enum icm_code split_user(struct icm_slice user, struct icm_buf *domain, struct icm_buf *name,
                                struct icm_error *err)
{
    const uint8_t *slash = memchr(user.data, '\\', user.size);
    struct icm_slice before = icm_slice_of(user.data, slash ? (size_t)(slash - user.data) : 0);

    if (icm_slice_is(before, "."))
        before.size = 0;
    enum icm_code code = icm_utf16_from_utf8(domain, before, err);
    return code == ICM_OK
               ? icm_utf16_from_utf8(name, slash ? icm_slice_from(user, (size_t)(slash + 1 - user.data)) : user, err)
               : code;
}

static enum icm_code send_credentials(struct auth_credssp *c, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf domain = {0}, user = {0}, password = {0}, text = {0}, sealed = {0};
    const struct auth_credential *credential = c->initiates->credential;

    enum icm_code code = split_user(icm_slice_text(credential->user), &domain, &user, err);
    if (code == ICM_OK)
        code = icm_utf16_from_utf8(&password, icm_buf_slice(&credential->password), err);
    if (code != ICM_OK)
        return code;
    auth_ts_password_write(
        &text, &(struct auth_ts_password){icm_buf_slice(&domain), icm_buf_slice(&user), icm_buf_slice(&password)});
    code = icm_buf_check(&text, err);
    if (code == ICM_OK)
        code = auth_inner_seal(c->inner, icm_buf_slice(&text), &sealed, err);
    if (code != ICM_OK)
        return code;
    return auth_credssp_send(c, &(struct auth_ts_request){.auth_info = icm_buf_slice(&sealed)}, out, err);
}

/* The inner mechanism's last word, where it waits for one: SPNEGO's mechListMIC. */
static enum icm_code take_last_word(struct auth_credssp *c, struct icm_slice token, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf none = {0};

    if (c->inner_is_done)
        return ICM_OK;
    if (token.size == 0)
        return icm_fail(err, ICM_DENIED, SECTION, "the server leaves out the last word of %s", auth_describe(c->inner));
    enum icm_code code = auth_inner_step(c->inner, token, &none, err);
    if (code == ICM_AGAIN || none.size > 0)
        return icm_fail(err, ICM_DENIED, SECTION, "the server goes on with %s when it is time to prove its key",
                        auth_describe(c->inner));
    c->inner_is_done = code == ICM_OK;
    return code;
}

static enum icm_code conclude(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_ts_request m;
    enum icm_code code = receive(c, in, &m, err);

    if (code == ICM_OK)
        code = take_last_word(c, m.nego_token, err);
    if (code == ICM_OK)
        code = auth_credssp_check_key(c, AUTH_CREDSSP_TO_CLIENT, m.pub_key_auth, err);
    if (code == ICM_OK)
        code = send_credentials(c, out, err);
    return code == ICM_OK ? auth_credssp_describe(c, err) : code;
}

/* ---- life ---- */

static enum icm_code check_credential(const struct auth_initiator_options *o, struct icm_error *err)
{
    if (o->credential && icm_slice_text(o->credential->user).size > 0)
        return ICM_OK;
    return auth_remedy(
        err, icm_fail(err, ICM_USAGE, SECTION, "CredSSP hands a password over: it needs a user name and a password"),
        "give -Credential NAME");
}

/* The inner mechanism seals, always, and is bound to the TLS inside of CredSSP, not to the one around it; what CredSSP
 * hands over need not be delegated twice. */
static struct auth_initiator_options inner_options(const struct auth_initiator_options *o)
{
    struct auth_initiator_options inner = *o;

    inner.needs_sealing = true;
    inner.delegates = false;
    inner.channel_binding = icm_slice_of(NULL, 0);
    return inner;
}

enum icm_code auth_credssp_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                         struct icm_error *err)
{
    struct auth_credssp *c = NULL;
    enum icm_code code = check_credential(o, err);

    if (code == ICM_OK)
        code = auth_credssp_new(&c, shake_hands, err);
    if (code != ICM_OK)
        return code;
    c->initiates = o;
    c->inner_initiates = inner_options(o);
    code = auth_tls_client_new(&c->tls, err);
    if (code == ICM_OK)
        code = auth_negotiate_initiator_new(&c->inner, &c->inner_initiates, err);
    if (code != ICM_OK) {
        auth_credssp_free(c);
        return code;
    }
    *out = &c->context;
    return ICM_OK;
}
