/* NTLM's server: a CHALLENGE for a NEGOTIATE, then the check of the AUTHENTICATE. MS-NLMP 3.2.5. */
#include "auth/ntlm.h"
#include "base/digest.h"
#include "base/text.h"

#include <stdlib.h>

/* of an NTLMv2 response: the proof, and the pairs behind versions, time, challenge and zeroes; MS-NLMP 2.2.2.7, 2.2.2.8
 */
enum { PROOF_SIZE = 16, PAIRS_AT = 16 + 28, NTLMV1_SIZE = 24 };

/* of a CHALLENGE; without the version some clients put their MIC in another place */
enum { ALWAYS_THERE = AUTH_NTLM_NTLM | AUTH_NTLM_VERSION | AUTH_NTLM_TARGET_INFO | AUTH_NTLM_TARGET_SERVER };

static const char *computer_of(const struct auth_ntlm *n)
{
    const char *name = n->accepts->computer ? n->accepts->computer : n->draw.computer;

    return *name ? name : "localhost";
}

/* ---- names in bytes ---- */

/* curl, what is made of libcurl without SSPI, and pywinrm's NTLM, which seals, offer no Unicode. The names of an
 * account are no secret, and their bytes are under the client's proof either way. MS-NLMP 3.2.5.1.1 */
static bool takes_oem(uint32_t flags)
{
    return !(flags & AUTH_NTLM_UNICODE) && flags & AUTH_NTLM_OEM;
}

static enum icm_code check_flags(const struct auth_ntlm *n, uint32_t flags, const char *whose, struct icm_error *err)
{
    return auth_ntlm_check_flags(takes_oem(flags) ? flags | AUTH_NTLM_UNICODE : flags, n->accepts->needs_sealing, whose,
                                 err);
}

/* Which code page a client has nobody says: what is not ASCII could be anybody's name. */
static enum icm_code read_name(const struct auth_ntlm *n, struct icm_slice name, struct icm_buf *out,
                               struct icm_error *err)
{
    if (n->flags & AUTH_NTLM_UNICODE)
        return icm_utf8_from_utf16(out, name, err);
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] == 0 || name.data[i] >= 0x80)
            return icm_fail(err, ICM_DENIED, "MS-NLMP 2.2",
                            "a name that is not ASCII needs a client that offers Unicode");
    icm_buf_add(out, name);
    return icm_buf_check(out, err);
}

/* ---- the CHALLENGE ---- */

static enum icm_code make_target_info(const struct auth_ntlm *n, struct icm_slice netbios, struct icm_buf *out,
                                      struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf dns = {0}, time = {0};
    enum icm_code code = icm_utf16_from_utf8(&dns, icm_slice_text(computer_of(n)), err);

    if (code != ICM_OK)
        return code;
    icm_buf_add_le64(&time, n->draw.time);
    auth_ntlm_av_add(out, AUTH_NTLM_AV_NB_DOMAIN, netbios); /* a computer of no domain is its own */
    auth_ntlm_av_add(out, AUTH_NTLM_AV_NB_COMPUTER, netbios);
    auth_ntlm_av_add(out, AUTH_NTLM_AV_DNS_DOMAIN, icm_buf_slice(&dns));
    auth_ntlm_av_add(out, AUTH_NTLM_AV_DNS_COMPUTER, icm_buf_slice(&dns));
    auth_ntlm_av_add(out, AUTH_NTLM_AV_TIMESTAMP, icm_buf_slice(&time));
    auth_ntlm_av_add(out, AUTH_NTLM_AV_EOL, icm_slice_of(NULL, 0));
    code = icm_buf_check(&time, err);
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

static enum icm_code write_challenge(struct auth_ntlm *n, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf netbios = {0}, info = {0}, bytes = {0};
    struct auth_ntlm_challenge m = {.flags = n->flags};
    enum icm_code code = auth_ntlm_add_netbios(&netbios, computer_of(n), err);

    if (code == ICM_OK)
        code = make_target_info(n, icm_buf_slice(&netbios), &info, err);
    if (code == ICM_OK)
        code = icm_utf8_from_utf16(&bytes, icm_buf_slice(&netbios), err);
    if (code != ICM_OK)
        return code;
    memcpy(m.server_challenge, n->draw.server_challenge, sizeof m.server_challenge);
    m.target_name = icm_buf_slice(n->flags & AUTH_NTLM_UNICODE ? &netbios : &bytes);
    m.target_info = icm_buf_slice(&info);
    auth_ntlm_write_challenge(&n->challenge, &m);
    return icm_buf_check(&n->challenge, err);
}

static enum icm_code challenge(struct auth_ntlm *n, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_ntlm_negotiate m;
    enum icm_code code = auth_ntlm_read_negotiate(in, &m, err);

    if (code == ICM_OK)
        code = check_flags(n, m.flags, "the client's NTLM NEGOTIATE", err);
    if (code != ICM_OK)
        return code;
    n->flags = (m.flags & (AUTH_NTLM_OFFERED | AUTH_NTLM_56)) | ALWAYS_THERE;
    if (takes_oem(m.flags))
        n->flags |= AUTH_NTLM_OEM;
    icm_buf_add(&n->negotiate, in);
    code = icm_buf_check(&n->negotiate, err);
    if (code == ICM_OK)
        code = write_challenge(n, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add(out, icm_buf_slice(&n->challenge));
    n->state = AUTH_NTLM_CHALLENGED;
    code = icm_buf_check(out, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* ---- who it is ---- */

static enum icm_code check_response(const struct auth_ntlm_authenticate *m, struct icm_error *err)
{
    if (m->flags & AUTH_NTLM_ANONYMOUS || m->user.size == 0)
        return icm_fail(err, ICM_DENIED, "MS-NLMP 3.2.5.1.2", "an anonymous NTLM logon is not accepted");
    if (m->nt_response.size <= NTLMV1_SIZE)
        return icm_fail(err, ICM_DENIED, "MS-NLMP 3.3.1", "NTLMv1 and LM responses are not accepted; NTLMv2 is");
    if (m->nt_response.size < PAIRS_AT + 4 || m->nt_response.data[PROOF_SIZE] != 1)
        return icm_fail(err, ICM_SYNTAX, "MS-NLMP 2.2.2.7", "an NTLMv2 response of %zu bytes that is none",
                        m->nt_response.size);
    return ICM_OK;
}

/* The same path for a name that nobody has: a proof is computed, of no account's password. */
static enum icm_code check_proof(struct auth_ntlm *n, const struct auth_ntlm_authenticate *m,
                                 const struct auth_ntlm_identity *named, uint8_t key[AUTH_NTLM_KEY_SIZE],
                                 struct icm_error *err)
{
    uint8_t one_way[AUTH_NTLM_KEY_SIZE], proof[AUTH_NTLM_KEY_SIZE];
    const struct auth_credential *found = auth_account_find(n->accepts, named->domain, named->user, AUTH_NAME_CLAIMS);
    struct auth_ntlm_identity who = *named;

    who.password = found ? icm_buf_slice(&found->password) : icm_slice_of(NULL, 0);
    enum icm_code code = auth_ntlm_one_way(&who, one_way, err);
    if (code == ICM_OK)
        code = auth_ntlm_prove(one_way, n->draw.server_challenge, icm_slice_from(m->nt_response, PROOF_SIZE), proof,
                               key, err);
    explicit_bzero(one_way, sizeof one_way);
    if (code != ICM_OK)
        return code;
    bool is_proven = icm_same_bytes(proof, m->nt_response.data, sizeof proof);
    if (!is_proven || !found)
        return icm_fail(err, ICM_DENIED, "MS-NLMP 3.2.5.1.2", "wrong user name or password");
    icm_set_text(&n->context.user, found->user);
    return n->context.user ? ICM_OK : icm_nomem(err);
}

static enum icm_code check_logon(struct auth_ntlm *n, const struct auth_ntlm_authenticate *m,
                                 uint8_t key[AUTH_NTLM_KEY_SIZE], struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf user = {0}, domain = {0};
    enum icm_code code = read_name(n, m->user, &user, err);

    if (code == ICM_OK)
        code = read_name(n, m->domain, &domain, err);
    if (code != ICM_OK)
        return code;
    const struct auth_ntlm_identity named = {.user = icm_buf_slice(&user), .domain = icm_buf_slice(&domain)};
    return check_proof(n, m, &named, key, err);
}

/* ---- what the client has seen ---- */

/* @key becomes the session's. */
static enum icm_code open_session_key(const struct auth_ntlm *n, const struct auth_ntlm_authenticate *m,
                                      uint8_t key[AUTH_NTLM_KEY_SIZE], struct icm_error *err)
{
    struct icm_rc4 cipher;

    if (!(n->flags & AUTH_NTLM_KEY_EXCHANGE))
        return ICM_OK;
    if (m->session_key.size != AUTH_NTLM_KEY_SIZE)
        return icm_fail(err, ICM_SYNTAX, "MS-NLMP 2.2.1.3", "an encrypted session key of %zu bytes, not 16",
                        m->session_key.size);
    icm_rc4_init(&cipher, icm_slice_of(key, AUTH_NTLM_KEY_SIZE));
    icm_rc4_apply(&cipher, m->session_key.data, key, AUTH_NTLM_KEY_SIZE);
    icm_rc4_wipe(&cipher);
    return ICM_OK;
}

/* Whether there is a MIC the client says under its proof: nobody can take it away. Clients that send none (curl;
 * gss-ntlmssp without SPNEGO) are let in, as by Windows: what we demand of the flags and the bindings does not stand on
 * the MIC. MS-NLMP 3.2.5.1.2 */
static enum icm_code check_message_mic(const struct auth_ntlm *n, const struct auth_ntlm_authenticate *m,
                                       struct icm_slice bytes, const uint8_t key[AUTH_NTLM_KEY_SIZE],
                                       struct icm_error *err)
{
    uint8_t mic[AUTH_NTLM_MIC_SIZE];

    if (!m->has_mic)
        return ICM_OK;
    enum icm_code code = auth_ntlm_mic_of(n, key, bytes, mic, err);
    if (code != ICM_OK)
        return code;
    if (icm_same_bytes(mic, m->mic, sizeof mic))
        return ICM_OK;
    return icm_fail(err, ICM_DENIED, "MS-NLMP 3.2.5.1.2",
                    "the MIC is wrong: somebody changed one of the three NTLM messages");
}

static bool has_binding(struct icm_slice value)
{
    static const uint8_t none[AUTH_NTLM_KEY_SIZE];

    return !icm_slice_equal(value, icm_slice_of(none, sizeof none));
}

/* MS-NLMP 3.2.5.1.2, RFC 5929. A client that names a TLS connection which is not ours talks to somebody in between. */
static enum icm_code check_binding(const struct auth_ntlm *n, struct icm_slice pairs, struct icm_error *err)
{
    struct icm_slice own = n->accepts->channel_binding, value;
    uint8_t hash[AUTH_NTLM_KEY_SIZE];
    bool is_there = auth_ntlm_av_find(pairs, AUTH_NTLM_AV_CHANNEL_BINDINGS, &value) && has_binding(value);

    if (!is_there && n->accepts->requires_binding)
        return icm_fail(err, ICM_DENIED, "RFC 5929 4", "the client sent no channel binding, which is required here");
    if (!is_there)
        return ICM_OK;
    enum icm_code code = auth_ntlm_hash_binding(own, hash, err);
    if (code != ICM_OK)
        return code;
    if (own.size > 0 && value.size == sizeof hash && icm_same_bytes(hash, value.data, sizeof hash))
        return ICM_OK;
    return icm_fail(err, ICM_DENIED, "RFC 5929 4",
                    "the client's channel binding is of another TLS connection than ours: somebody is in between");
}

/* ---- the AUTHENTICATE ---- */

static enum icm_code check_client(struct auth_ntlm *n, const struct auth_ntlm_authenticate *m, struct icm_slice bytes,
                                  uint8_t key[AUTH_NTLM_KEY_SIZE], struct icm_error *err)
{
    enum icm_code code = check_response(m, err);

    if (code == ICM_OK)
        code = check_logon(n, m, key, err);
    if (code == ICM_OK)
        code = open_session_key(n, m, key, err);
    if (code == ICM_OK)
        code = check_message_mic(n, m, bytes, key, err);
    if (code == ICM_OK)
        code = check_binding(n, icm_slice_from(m->nt_response, PAIRS_AT), err);
    return code == ICM_OK ? auth_ntlm_set_session_key(n, key, err) : code;
}

static enum icm_code finish(struct auth_ntlm *n, struct icm_slice in, struct icm_error *err)
{
    struct auth_ntlm_authenticate m;
    uint8_t key[AUTH_NTLM_KEY_SIZE];
    enum icm_code code = auth_ntlm_read_authenticate(in, &m, err);

    n->state = AUTH_NTLM_DONE; /* a challenge is good for one try */
    if (code != ICM_OK)
        return code;
    n->flags &= m.flags;
    code = check_flags(n, n->flags, "the client's NTLM AUTHENTICATE", err);
    if (code != ICM_OK)
        return code;
    code = check_client(n, &m, in, key, err);
    explicit_bzero(key, sizeof key);
    return code;
}

static enum icm_code step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_ntlm *n = auth_ntlm_of(c);

    switch (n->state) {
    case AUTH_NTLM_NEW:
        return in.size > 0 ? challenge(n, in, out, err) : ICM_AGAIN; /* the scheme's name alone asks for NEGOTIATE */
    case AUTH_NTLM_CHALLENGED:
        return finish(n, in, err);
    default:
        return icm_fail(err, ICM_STATE, "MS-NLMP 3.2.5", "a token for an NTLM context that is established");
    }
}

/* ---- life ---- */

static const struct auth_ops acceptor_ops = {
    .step = step,
    .wrap = auth_ntlm_wrap,
    .unwrap = auth_ntlm_unwrap,
    .add_mic = auth_ntlm_add_mic,
    .check_mic = auth_ntlm_check_mic,
    .rewind = auth_ntlm_rewind,
    .free = auth_ntlm_free,
};

enum icm_code auth_ntlm_acceptor_new(struct auth_context **out, const struct auth_acceptor_options *o,
                                     struct icm_error *err)
{
    struct auth_ntlm *n = NULL;
    enum icm_code code = auth_ntlm_new(&n, &acceptor_ops, err);

    if (code != ICM_OK)
        return code;
    n->accepts = o;
    *out = &n->context;
    return ICM_OK;
}
