/* NTLM's protection of messages: signatures and sealing with extended session security, one stream for each direction.
 * MS-NLMP 3.4. */
#ifndef AUTH_NTLM_SEAL_H
#define AUTH_NTLM_SEAL_H

#include "auth/ntlm_message.h"
#include "base/rc4.h"

enum { AUTH_NTLM_SIGNATURE_SIZE = 16 };

enum auth_ntlm_direction { AUTH_NTLM_TO_SERVER, AUTH_NTLM_TO_CLIENT };

/** One direction: keys, key stream, and the number of the next message. Secrets: wiped by auth_ntlm_stream_wipe. */
struct auth_ntlm_stream {
    uint8_t signing_key[AUTH_NTLM_KEY_SIZE], sealing_key[AUTH_NTLM_KEY_SIZE];
    struct icm_rc4 cipher;
    uint32_t sequence;
    bool has_key_exchange;
};

/** @flags: what was agreed; without 128 the sealing key is a shorter one. */
enum icm_code auth_ntlm_stream_init(struct auth_ntlm_stream *s, enum auth_ntlm_direction direction,
                                    const uint8_t session_key[AUTH_NTLM_KEY_SIZE], uint32_t flags,
                                    struct icm_error *err);

/** Begin the key stream anew, as SPNEGO does behind its mechListMIC; the numbers go on. MS-SPNG 3.3.5.1 */
void auth_ntlm_stream_rewind(struct auth_ntlm_stream *s);
void auth_ntlm_stream_wipe(struct auth_ntlm_stream *s);

/** The signature of a message that is sent in clear, and the check of one. ICM_DENIED: it is not the peer's next
 * message. */
enum icm_code auth_ntlm_sign(struct auth_ntlm_stream *s, struct icm_slice message,
                             uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE], struct icm_error *err);
enum icm_code auth_ntlm_verify(struct auth_ntlm_stream *s, struct icm_slice message, struct icm_slice signature,
                               struct icm_error *err);

/** Append @message, sealed, to @out; and the way back. ICM_DENIED: tampered with, replayed, or out of order; nothing is
 * appended, and the stream is of no more use. */
enum icm_code auth_ntlm_seal(struct auth_ntlm_stream *s, struct icm_slice message,
                             uint8_t signature[AUTH_NTLM_SIGNATURE_SIZE], struct icm_buf *out, struct icm_error *err);
enum icm_code auth_ntlm_unseal(struct auth_ntlm_stream *s, struct icm_slice sealed, struct icm_slice signature,
                               struct icm_buf *out, struct icm_error *err);

#endif
