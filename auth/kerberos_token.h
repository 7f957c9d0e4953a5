/* What a token of the Kerberos mechanism is, by its frame: looked at before a library sees it. RFC 4121 4.1, 4.2.6.2.
 */
#ifndef AUTH_KERBEROS_TOKEN_H
#define AUTH_KERBEROS_TOKEN_H

#include "base/bytes.h"
#include "base/error.h"

enum auth_kerberos_token {
    AUTH_KERBEROS_AP_REQ = 0x0100,
    AUTH_KERBEROS_AP_REP = 0x0200,
    AUTH_KERBEROS_ERROR = 0x0300,
};

/** Which token @bytes are.
 *
 *      60 | length, DER | 06 09 | 1.2.840.113554.1.2.2 | id, 2 bytes | AP-REQ, AP-REP or KRB-ERROR      ends where
 * @bytes end
 *
 *  ICM_DENIED: of another mechanism, which the peer would rather have. ICM_SYNTAX: not of this form, or of another id.
 */
enum icm_code auth_kerberos_token_read(struct icm_slice bytes, enum auth_kerberos_token *out, struct icm_error *err);

/** Whether @bytes begin as a sealed message may, the form of RFC 4757 (RC4) or of RFC 4121 4.2.6.2:
 *
 *      05 04 | flags | ff | extra count, 2 bytes | rotation, 2 bytes | sequence number, 8 bytes      big-endian
 *
 *  The extra count is not protected by every library's reading of it (CVE-2024-37370), and nobody needs it: only 0 is
 * taken. ICM_DENIED: only signed, not sealed. ICM_SYNTAX: anything else. */
enum icm_code auth_kerberos_sealed_check(struct icm_slice bytes, struct icm_error *err);

#endif
