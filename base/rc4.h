/* RC4, with which NTLM seals. OpenSSL 3 keeps it in its legacy provider, which many machines do not have. MS-NLMP 3.4. */
#ifndef ICM_BASE_RC4_H
#define ICM_BASE_RC4_H

#include "base/bytes.h"

/** A running key stream: a secret, to be wiped. */
struct icm_rc4 {
    uint32_t box[256]; /* bytes, in words: processors read those back sooner */
    uint32_t i, j;
};

/** Begin a stream; @key has 1 to 256 bytes. */
void icm_rc4_init(struct icm_rc4 *rc4, struct icm_slice key);

/** The next @size bytes of @in, encrypted or decrypted, into @out, which may be the same place. */
void icm_rc4_apply(struct icm_rc4 *rc4, const uint8_t *in, uint8_t *out, size_t size);

void icm_rc4_wipe(struct icm_rc4 *rc4);

#endif
