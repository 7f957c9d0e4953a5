/* CredSSP's messages in bytes: TSRequest, and the credentials that one carries sealed. MS-CSSP 2.2.1, 2.2.1.2. */
#ifndef AUTH_CREDSSP_MESSAGE_H
#define AUTH_CREDSSP_MESSAGE_H

#include "base/buf.h"

enum {
    AUTH_CREDSSP_VERSION = 6,       /* ours */
    AUTH_CREDSSP_VERSION_MIN = 2,   /* the oldest that there is */
    AUTH_CREDSSP_VERSION_NONCE = 5, /* the first that binds the key by a hash with a nonce: CVE-2018-0886 */
    AUTH_CREDSSP_NONCE_SIZE = 32,
};

/** A member that is empty is not there. Slices borrow. */
struct auth_ts_request {
    uint32_t version;
    struct icm_slice nego_token, auth_info, pub_key_auth, client_nonce;
    uint32_t error_code; /* an NTSTATUS */
};
void auth_ts_request_write(struct icm_buf *out, const struct auth_ts_request *m);

/** All of @bytes. Members that a later version has behind ours are passed over. ICM_SYNTAX: not that, or with several
 * negoTokens. */
enum icm_code auth_ts_request_read(struct icm_slice bytes, struct auth_ts_request *out, struct icm_error *err);

/** TSPasswordCreds; UTF-16LE. */
struct auth_ts_password {
    struct icm_slice domain, user, password;
};

/** Append TSCredentials with it. */
void auth_ts_password_write(struct icm_buf *out, const struct auth_ts_password *m);

/** ICM_UNSUPPORTED: credentials of another type (a smart card, a remote guard). */
enum icm_code auth_ts_password_read(struct icm_slice bytes, struct auth_ts_password *out, struct icm_error *err);

/** Whether a server that speaks @version tells by an errorCode what went wrong. MS-CSSP 2.2.1 */
static inline bool auth_credssp_tells_errors(uint32_t version)
{
    return version == 3 || version == 4 || version >= 6;
}

#endif
