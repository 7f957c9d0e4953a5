/* CredSSP's server: the client proves who it is and that it speaks with our key, and then hands its password over. */
#include "auth/credssp.h"

#include "base/digest.h"
#include "base/text.h"

#define SECTION "MS-CSSP 3.1.5"

enum { STATUS_LOGON_FAILURE = (int)0xC000006D };

static auth_credssp_stage listen, take_credentials;

/* Without a token there is nothing to answer: the challenge is CredSSP's bare name. */
static enum icm_code shake_hands(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out,
                                 struct icm_error *err)
{
    if (in.size == 0)
        return ICM_AGAIN;
    enum icm_code code = auth_tls_handshake(c->tls, &in, out, err);
    if (code != ICM_OK)
        return code;
    c->next = listen;
    return in.size > 0 ? listen(c, in, out, err) : ICM_AGAIN;
}

/* ---- the mechanism inside ---- */

/* A client that can hear it is told why. A failure to tell changes nothing. */
static enum icm_code refuse(struct auth_credssp *c, enum icm_code code, struct icm_buf *out)
{
    struct auth_ts_request m = {.error_code = (uint32_t)STATUS_LOGON_FAILURE};

    if (code == ICM_DENIED && auth_credssp_tells_errors(c->version))
        auth_credssp_send(c, &m, out, NULL);
    return code;
}

static enum icm_code keep_nonce(struct auth_credssp *c, struct icm_slice nonce, struct icm_error *err)
{
    if (nonce.size == 0)
        return ICM_OK;
    if (nonce.size != sizeof c->nonce)
        return icm_fail(err, ICM_SYNTAX, "MS-CSSP 2.2.1", "a nonce of %zu bytes, %d are needed", nonce.size,
                        AUTH_CREDSSP_NONCE_SIZE);
    memcpy(c->nonce, nonce.data, sizeof c->nonce);
    c->has_nonce = true;
    return ICM_OK;
}

static enum icm_code step_inner(struct auth_credssp *c, struct icm_slice token, struct icm_buf *out,
                                struct icm_error *err)
{
    if (token.size == 0 || c->inner_is_done)
        return ICM_OK;
    enum icm_code code = auth_inner_step(c->inner, token, out, err);
    c->inner_is_done = code == ICM_OK;
    return code == ICM_AGAIN ? ICM_OK : code;
}

/* the client's proof, and ours */
static enum icm_code prove(struct auth_credssp *c, struct icm_slice sealed, struct icm_buf *key, struct icm_error *err)
{
    enum icm_code code = auth_credssp_check_key(c, AUTH_CREDSSP_TO_SERVER, sealed, err);

    c->next = take_credentials;
    return code == ICM_OK ? auth_credssp_seal_key(c, AUTH_CREDSSP_TO_CLIENT, key, err) : code;
}

static enum icm_code listen(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf nego_token = {0}, key = {0};
    struct auth_ts_request m, answer = {0};
    enum icm_code code = auth_credssp_receive(c, in, &m, err);

    if (code != ICM_OK)
        return code;
    if (m.nego_token.size == 0 && m.pub_key_auth.size == 0)
        return icm_fail(err, ICM_SYNTAX, SECTION, "a TSRequest with neither negoTokens nor pubKeyAuth");
    code = keep_nonce(c, m.client_nonce, err);
    if (code == ICM_OK)
        code = step_inner(c, m.nego_token, &nego_token, err);
    if (code == ICM_OK && m.pub_key_auth.size > 0)
        code = prove(c, m.pub_key_auth, &key, err);
    if (code != ICM_OK)
        return refuse(c, code, out);
    answer.nego_token = icm_buf_slice(&nego_token);
    answer.pub_key_auth = icm_buf_slice(&key);
    code = auth_credssp_send(c, &answer, out, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* ---- credentials ---- */

/* Whose they are: of the very account that the inner mechanism has proved. */
static enum icm_code check_password(const struct auth_credssp *c, const struct auth_ts_password *m,
                                    struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf domain = {0}, user = {0}, password = {0};
    enum icm_code code = icm_utf8_from_utf16(&domain, m->domain, err);

    if (code == ICM_OK)
        code = icm_utf8_from_utf16(&user, m->user, err);
    if (code == ICM_OK)
        code = icm_utf8_from_utf16(&password, m->password, err);
    if (code != ICM_OK)
        return code;
    const struct auth_credential *found =
        auth_account_find(c->accepts, icm_buf_slice(&domain), icm_buf_slice(&user), AUTH_NAME_CLAIMS);
    if (found && c->inner->user && strcmp(found->user, c->inner->user) == 0 && found->password.size == password.size &&
        icm_same_bytes(found->password.data, password.data, password.size))
        return ICM_OK;
    return icm_fail(err, ICM_DENIED, SECTION,
                    "the credentials that were handed over are not those of the user who was proved");
}

static enum icm_code take_credentials(struct auth_credssp *c, struct icm_slice in, struct icm_buf *out,
                                      struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};
    struct auth_ts_request m;
    struct auth_ts_password password;

    (void)out;
    enum icm_code code = auth_credssp_receive(c, in, &m, err);
    if (code != ICM_OK)
        return code;
    if (m.auth_info.size == 0)
        return icm_fail(err, ICM_SYNTAX, SECTION, "a TSRequest without credentials, when it was time for them");
    code = auth_inner_unseal(c->inner, m.auth_info, &text, err);
    if (code == ICM_OK)
        code = auth_ts_password_read(icm_buf_slice(&text), &password, err);
    if (code == ICM_OK)
        code = check_password(c, &password, err);
    if (code != ICM_OK)
        return code;
    icm_set_text(&c->context.user, c->inner->user);
    return c->context.user ? auth_credssp_describe(c, err) : icm_nomem(err);
}

/* ---- life ---- */

/* The inner mechanism seals, always, and knows nothing of a TLS around CredSSP. */
static struct auth_acceptor_options inner_options(const struct auth_acceptor_options *o)
{
    struct auth_acceptor_options inner = *o;

    inner.needs_sealing = true;
    inner.channel_binding = icm_slice_of(NULL, 0);
    return inner;
}

enum icm_code auth_credssp_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                        struct icm_error *err)
{
    struct auth_credssp *c = NULL;
    enum icm_code code = auth_credssp_new(&c, shake_hands, err);

    if (code != ICM_OK)
        return code;
    c->accepts = o;
    c->inner_accepts = inner_options(o);
    code = auth_tls_server_new(&c->tls, o->certificate, o->key, err);
    if (code == ICM_OK)
        code = auth_negotiate_acceptor_new(&c->inner, &c->inner_accepts, err);
    if (code != ICM_OK) {
        auth_credssp_free(c);
        return code;
    }
    *out = &c->context;
    return ICM_OK;
}
