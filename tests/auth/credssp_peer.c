#include "tests/auth/credssp_peer.h"

#include "base/random.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

void credssp_peer_init(struct credssp_peer *p, const struct tls_peer_options *tls, const struct tls_identity *server,
                       const struct auth_credential *who, uint32_t version, enum trick trick)
{
    struct tls_peer_options options = *tls;

    memset(p, 0, sizeof *p);
    p->version = version;
    p->trick = trick;
    p->is_server = server;
    p->initiates = (struct auth_initiator_options){
        .credential = who, .host = "127.0.0.1", .needs_sealing = true, .allows_ntlm = true};
    p->accepts =
        (struct auth_acceptor_options){.accounts = who, .account_count = 1, .computer = "PEER", .needs_sealing = true};
    options.identity = server;
    tls_peer_init(&p->tls, &options);
    if (server)
        must(auth_negotiate_acceptor_new(&p->inner, &p->accepts, NULL) == ICM_OK);
    else if (trick == BARE_NTLM)
        must(auth_ntlm_initiator_new(&p->inner, &p->initiates, NULL) == ICM_OK);
    else
        must(auth_negotiate_initiator_new(&p->inner, &p->initiates, NULL) == ICM_OK);
}

void credssp_peer_reset(struct credssp_peer *p)
{
    tls_peer_reset(&p->tls);
    auth_context_free(p->inner);
    icm_buf_reset(&p->public_key);
    icm_buf_reset(&p->domain);
    icm_buf_reset(&p->user);
    icm_buf_reset(&p->password);
}

/* ---- pubKeyAuth: MS-CSSP 3.1.5 ---- */

static void bind_key(const struct credssp_peer *p, bool to_server, struct icm_buf *out)
{
    const char *text = to_server ? "CredSSP Client-To-Server Binding Hash" : "CredSSP Server-To-Client Binding Hash";
    bool is_old = p->agreed < 5 || (p->trick == OLD_FORM && to_server != p->is_server);
    struct icm_buf whole = {0};
    uint8_t hash[32];

    if (is_old) {
        icm_buf_add(out, icm_buf_slice(&p->public_key));
        out->data[0] = (uint8_t)(out->data[0] + !to_server);
        return;
    }
    icm_buf_add(&whole, icm_slice_of(text, strlen(text) + 1));
    icm_buf_add(&whole, icm_slice_of(p->nonce, sizeof p->nonce));
    icm_buf_add(&whole, icm_buf_slice(&p->public_key));
    must(EVP_Digest(whole.data, whole.size, hash, NULL, EVP_sha256(), NULL) == 1);
    icm_buf_add(out, icm_slice_of(hash, sizeof hash));
    icm_buf_reset(&whole);
}

static void seal_key(struct credssp_peer *p, bool to_server, struct icm_slice theirs, struct icm_buf *out)
{
    struct icm_buf key = {0};

    bind_key(p, to_server, &key);
    if (p->trick == OTHER_KEY)
        key.data[key.size - 1] ^= 0x40;
    if (p->trick == UNSEALED_KEY)
        icm_buf_add(out, icm_buf_slice(&key));
    else if (p->trick == ECHOED_KEY)
        icm_buf_add(out, theirs);
    else if (p->trick != NO_KEY)
        must(auth_inner_seal(p->inner, icm_buf_slice(&key), out, NULL) == ICM_OK);
    if (p->trick == BROKEN_KEY)
        out->data[out->size - 1] ^= 1;
    icm_buf_reset(&key);
}

static bool check_key(struct credssp_peer *p, bool to_server, struct icm_slice sealed)
{
    struct icm_buf expected = {0}, opened = {0};

    bind_key(p, to_server, &expected);
    p->key_was_right = auth_inner_unseal(p->inner, sealed, &opened, NULL) == ICM_OK &&
                       icm_slice_equal(icm_buf_slice(&expected), icm_buf_slice(&opened));
    icm_buf_reset(&expected);
    icm_buf_reset(&opened);
    return p->key_was_right;
}

/* ---- TSRequests ---- */

static void say(struct credssp_peer *p, struct auth_ts_request *m, struct icm_buf *out)
{
    struct icm_buf text = {0};

    if (m->version == 0)
        m->version = p->version;
    auth_ts_request_write(&text, m);
    if (p->trick == NO_REQUEST) {
        icm_buf_clear(&text);
        icm_buf_add_text(&text, "HTTP/1.1 400 Bad Request");
    }
    if (p->trick == TWO_REQUESTS)
        auth_ts_request_write(&text, m);
    tls_peer_encrypt(&p->tls, icm_buf_slice(&text), out);
    icm_buf_reset(&text);
}

static void take_nonce(struct credssp_peer *p, struct icm_slice nonce)
{
    if (nonce.size == sizeof p->nonce)
        memcpy(p->nonce, nonce.data, sizeof p->nonce);
}

static void take_text(struct icm_buf *to, struct icm_slice utf16)
{
    must(icm_utf8_from_utf16(to, utf16, NULL) == ICM_OK);
}

/* ---- as a server ---- */

static bool take_credentials(struct credssp_peer *p, struct icm_slice sealed)
{
    struct icm_buf text = {0};
    struct auth_ts_password m;

    if (auth_inner_unseal(p->inner, sealed, &text, NULL) != ICM_OK ||
        auth_ts_password_read(icm_buf_slice(&text), &m, NULL) != ICM_OK)
        return false;
    take_text(&p->domain, m.domain);
    take_text(&p->user, m.user);
    take_text(&p->password, m.password);
    icm_buf_reset(&text);
    p->is_done = true;
    return true;
}

static bool answer(struct credssp_peer *p, const struct auth_ts_request *in, struct icm_buf *out)
{
    struct icm_buf token = {0}, key = {0};
    struct auth_ts_request m = {0};
    bool goes_on = true;

    if (in->nego_token.size > 0) {
        enum icm_code code = auth_inner_step(p->inner, in->nego_token, &token, NULL);
        goes_on = code == ICM_OK || code == ICM_AGAIN;
        m.nego_token = icm_buf_slice(&token);
        m.error_code = goes_on ? 0 : 0xC000006D;
    }
    if (p->trick == ERROR_CODE || p->trick == UNKNOWN_ERROR_CODE)
        m = (struct auth_ts_request){.error_code = p->trick == ERROR_CODE ? 0xC0000234 : 0xC0990001};
    if (goes_on && in->pub_key_auth.size > 0) {
        goes_on = check_key(p, true, in->pub_key_auth);
        seal_key(p, false, in->pub_key_auth, &key);
        m.pub_key_auth = icm_buf_slice(&key);
        if (p->trick == NO_LAST_WORD)
            m.nego_token.size = 0;
        if (p->trick == OTHER_VERSION)
            m.version = p->version - 1;
        if (p->trick == EMPTY_REQUEST)
            m = (struct auth_ts_request){0};
        if (p->trick == LATE_ERROR_CODE)
            m = (struct auth_ts_request){.error_code = 0xC0000022};
    }
    say(p, &m, out);
    icm_buf_reset(&token);
    icm_buf_reset(&key);
    return goes_on;
}

/* ---- as a client ---- */

static void add_utf16(struct icm_buf *out, const char *text)
{
    must(icm_utf16_from_utf8(out, icm_slice_text(text), NULL) == ICM_OK);
}

static void hand_over(struct credssp_peer *p, struct icm_buf *out)
{
    struct icm_buf user = {0}, password = {0}, text = {0}, sealed = {0};

    add_utf16(&user, p->trick == OTHER_USER ? "eve" : p->initiates.credential->user);
    add_utf16(&password, p->trick == OTHER_PASSWORD || p->trick == OTHER_USER
                             ? "another"
                             : icm_buf_text((struct icm_buf *)(uintptr_t)&p->initiates.credential->password));
    auth_ts_password_write(
        &text, &(struct auth_ts_password){.user = icm_buf_slice(&user), .password = icm_buf_slice(&password)});
    if (p->trick == SMART_CARD)
        text.data[6] = 2; /* credType */
    must(auth_inner_seal(p->inner, icm_buf_slice(&text), &sealed, NULL) == ICM_OK);
    if (p->trick == BROKEN_CREDENTIALS)
        sealed.data[sealed.size - 1] ^= 1;
    if (p->trick == NO_CREDENTIALS)
        sealed.size = 0;
    say(p, &(struct auth_ts_request){.auth_info = icm_buf_slice(&sealed)}, out);
    p->is_done = true;
    icm_buf_reset(&user);
    icm_buf_reset(&password);
    icm_buf_reset(&text);
    icm_buf_reset(&sealed);
}

static void add_nonce(struct credssp_peer *p, struct auth_ts_request *m)
{
    bool is_time = p->trick == EARLY_NONCE ? !p->has_spoken : p->is_inner_done;

    if (!p->has_spoken)
        must(icm_random(p->nonce, sizeof p->nonce, NULL) == ICM_OK);
    if (is_time && p->trick != NO_NONCE && p->version >= 5)
        m->client_nonce = icm_slice_of(p->nonce, p->trick == SHORT_NONCE ? 31 : sizeof p->nonce);
}

/* SPNEGO's, which comes with the server's proof where ours came with the last token */
static void take_last_word(struct credssp_peer *p, struct icm_slice token)
{
    struct icm_buf none = {0};

    if (p->inner->can_seal && p->trick != LATE_PROOF)
        must(auth_inner_step(p->inner, token, &none, NULL) == ICM_OK && none.size == 0);
}

static bool call(struct credssp_peer *p, const struct auth_ts_request *in, struct icm_buf *out)
{
    struct icm_buf token = {0}, key = {0};
    struct auth_ts_request m = {0};
    enum icm_code code;

    if (in && in->error_code)
        return false;
    if (in && p->is_inner_done) {
        take_last_word(p, in->nego_token);
        bool is_right = check_key(p, false, in->pub_key_auth) || p->trick == NO_KEY;
        hand_over(p, out);
        return is_right;
    }
    code = auth_inner_step(p->inner, in ? in->nego_token : icm_slice_text(""), &token, NULL);
    if (code != ICM_OK && code != ICM_AGAIN)
        return false;
    p->is_inner_done = code == ICM_OK || (p->inner->can_seal && p->trick != LATE_PROOF);
    m.nego_token = icm_buf_slice(&token);
    add_nonce(p, &m);
    if (p->is_inner_done) {
        seal_key(p, true, icm_slice_text("echo"), &key);
        m.pub_key_auth = icm_buf_slice(&key);
        if (p->trick == OTHER_VERSION)
            m.version = p->version - 1;
        if (p->trick == EMPTY_REQUEST)
            m = (struct auth_ts_request){0};
    }
    p->has_spoken = true;
    say(p, &m, out);
    icm_buf_reset(&token);
    icm_buf_reset(&key);
    return true;
}

/* ---- both ---- */

static void note_key(struct credssp_peer *p)
{
    X509 *certificate = p->is_server ? SSL_get_certificate(p->tls.ssl) : SSL_get0_peer_certificate(p->tls.ssl);
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(certificate);

    icm_buf_add(&p->public_key, icm_slice_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)));
}

/* TLS 1.3: a client's last flight may have its first message behind it */
static bool shake_hands(struct credssp_peer *p, struct icm_slice in, struct icm_buf *out)
{
    p->is_tls_done = tls_peer_handshake(&p->tls, in, out);
    if (p->is_tls_done)
        note_key(p);
    return p->is_tls_done && !p->is_server;
}

bool credssp_peer_step(struct credssp_peer *p, struct icm_slice in, struct icm_buf *out)
{
    struct icm_buf opened = {0};
    struct auth_ts_request m;

    if (!p->is_tls_done)
        return shake_hands(p, in, out) ? call(p, NULL, out) : true;
    bool goes_on = tls_peer_decrypt(&p->tls, in, &opened);
    if (goes_on && opened.size > 0) {
        goes_on = auth_ts_request_read(icm_buf_slice(&opened), &m, NULL) == ICM_OK;
        p->agreed = m.version < p->version ? m.version : p->version;
        take_nonce(p, m.client_nonce);
        if (goes_on && p->is_server)
            goes_on = m.auth_info.size > 0 ? take_credentials(p, m.auth_info) : answer(p, &m, out);
        else if (goes_on)
            goes_on = call(p, &m, out);
    }
    icm_buf_reset(&opened);
    return goes_on;
}
