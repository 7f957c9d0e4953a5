/* NTLM's client: NEGOTIATE, then the CHALLENGE's answer. Never anonymous, never NTLMv1 or LM. MS-NLMP 3.1.5. */
#include "auth/ntlm.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- whether and as whom ---- */

static const char *host_of(const struct auth_initiator_options *o)
{
    return o->host ? o->host : "the computer";
}

static enum icm_code check_policy(const struct auth_initiator_options *o, struct icm_error *err)
{
    if (o->allows_ntlm)
        return ICM_OK;
    icm_fail(err, ICM_DENIED, "MS-NLMP 5.1",
             "NTLM does not prove that the server is %s, which is neither reached over TLS nor a trusted host",
             host_of(o));
    return auth_remedy(err, ICM_DENIED,
                       "use -UseSSL or Kerberos, or put the computer into TrustedHosts in the configuration");
}

/* "DOMAIN\name" has a domain; "name@realm" goes as it is, with none; ".\name" is the server's own account. */
static struct auth_ntlm_identity identity_of(const struct auth_credential *c)
{
    struct icm_slice user = icm_slice_text(c->user);
    const uint8_t *slash = user.size > 0 ? memchr(user.data, '\\', user.size) : NULL;
    struct auth_ntlm_identity who = {.user = user, .password = icm_buf_slice(&c->password)};

    if (!slash)
        return who;
    size_t size = (size_t)(slash - user.data);
    who.user = icm_slice_from(user, size + 1);
    who.domain = icm_slice_of(user.data, size);
    if (icm_slice_is(who.domain, "."))
        who.domain = icm_slice_of(NULL, 0);
    return who;
}

static enum icm_code check_credential(const struct auth_credential *c, struct icm_error *err)
{
    if (c && identity_of(c).user.size > 0)
        return ICM_OK;
    return auth_remedy(err, icm_fail(err, ICM_USAGE, "MS-NLMP 3.1.1.1", "NTLM needs a user name and a password"),
                       "give -Credential NAME");
}

/* ---- the AUTHENTICATE ---- */

/* what it is made of */
struct answer {
    struct icm_buf user, domain, workstation, response, message;
    uint8_t one_way[AUTH_NTLM_KEY_SIZE];     /* of the password */
    uint8_t base_key[AUTH_NTLM_KEY_SIZE];    /* of the proof */
    uint8_t session_key[AUTH_NTLM_KEY_SIZE]; /* the base key, or with key exchange one that we choose … */
    uint8_t sealed_key[AUTH_NTLM_KEY_SIZE];  /* … and send under the base key */
};

static void answer_reset(struct answer *a)
{
    icm_buf_reset(&a->user);
    icm_buf_reset(&a->domain);
    icm_buf_reset(&a->workstation);
    icm_buf_reset(&a->response);
    icm_buf_reset(&a->message);
    explicit_bzero(a, sizeof *a);
}

static enum icm_code add_identity(const struct auth_ntlm *n, struct answer *a, struct icm_error *err)
{
    const struct auth_ntlm_identity who = identity_of(n->initiates->credential);
    enum icm_code code = auth_ntlm_one_way(&who, a->one_way, err);

    if (code == ICM_OK)
        code = icm_utf16_from_utf8(&a->user, who.user, err);
    if (code == ICM_OK)
        code = icm_utf16_from_utf8(&a->domain, who.domain, err);
    return code == ICM_OK ? auth_ntlm_add_netbios(&a->workstation, n->draw.computer, err) : code;
}

/* The server's pairs but for those that are the client's to say. */
static enum icm_code copy_pairs(struct icm_slice from, struct icm_buf *out, uint32_t *flags, struct icm_error *err)
{
    struct icm_slice value;
    uint16_t id;
    enum icm_code code = from.size > 0 ? ICM_OK : ICM_AGAIN;

    while (code == ICM_OK && (code = auth_ntlm_av_next(&from, &id, &value, err)) == ICM_OK) {
        struct icm_reader r = icm_reader_on(value);

        if (id == AUTH_NTLM_AV_FLAGS)
            *flags |= icm_read_le32(&r);
        else if (id != AUTH_NTLM_AV_TARGET_NAME && id != AUTH_NTLM_AV_CHANNEL_BINDINGS)
            auth_ntlm_av_add(out, (enum auth_ntlm_av)id, value);
    }
    return code == ICM_AGAIN ? ICM_OK : code;
}

static enum icm_code add_binding(struct icm_slice binding, struct icm_buf *out, struct icm_error *err)
{
    uint8_t hash[AUTH_NTLM_KEY_SIZE];

    if (binding.size == 0)
        return ICM_OK;
    enum icm_code code = auth_ntlm_hash_binding(binding, hash, err);
    if (code == ICM_OK)
        auth_ntlm_av_add(out, AUTH_NTLM_AV_CHANNEL_BINDINGS, icm_slice_of(hash, sizeof hash));
    return code;
}

static enum icm_code add_target_name(const struct auth_initiator_options *o, struct icm_buf *out, struct icm_error *err)
{
    const char *host = o->spn_host ? o->spn_host : o->host;
    ICM_OWN(icm_buf_reset) struct icm_buf name = {0}, text = {0};

    if (!host)
        return ICM_OK;
    icm_buf_add_format(&name, "%s/%s", o->spn_service ? o->spn_service : "HTTP", host);
    if (o->spn_port)
        icm_buf_add_format(&name, ":%u", o->spn_port);
    enum icm_code code = icm_buf_check(&name, err);
    if (code == ICM_OK)
        code = icm_utf16_from_utf8(&text, icm_buf_slice(&name), err);
    if (code == ICM_OK)
        auth_ntlm_av_add(out, AUTH_NTLM_AV_TARGET_NAME, icm_buf_slice(&text));
    return code;
}

/* We always send a MIC, and say so: a CHALLENGE without a timestamp may be one that somebody took it out of.
 * MS-NLMP 3.1.5.1.2 */
static enum icm_code make_pairs(const struct auth_ntlm *n, struct icm_slice info, struct icm_buf *out,
                                struct icm_error *err)
{
    uint32_t flags = AUTH_NTLM_AV_FLAG_MIC;
    enum icm_code code = copy_pairs(info, out, &flags, err);

    if (code != ICM_OK)
        return code;
    icm_buf_add_le16(out, AUTH_NTLM_AV_FLAGS);
    icm_buf_add_le16(out, sizeof flags);
    icm_buf_add_le32(out, flags);
    code = add_binding(n->initiates->channel_binding, out, err);
    if (code == ICM_OK)
        code = add_target_name(n->initiates, out, err);
    auth_ntlm_av_add(out, AUTH_NTLM_AV_EOL, icm_slice_of(NULL, 0));
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

/* proof and blob, and the base key */
static enum icm_code make_response(const struct auth_ntlm *n, const struct auth_ntlm_challenge *m, struct answer *a,
                                   struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf pairs = {0}, blob = {0};
    uint8_t proof[AUTH_NTLM_KEY_SIZE];
    struct icm_slice time = {0};
    enum icm_code code = make_pairs(n, m->target_info, &pairs, err);

    if (code != ICM_OK)
        return code;
    struct icm_reader r = icm_reader_on(auth_ntlm_av_find(m->target_info, AUTH_NTLM_AV_TIMESTAMP, &time) ? time : time);
    uint64_t servers = icm_read_le64(&r);
    auth_ntlm_add_blob(&blob, r.missing ? n->draw.time : servers, n->draw.client_challenge, icm_buf_slice(&pairs));
    code = icm_buf_check(&blob, err);
    if (code == ICM_OK)
        code = auth_ntlm_prove(a->one_way, m->server_challenge, icm_buf_slice(&blob), proof, a->base_key, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add(&a->response, icm_slice_of(proof, sizeof proof));
    icm_buf_add(&a->response, icm_buf_slice(&blob));
    return icm_buf_check(&a->response, err);
}

static void choose_session_key(const struct auth_ntlm *n, struct answer *a)
{
    struct icm_rc4 cipher;

    if (!(n->flags & AUTH_NTLM_KEY_EXCHANGE)) {
        memcpy(a->session_key, a->base_key, sizeof a->session_key);
        return;
    }
    memcpy(a->session_key, n->draw.session_key, sizeof a->session_key);
    icm_rc4_init(&cipher, icm_slice_of(a->base_key, sizeof a->base_key));
    icm_rc4_apply(&cipher, a->session_key, a->sealed_key, sizeof a->sealed_key);
    icm_rc4_wipe(&cipher);
}

static enum icm_code check_sizes(const struct answer *a, struct icm_error *err)
{
    size_t sum = a->user.size + a->domain.size + a->workstation.size + a->response.size;

    if (sum <= AUTH_NTLM_MESSAGE_MAX - 256) /* the rest has less, and each has a length of 16 bits */
        return ICM_OK;
    return icm_fail(err, ICM_LIMIT, "MS-NLMP 2.2.1.3",
                    "names and target information of %zu bytes are too long for NTLM", sum);
}

static enum icm_code write_message(const struct auth_ntlm *n, struct answer *a, struct icm_error *err)
{
    static const uint8_t no_lm[24];
    struct auth_ntlm_authenticate m = {
        .flags = n->flags,
        .lm_response = icm_slice_of(no_lm, sizeof no_lm),
        .nt_response = icm_buf_slice(&a->response),
        .domain = icm_buf_slice(&a->domain),
        .user = icm_buf_slice(&a->user),
        .workstation = icm_buf_slice(&a->workstation),
    };

    if (n->flags & AUTH_NTLM_KEY_EXCHANGE)
        m.session_key = icm_slice_of(a->sealed_key, sizeof a->sealed_key);
    auth_ntlm_write_authenticate(&a->message, &m);
    enum icm_code code = icm_buf_check(&a->message, err);
    if (code != ICM_OK)
        return code;
    return auth_ntlm_mic_of(n, a->session_key, icm_buf_slice(&a->message), a->message.data + AUTH_NTLM_MIC_AT, err);
}

static enum icm_code make_answer(struct auth_ntlm *n, const struct auth_ntlm_challenge *m, struct answer *a,
                                 struct icm_error *err)
{
    enum icm_code code = add_identity(n, a, err);

    if (code == ICM_OK)
        code = make_response(n, m, a, err);
    if (code == ICM_OK)
        code = check_sizes(a, err);
    if (code != ICM_OK)
        return code;
    choose_session_key(n, a);
    code = write_message(n, a, err);
    return code == ICM_OK ? auth_ntlm_set_session_key(n, a->session_key, err) : code;
}

/* ---- steps ---- */

static enum icm_code begin(struct auth_ntlm *n, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    enum icm_code code = check_policy(n->initiates, err);

    if (code == ICM_OK)
        code = check_credential(n->initiates->credential, err);
    if (code != ICM_OK)
        return code;
    if (in.size > 0)
        return icm_fail(err, ICM_SYNTAX, "MS-NLMP 3.1.5.1", "the server sent a token before NTLM's first");
    auth_ntlm_write_negotiate(&n->negotiate, &(struct auth_ntlm_negotiate){AUTH_NTLM_OFFERED | AUTH_NTLM_56});
    icm_buf_add(out, icm_buf_slice(&n->negotiate));
    n->state = AUTH_NTLM_CHALLENGED;
    code = icm_buf_check(&n->negotiate, err);
    return code == ICM_OK && (code = icm_buf_check(out, err)) == ICM_OK ? ICM_AGAIN : code;
}

static enum icm_code not_accepted(const struct auth_ntlm *n, struct icm_error *err)
{
    icm_fail(err, ICM_DENIED, "MS-NLMP 3.2.5.1.2",
             "%s did not accept the user name or the password (NTLM; channel binding sent: %s)", host_of(n->initiates),
             n->initiates->channel_binding.size > 0 ? "yes" : "no");
    return auth_remedy(err, ICM_DENIED,
                       "check the user (DOMAIN\\name, name@domain or name) and the password, and whether the account "
                       "may log on; a server with CbtHardeningLevel Strict wants TLS end to end");
}

static enum icm_code answer(struct auth_ntlm *n, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_ntlm_challenge m;
    ICM_OWN(answer_reset) struct answer a = {0};

    if (in.size == 0)
        return icm_fail(err, ICM_DENIED, "MS-NLMP 3.1.5.1.2",
                        "%s does not take NTLM: it answered the first token with none", host_of(n->initiates));
    enum icm_code code = auth_ntlm_read_challenge(in, &m, err);
    if (code == ICM_OK)
        code = auth_ntlm_check_flags(m.flags, n->initiates->needs_sealing, "the server's NTLM CHALLENGE", err);
    if (code != ICM_OK)
        return code;
    n->flags = m.flags & (AUTH_NTLM_OFFERED | AUTH_NTLM_56 | AUTH_NTLM_TARGET_INFO);
    icm_buf_add(&n->challenge, in);
    code = icm_buf_check(&n->challenge, err);
    if (code == ICM_OK)
        code = make_answer(n, &m, &a, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add(out, icm_buf_slice(&a.message));
    icm_buf_reset(&n->negotiate); /* they were there for the MIC */
    icm_buf_reset(&n->challenge);
    n->state = AUTH_NTLM_DONE;
    return icm_buf_check(out, err);
}

/* One more step is the server's no: with NTLM it has nothing else to say. */
static enum icm_code step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct auth_ntlm *n = auth_ntlm_of(c);

    switch (n->state) {
    case AUTH_NTLM_NEW:
        return begin(n, in, out, err);
    case AUTH_NTLM_CHALLENGED:
        return answer(n, in, out, err);
    default:
        return not_accepted(n, err);
    }
}

/* ---- life ---- */

static const struct auth_ops initiator_ops = {
    .step = step,
    .wrap = auth_ntlm_wrap,
    .unwrap = auth_ntlm_unwrap,
    .add_mic = auth_ntlm_add_mic,
    .check_mic = auth_ntlm_check_mic,
    .rewind = auth_ntlm_rewind,
    .free = auth_ntlm_free,
};

enum icm_code auth_ntlm_initiator_new(struct auth_context **out, const struct auth_initiator_options *o,
                                      struct icm_error *err)
{
    struct auth_ntlm *n = NULL;
    enum icm_code code = auth_ntlm_new(&n, &initiator_ops, err);

    if (code != ICM_OK)
        return code;
    n->initiates = o;
    icm_set_text(&n->context.description, o->channel_binding.size > 0 ? "NTLM, with channel binding" : "NTLM");
    *out = &n->context;
    return ICM_OK;
}
