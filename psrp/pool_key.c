/* The session key, the client's side: asked for when it is needed, by us or by the server. MS-PSRP 2.2.2.3
 * to 2.2.2.5, 3.1.1.1.3. */
#include "psrp/pool_private.h"

#include "psrp/payload.h"

bool psrp_pool_can_seal(const struct psrp_pool *p)
{
    return p->minor >= PSRP_CLEAR_MINOR || psrp_secret_has_session_key(p->secret);
}

/* NULL: 2.4, whose SecureStrings are clear inside a transport that hides them */
static const struct psrp_secret *key_of(const struct psrp_pool *p)
{
    return p->minor >= PSRP_CLEAR_MINOR ? NULL : p->secret;
}

enum icm_code psrp_pool_seal(const struct psrp_pool *p, struct icm_slice text, struct icm_buf *out,
                             struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf sealed = {0};
    enum icm_code code = psrp_secret_seal(key_of(p), text, &sealed, err);

    if (code != ICM_OK)
        return code;
    icm_base64_write(out, icm_buf_slice(&sealed));
    return icm_buf_check(out, err);
}

/* ---- asking ---- */

static enum icm_code send_public_key(struct psrp_pool *p, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    ICM_OWN(icm_buf_reset) struct icm_buf key = {0};

    enum icm_code code = psrp_secret_public_key(p->secret, &key, err);
    if (code != ICM_OK)
        return code;
    struct psrp_value *value = psrp_payload_key(&a, "PublicKey", icm_buf_slice(&key));
    return value ? psrp_pool_send(p, NULL, PSRP_STREAM_INPUT, PSRP_PUBLIC_KEY, value, err) : icm_nomem(err);
}

enum icm_code psrp_pool_ask_for_key(struct psrp_pool *p, struct icm_error *err)
{
    if (p->key_error.code != ICM_OK) {
        if (err)
            icm_error_copy(err, &p->key_error);
        return p->key_error.code;
    }
    if (p->is_key_due)
        return ICM_OK;
    enum icm_code code = send_public_key(p, err);
    p->is_key_due = code == ICM_OK;
    return code;
}

bool psrp_pool_is_key_due(const struct psrp_pool *p)
{
    return p->is_key_due && !psrp_pool_is_over(p) && !p->end.is_told;
}

static void give_up(struct psrp_pool *p, const struct icm_error *why, bool is_first)
{
    p->is_key_due = false;
    icm_error_copy(&p->key_error, why);
    psrp_pool_fail_held(p, why, is_first);
}

void psrp_pool_give_up_key(struct psrp_pool *p, const struct icm_error *why)
{
    give_up(p, why, false);
}

/* ---- what the server says of it ---- */

/* One that came before is ours already, and the pair stays the same: the answer will be the same key once more. */
enum icm_code psrp_receive_key_request(struct psrp_received *m, struct icm_error *err)
{
    struct psrp_pool *p = m->pool;

    if (p->key_error.code != ICM_OK) {
        icm_error_copy(&m->event->warning, &p->key_error);
        return psrp_receive_warning(m);
    }
    enum icm_code code = psrp_pool_ask_for_key(p, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

static enum icm_code take_key(struct psrp_received *m, struct icm_error *err)
{
    const struct psrp_value *key = psrp_value_member(m->value, "EncryptedSessionKey");

    if (!key || key->kind != PSRP_STRING)
        return icm_fail(err, ICM_SYNTAX, m->type->section, "ENCRYPTED_SESSION_KEY without its key");
    return psrp_secret_take_session_key(m->pool->secret, key->as.text, err);
}

/* A key that is none costs those who wait for it, not the pool. */
enum icm_code psrp_receive_session_key(struct psrp_received *m, struct icm_error *err)
{
    struct psrp_pool *p = m->pool;

    if (!p->is_key_due)
        return psrp_receive_unasked(m);
    p->is_key_due = false;
    enum icm_code code = take_key(m, &m->event->warning);
    if (code == ICM_NOMEM)
        return icm_nomem(err);
    if (code != ICM_OK) {
        give_up(p, &m->event->warning, true);
        return psrp_receive_warning(m);
    }
    m->event->value = NULL;
    return psrp_pool_release(p, err);
}

/* ---- looking into one ---- */

enum icm_code psrp_pool_reveal(struct psrp_pool *p, const struct psrp_value *secure, struct icm_buf *out,
                               struct icm_error *err)
{
    if (!secure || secure->kind != PSRP_SECURESTRING)
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.5.1.24", "a value that is no SecureString");
    if (secure->is_clear) {
        icm_buf_add(out, secure->as.text);
        return icm_buf_check(out, err);
    }
    if (psrp_pool_can_seal(p))
        return psrp_secret_open(key_of(p), secure->as.text, out, err);
    if (p->state != PSRP_POOL_OPENED || p->end.is_told)
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.1.1.1.3", "no session key, and the runspace pool is not open");
    enum icm_code code = psrp_pool_ask_for_key(p, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}
