/* NTLM's three messages and their AV pairs, in bytes. MS-NLMP 2.2.1, 2.2.2.1. */
#ifndef AUTH_NTLM_MESSAGE_H
#define AUTH_NTLM_MESSAGE_H

#include "base/buf.h"

enum auth_ntlm_flag { /* MS-NLMP 2.2.2.5 */
    AUTH_NTLM_UNICODE = 0x00000001,
    AUTH_NTLM_OEM = 0x00000002, /* names in bytes, where there is no Unicode */
    AUTH_NTLM_REQUEST_TARGET = 0x00000004,
    AUTH_NTLM_SIGN = 0x00000010,
    AUTH_NTLM_SEAL = 0x00000020,
    AUTH_NTLM_NTLM = 0x00000200,
    AUTH_NTLM_ANONYMOUS = 0x00000800,
    AUTH_NTLM_ALWAYS_SIGN = 0x00008000,
    AUTH_NTLM_TARGET_SERVER = 0x00020000,
    AUTH_NTLM_EXTENDED_SECURITY = 0x00080000,
    AUTH_NTLM_TARGET_INFO = 0x00800000,
    AUTH_NTLM_VERSION = 0x02000000,
    AUTH_NTLM_128 = 0x20000000,
    AUTH_NTLM_KEY_EXCHANGE = 0x40000000,
};
#define AUTH_NTLM_56 0x80000000u /* does not fit an enum's int */

enum auth_ntlm_av { /* MS-NLMP 2.2.2.1 */
    AUTH_NTLM_AV_EOL = 0,
    AUTH_NTLM_AV_NB_COMPUTER = 1,
    AUTH_NTLM_AV_NB_DOMAIN = 2,
    AUTH_NTLM_AV_DNS_COMPUTER = 3,
    AUTH_NTLM_AV_DNS_DOMAIN = 4,
    AUTH_NTLM_AV_FLAGS = 6,     /* bit 1: the AUTHENTICATE has a MIC */
    AUTH_NTLM_AV_TIMESTAMP = 7, /* FILETIME */
    AUTH_NTLM_AV_TARGET_NAME = 9,
    AUTH_NTLM_AV_CHANNEL_BINDINGS = 10,
};

enum {
    AUTH_NTLM_CHALLENGE_SIZE = 8,
    AUTH_NTLM_KEY_SIZE = 16,
    AUTH_NTLM_MIC_SIZE = 16,
    AUTH_NTLM_MIC_AT = 72,               /* in an AUTHENTICATE that has one */
    AUTH_NTLM_AV_FLAG_MIC = 2,
    AUTH_NTLM_MESSAGE_MAX = 64 * 1024,   /* the fields' lengths have 16 bits */
};

/** Which of the three it is, 1 to 3; 0: no NTLM message. */
uint32_t auth_ntlm_message_type(struct icm_slice message);

struct auth_ntlm_negotiate {
    uint32_t flags;
};
void auth_ntlm_write_negotiate(struct icm_buf *out, const struct auth_ntlm_negotiate *m);
enum icm_code auth_ntlm_read_negotiate(struct icm_slice bytes, struct auth_ntlm_negotiate *out, struct icm_error *err);

/** Texts are UTF-16LE, or bytes where the flags have OEM in place of Unicode (AV pairs never are); slices borrow from
 * the message. */
struct auth_ntlm_challenge {
    uint32_t flags;
    uint8_t server_challenge[AUTH_NTLM_CHALLENGE_SIZE];
    struct icm_slice target_name, target_info;
};
void auth_ntlm_write_challenge(struct icm_buf *out, const struct auth_ntlm_challenge *m);
enum icm_code auth_ntlm_read_challenge(struct icm_slice bytes, struct auth_ntlm_challenge *out, struct icm_error *err);

struct auth_ntlm_authenticate {
    uint32_t flags;
    struct icm_slice lm_response, nt_response, domain, user, workstation, session_key;
    bool has_mic;
    uint8_t mic[AUTH_NTLM_MIC_SIZE];
};
/** Append it; room for a MIC is always there, and holds @m->mic. */
void auth_ntlm_write_authenticate(struct icm_buf *out, const struct auth_ntlm_authenticate *m);
/** Whether there is a MIC the AV pairs of the NT response say, not the layout alone. */
enum icm_code auth_ntlm_read_authenticate(struct icm_slice bytes, struct auth_ntlm_authenticate *out,
                                          struct icm_error *err);

/** The next AV pair off the front of @pairs. ICM_AGAIN: the end mark. ICM_SYNTAX: cut short. */
enum icm_code auth_ntlm_av_next(struct icm_slice *pairs, uint16_t *id, struct icm_slice *value, struct icm_error *err);

/** The value of the first pair @id; false: there is none, or the pairs are cut short before it. */
bool auth_ntlm_av_find(struct icm_slice pairs, enum auth_ntlm_av id, struct icm_slice *value);
void auth_ntlm_av_add(struct icm_buf *out, enum auth_ntlm_av id, struct icm_slice value);

#endif
