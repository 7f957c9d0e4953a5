#include "auth/ntlm.h"

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* 100 ns since 1601; MS-DTYP 2.3.3 */
static uint64_t filetime_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec + 11644473600u) * 10000000u + (uint64_t)now.tv_nsec / 100;
}

static enum icm_code draw(struct auth_ntlm_draw *d, struct icm_error *err)
{
    enum icm_code code = icm_random(d->client_challenge, sizeof d->client_challenge, err);

    if (code == ICM_OK)
        code = icm_random(d->server_challenge, sizeof d->server_challenge, err);
    if (code == ICM_OK)
        code = icm_random(d->session_key, sizeof d->session_key, err);
    d->time = filetime_now();
    if (gethostname(d->computer, sizeof d->computer - 1) != 0)
        d->computer[0] = '\0';
    return code;
}

/* All of NTLM stands on MD5: without it, one sentence at the start, and not a puzzle later. */
static enum icm_code check_md5(struct icm_error *err)
{
    uint8_t out[ICM_MD5_SIZE];
    enum icm_code code = icm_digest(ICM_MD5, NULL, 0, out, err);

    if (code != ICM_UNSUPPORTED)
        return code;
    return auth_remedy(err,
                       icm_fail(err, code, "MS-NLMP 3.3.2",
                                "NTLM needs MD5, which this machine's policy has switched off (FIPS mode)"),
                       "use Kerberos, or Basic over TLS");
}

static void discard(struct auth_ntlm *n)
{
    icm_buf_reset(&n->negotiate);
    icm_buf_reset(&n->challenge);
    explicit_bzero(n, sizeof *n); /* the drawn key, and the streams' */
    free(n);
}

enum icm_code auth_ntlm_new(struct auth_ntlm **out, const struct auth_ops *ops, struct icm_error *err)
{
    enum icm_code code = check_md5(err);

    if (code != ICM_OK)
        return code;
    struct auth_ntlm *n = calloc(1, sizeof *n);
    if (!n)
        return icm_nomem(err);
    n->context.ops = ops;
    code = draw(&n->draw, err);
    if (code == ICM_OK)
        *out = n;
    else
        discard(n);
    return code;
}

void auth_ntlm_free(struct auth_context *c)
{
    discard(auth_ntlm_of(c));
}

/* ---- what must be agreed on ---- */

static const struct {
    uint32_t flag;
    bool is_for_sealing;
    const char *name;
} needed[] = {
    {AUTH_NTLM_UNICODE, false, "Unicode"}, {AUTH_NTLM_EXTENDED_SECURITY, false, "extended session security"},
    {AUTH_NTLM_SIGN, true, "signing"},     {AUTH_NTLM_SEAL, true, "sealing"},
    {AUTH_NTLM_128, true, "128-bit keys"},
};

enum icm_code auth_ntlm_check_flags(uint32_t flags, bool needs_sealing, const char *whose, struct icm_error *err)
{
    for (size_t i = 0; i < ICM_COUNT(needed); i++) {
        if (flags & needed[i].flag || (needed[i].is_for_sealing && !needs_sealing))
            continue;
        icm_fail(err, ICM_DENIED, "MS-NLMP 2.2.2.5",
                 "%s offers no %s (flags %08x): somebody may be weakening the connection", whose, needed[i].name,
                 flags);
        return auth_remedy(err, ICM_DENIED, "use TLS, or let the peer offer NTLMv2 with 128-bit sealing");
    }
    return ICM_OK;
}

/* ---- keys ---- */

enum icm_code auth_ntlm_mic_of(const struct auth_ntlm *n, const uint8_t session_key[AUTH_NTLM_KEY_SIZE],
                               struct icm_slice authenticate, uint8_t out[AUTH_NTLM_MIC_SIZE], struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf cleared = {0};

    icm_buf_add(&cleared, authenticate);
    if (cleared.failed)
        return icm_nomem(err);
    memset(cleared.data + AUTH_NTLM_MIC_AT, 0, AUTH_NTLM_MIC_SIZE);
    return auth_ntlm_mic(session_key, icm_buf_slice(&n->negotiate), icm_buf_slice(&n->challenge),
                         icm_buf_slice(&cleared), out, err);
}

enum icm_code auth_ntlm_set_session_key(struct auth_ntlm *n, const uint8_t session_key[AUTH_NTLM_KEY_SIZE],
                                        struct icm_error *err)
{
    struct auth_ntlm_stream *to_server = n->accepts ? &n->receives : &n->sends;
    struct auth_ntlm_stream *to_client = n->accepts ? &n->sends : &n->receives;
    enum icm_code code = auth_ntlm_stream_init(to_server, AUTH_NTLM_TO_SERVER, session_key, n->flags, err);

    if (code == ICM_OK)
        code = auth_ntlm_stream_init(to_client, AUTH_NTLM_TO_CLIENT, session_key, n->flags, err);
    n->has_keys = code == ICM_OK;
    return code;
}

enum icm_code auth_ntlm_add_netbios(struct icm_buf *out, const char *name, struct icm_error *err)
{
    struct icm_slice rest = icm_slice_text(name);
    struct icm_buf upper = {0};

    for (int i = 0; i < AUTH_NTLM_NETBIOS_MAX; i++) {
        int32_t c = rest.size > 0 ? icm_utf8_next(&rest) : -1;

        if (c < 0 || c == '.')
            break;
        icm_utf8_add(&upper, (uint32_t)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
    }
    enum icm_code code = icm_buf_check(&upper, err);
    if (code == ICM_OK)
        code = icm_utf16_from_utf8(out, icm_buf_slice(&upper), err);
    icm_buf_reset(&upper);
    return code;
}

/* ---- messages ---- */

static enum icm_code check_agreed(const struct auth_ntlm *n, uint32_t flag, const char *what, struct icm_error *err)
{
    if (n->has_keys && n->flags & flag)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, "MS-NLMP 3.4", "the NTLM context has not agreed to %s messages", what);
}

enum icm_code auth_ntlm_wrap(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                             struct auth_sealed *sealed, struct icm_error *err)
{
    struct auth_ntlm *n = auth_ntlm_of(c);
    uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE] = {0};
    size_t start = out->size;
    enum icm_code code = check_agreed(n, AUTH_NTLM_SEAL, "seal", err);

    if (code != ICM_OK)
        return code;
    if (!icm_buf_room(out, sizeof signature + message.size)) /* all of it at once */
        return icm_nomem(err);
    icm_buf_add(out, icm_slice_of(signature, sizeof signature)); /* its place: the signature comes of what follows */
    code = auth_ntlm_seal(&n->sends, message, signature, out, err);
    if (code != ICM_OK) {
        out->size = start;
        return code;
    }
    memcpy(out->data + start, signature, sizeof signature);
    sealed->header_size = sizeof signature;
    return ICM_OK;
}

enum icm_code auth_ntlm_unwrap(struct auth_context *c, uint32_t header_size, struct icm_slice bytes,
                               struct icm_buf *out, struct icm_error *err)
{
    struct auth_ntlm *n = auth_ntlm_of(c);
    enum icm_code code = check_agreed(n, AUTH_NTLM_SEAL, "seal", err);

    if (code != ICM_OK)
        return code;
    if (header_size == 0) /* inside of another mechanism, where nobody says it */
        header_size = AUTH_NTLM_SIGNATURE_SIZE;
    if (header_size != AUTH_NTLM_SIGNATURE_SIZE || bytes.size < header_size)
        return icm_fail(err, ICM_DENIED, "MS-NLMP 3.4.4.2",
                        "a sealed message of %zu bytes whose signature has %u, not 16", bytes.size, header_size);
    return auth_ntlm_unseal(&n->receives, icm_slice_from(bytes, header_size), icm_slice_of(bytes.data, header_size),
                            out, err);
}

enum icm_code auth_ntlm_add_mic(struct auth_context *c, struct icm_slice message, struct icm_buf *out,
                                struct icm_error *err)
{
    struct auth_ntlm *n = auth_ntlm_of(c);
    uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE];
    enum icm_code code = check_agreed(n, AUTH_NTLM_SIGN, "sign", err);

    if (code == ICM_OK)
        code = auth_ntlm_sign(&n->sends, message, signature, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add(out, icm_slice_of(signature, sizeof signature));
    return icm_buf_check(out, err);
}

enum icm_code auth_ntlm_check_mic(struct auth_context *c, struct icm_slice message, struct icm_slice mic,
                                  struct icm_error *err)
{
    struct auth_ntlm *n = auth_ntlm_of(c);
    enum icm_code code = check_agreed(n, AUTH_NTLM_SIGN, "sign", err);

    return code == ICM_OK ? auth_ntlm_verify(&n->receives, message, mic, err) : code;
}

void auth_ntlm_rewind(struct auth_context *c, bool sends)
{
    struct auth_ntlm *n = auth_ntlm_of(c);

    if (n->has_keys)
        auth_ntlm_stream_rewind(sends ? &n->sends : &n->receives);
}
