#include "auth/ntlm_seal.h"

#include "base/digest.h"

/* their zero bytes are hashed too; MS-NLMP 3.4.5.2, 3.4.5.3 */
static const char *const signing_words[] = {
    [AUTH_NTLM_TO_SERVER] = "session key to client-to-server signing key magic constant",
    [AUTH_NTLM_TO_CLIENT] = "session key to server-to-client signing key magic constant",
};
static const char *const sealing_words[] = {
    [AUTH_NTLM_TO_SERVER] = "session key to client-to-server sealing key magic constant",
    [AUTH_NTLM_TO_CLIENT] = "session key to server-to-client sealing key magic constant",
};

/* how much of the session key the sealing key comes of */
static size_t strength(uint32_t flags)
{
    if (flags & AUTH_NTLM_128)
        return 16;
    return flags & AUTH_NTLM_56 ? 7 : 5;
}

static enum icm_code derive(struct icm_slice key, const char *words, uint8_t out[AUTH_NTLM_KEY_SIZE],
                            struct icm_error *err)
{
    const struct icm_slice pieces[] = {key, icm_slice_of(words, strlen(words) + 1)};

    return icm_digest(ICM_MD5, pieces, ICM_COUNT(pieces), out, err);
}

void auth_ntlm_stream_rewind(struct auth_ntlm_stream *s)
{
    icm_rc4_init(&s->cipher, icm_slice_of(s->sealing_key, sizeof s->sealing_key));
}

enum icm_code auth_ntlm_stream_init(struct auth_ntlm_stream *s, enum auth_ntlm_direction direction,
                                    const uint8_t session_key[AUTH_NTLM_KEY_SIZE], uint32_t flags,
                                    struct icm_error *err)
{
    struct icm_slice whole = icm_slice_of(session_key, AUTH_NTLM_KEY_SIZE);

    s->sequence = 0;
    s->has_key_exchange = flags & AUTH_NTLM_KEY_EXCHANGE;
    enum icm_code code = derive(whole, signing_words[direction], s->signing_key, err);
    if (code == ICM_OK)
        code = derive(icm_slice_of(session_key, strength(flags)), sealing_words[direction], s->sealing_key, err);
    if (code == ICM_OK)
        auth_ntlm_stream_rewind(s);
    return code;
}

void auth_ntlm_stream_wipe(struct auth_ntlm_stream *s)
{
    explicit_bzero(s, sizeof *s);
}

/*      0                 4                            12
 *      | version 1, LE32 | checksum, 8, maybe sealed  | sequence number, LE32      MS-NLMP 3.4.4.2 */
static enum icm_code add_signature(struct auth_ntlm_stream *s, struct icm_slice message,
                                   uint8_t out[AUTH_NTLM_SIGNATURE_SIZE], struct icm_error *err)
{
    const uint8_t number[] = {(uint8_t)s->sequence, (uint8_t)(s->sequence >> 8), (uint8_t)(s->sequence >> 16),
                              (uint8_t)(s->sequence >> 24)};
    const struct icm_slice pieces[] = {icm_slice_of(number, sizeof number), message};
    uint8_t mac[ICM_MD5_SIZE];

    enum icm_code code =
        icm_hmac(ICM_MD5, icm_slice_of(s->signing_key, sizeof s->signing_key), pieces, ICM_COUNT(pieces), mac, err);
    if (code != ICM_OK)
        return code;
    if (s->has_key_exchange)
        icm_rc4_apply(&s->cipher, mac, mac, 8);
    memset(out, 0, AUTH_NTLM_SIGNATURE_SIZE);
    out[0] = 1;
    memcpy(out + 4, mac, 8);
    memcpy(out + 12, number, sizeof number);
    s->sequence++;
    return ICM_OK;
}

enum icm_code auth_ntlm_sign(struct auth_ntlm_stream *s, struct icm_slice message,
                             uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE], struct icm_error *err)
{
    return add_signature(s, message, signature, err);
}

enum icm_code auth_ntlm_verify(struct auth_ntlm_stream *s, struct icm_slice message, struct icm_slice signature,
                               struct icm_error *err)
{
    uint8_t expected[AUTH_NTLM_SIGNATURE_SIZE];
    enum icm_code code = add_signature(s, message, expected, err);

    if (code != ICM_OK)
        return code;
    if (signature.size == sizeof expected && icm_same_bytes(expected, signature.data, sizeof expected))
        return ICM_OK;
    return icm_fail(err, ICM_DENIED, "MS-NLMP 3.4.4",
                    "a message's signature is wrong: it was tampered with, replayed, or "
                    "is not the one that was due");
}

enum icm_code auth_ntlm_seal(struct auth_ntlm_stream *s, struct icm_slice message,
                             uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE], struct icm_buf *out, struct icm_error *err)
{
    uint8_t *room = icm_buf_room(out, message.size);

    if (!room)
        return icm_nomem(err);
    icm_rc4_apply(&s->cipher, message.data, room, message.size);
    enum icm_code code = add_signature(s, message, signature, err);
    if (code == ICM_OK)
        out->size += message.size;
    return code;
}

enum icm_code auth_ntlm_unseal(struct auth_ntlm_stream *s, struct icm_slice sealed, struct icm_slice signature,
                               struct icm_buf *out, struct icm_error *err)
{
    uint8_t *room = icm_buf_room(out, sealed.size);

    if (!room)
        return icm_nomem(err);
    icm_rc4_apply(&s->cipher, sealed.data, room, sealed.size);
    enum icm_code code = auth_ntlm_verify(s, icm_slice_of(room, sealed.size), signature, err);
    if (code == ICM_OK)
        out->size += sealed.size;
    else
        explicit_bzero(room, sealed.size);
    return code;
}
