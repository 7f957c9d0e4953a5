#include "auth/ntlm_keys.h"

#include "base/digest.h"
#include "base/md4.h"
#include "base/text.h"

#include <locale.h>
#include <wctype.h>

/* Upper case as Windows has it, one UTF-16 unit to one: glibc's simple mapping does that for all letters that names
 * have. */
static enum icm_code add_upper(struct icm_buf *out, struct icm_slice utf8, struct icm_error *err)
{
    locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    ICM_OWN(icm_buf_reset) struct icm_buf units = {0};
    enum icm_code code = icm_utf16_from_utf8(&units, utf8, err);

    if (!unicode)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "this machine has no locale C.UTF-8, which upper case needs");
    for (size_t i = 0; code == ICM_OK && i + 1 < units.size; i += 2) {
        wint_t unit = (wint_t)(units.data[i] | units.data[i + 1] << 8), upper = towupper_l(unit, unicode);

        icm_buf_add_le16(out, (uint16_t)(upper <= 0xFFFF ? upper : unit));
    }
    freelocale(unicode);
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

enum icm_code auth_ntlm_one_way(const struct auth_ntlm_identity *who, uint8_t out[AUTH_NTLM_KEY_SIZE],
                                struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf password = {0}, name = {0};
    uint8_t key[ICM_MD4_SIZE];

    enum icm_code code = icm_utf16_from_utf8(&password, who->password, err);
    if (code == ICM_OK)
        code = add_upper(&name, who->user, err);
    if (code == ICM_OK)
        code = icm_utf16_from_utf8(&name, who->domain, err);
    if (code != ICM_OK)
        return code;
    const struct icm_slice piece = icm_buf_slice(&name);
    icm_md4(icm_buf_slice(&password), key);
    code = icm_hmac(ICM_MD5, icm_slice_of(key, sizeof key), &piece, 1, out, err);
    explicit_bzero(key, sizeof key);
    return code;
}

/*      0       2           8      16                 24          28
 *      | 01 01 | six zeroes | time | client challenge | four zeroes | AV pairs | four zeroes      MS-NLMP 2.2.2.7 */
void auth_ntlm_add_blob(struct icm_buf *out, uint64_t time, const uint8_t client_challenge[AUTH_NTLM_CHALLENGE_SIZE],
                        struct icm_slice av_pairs)
{
    icm_buf_add_le64(out, 0x0101);
    icm_buf_add_le64(out, time);
    icm_buf_add(out, icm_slice_of(client_challenge, AUTH_NTLM_CHALLENGE_SIZE));
    icm_buf_add_le32(out, 0);
    icm_buf_add(out, av_pairs);
    icm_buf_add_le32(out, 0);
}

enum icm_code auth_ntlm_prove(const uint8_t one_way[AUTH_NTLM_KEY_SIZE],
                              const uint8_t server_challenge[AUTH_NTLM_CHALLENGE_SIZE], struct icm_slice blob,
                              uint8_t proof[AUTH_NTLM_KEY_SIZE], uint8_t key[AUTH_NTLM_KEY_SIZE], struct icm_error *err)
{
    const struct icm_slice secret = icm_slice_of(one_way, AUTH_NTLM_KEY_SIZE);
    const struct icm_slice proven[] = {icm_slice_of(server_challenge, AUTH_NTLM_CHALLENGE_SIZE), blob};

    enum icm_code code = icm_hmac(ICM_MD5, secret, proven, ICM_COUNT(proven), proof, err);
    const struct icm_slice piece = icm_slice_of(proof, AUTH_NTLM_KEY_SIZE);
    return code == ICM_OK ? icm_hmac(ICM_MD5, secret, &piece, 1, key, err) : code;
}

enum icm_code auth_ntlm_mic(const uint8_t session_key[AUTH_NTLM_KEY_SIZE], struct icm_slice negotiate,
                            struct icm_slice challenge, struct icm_slice authenticate, uint8_t out[AUTH_NTLM_MIC_SIZE],
                            struct icm_error *err)
{
    const struct icm_slice pieces[] = {negotiate, challenge, authenticate};

    return icm_hmac(ICM_MD5, icm_slice_of(session_key, AUTH_NTLM_KEY_SIZE), pieces, ICM_COUNT(pieces), out, err);
}

enum icm_code auth_ntlm_hash_binding(struct icm_slice binding, uint8_t out[AUTH_NTLM_KEY_SIZE], struct icm_error *err)
{
    /* initiator's and acceptor's address, each a type and a length of nothing, before the data's length */
    uint8_t head[20] = {[16] = (uint8_t)binding.size, [17] = (uint8_t)(binding.size >> 8)};
    const struct icm_slice pieces[] = {icm_slice_of(head, sizeof head), binding};

    return icm_digest(ICM_MD5, pieces, ICM_COUNT(pieces), out, err);
}
