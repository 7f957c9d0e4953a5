/* What NTLMv2 computes of a password and two challenges. NTLMv1 and LM are not here, and so cannot be sent.
 * MS-NLMP 3.3.2, 3.4.5. */
#ifndef AUTH_NTLM_KEYS_H
#define AUTH_NTLM_KEYS_H

#include "auth/ntlm_message.h"

/** Whose password it is: UTF-8. The domain is the one that the AUTHENTICATE message names. */
struct auth_ntlm_identity {
    struct icm_slice user, domain, password;
};

/** NTOWFv2: HMAC-MD5 under MD4(password) of the user's name in upper case and the domain as it is, UTF-16LE.
 * ICM_SYNTAX: not UTF-8. */
enum icm_code auth_ntlm_one_way(const struct auth_ntlm_identity *who, uint8_t out[AUTH_NTLM_KEY_SIZE],
                                struct icm_error *err);

/** Append the NT response's part that is not the proof: versions, time, client challenge, AV pairs (their end mark
 * included). */
void auth_ntlm_add_blob(struct icm_buf *out, uint64_t time, const uint8_t client_challenge[AUTH_NTLM_CHALLENGE_SIZE],
                        struct icm_slice av_pairs);

/** The proof over such a blob, and the key that both ends get from it (KeyExchangeKey). */
enum icm_code auth_ntlm_prove(const uint8_t one_way[AUTH_NTLM_KEY_SIZE],
                              const uint8_t server_challenge[AUTH_NTLM_CHALLENGE_SIZE], struct icm_slice blob,
                              uint8_t proof[AUTH_NTLM_KEY_SIZE], uint8_t key[AUTH_NTLM_KEY_SIZE],
                              struct icm_error *err);

/** The MIC over the three messages; the third with zeroes in its MIC's place. */
enum icm_code auth_ntlm_mic(const uint8_t session_key[AUTH_NTLM_KEY_SIZE], struct icm_slice negotiate,
                            struct icm_slice challenge, struct icm_slice authenticate, uint8_t out[AUTH_NTLM_MIC_SIZE],
                            struct icm_error *err);

/** The AV pair of a TLS channel: MD5 of a gss_channel_bindings whose application data is @binding
 * ("tls-server-end-point:" and the hash). MS-NLMP 2.2.2.1 */
enum icm_code auth_ntlm_hash_binding(struct icm_slice binding, uint8_t out[AUTH_NTLM_KEY_SIZE], struct icm_error *err);

#endif
