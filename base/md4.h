/* MD4, which NTLM's one-way function is made of. OpenSSL 3 keeps it in its legacy provider, which many machines do not
 * have. It protects nothing by itself. RFC 1320. */
#ifndef ICM_BASE_MD4_H
#define ICM_BASE_MD4_H

#include "base/bytes.h"

enum { ICM_MD4_SIZE = 16 };

/** The digest of @bytes. */
void icm_md4(struct icm_slice bytes, uint8_t out[ICM_MD4_SIZE]);

#endif
