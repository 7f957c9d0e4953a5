/* Hashes and HMACs, by OpenSSL. */
#ifndef ICM_BASE_DIGEST_H
#define ICM_BASE_DIGEST_H

#include "base/bytes.h"
#include "base/error.h"

enum icm_digest_type { ICM_MD5, ICM_SHA1, ICM_SHA256, ICM_SHA384, ICM_SHA512, ICM_SHA512_256, ICM_DIGEST_COUNT };
enum { ICM_DIGEST_MAX = 64, ICM_MD5_SIZE = 16, ICM_SHA1_SIZE = 20, ICM_SHA256_SIZE = 32 };

/** Bytes that a digest of @type has. */
size_t icm_digest_size(enum icm_digest_type type);

/** The digest, or the HMAC (RFC 2104) under @key, of @count pieces one after the other, into @out, which has icm_digest_size
 *  bytes. ICM_UNSUPPORTED: this machine's policy switched the algorithm off (MD5 in FIPS mode). */
enum icm_code icm_digest(enum icm_digest_type type, const struct icm_slice *pieces, size_t count, uint8_t *out,
                         struct icm_error *err);
enum icm_code icm_hmac(enum icm_digest_type type, struct icm_slice key, const struct icm_slice *pieces, size_t count,
                       uint8_t *out, struct icm_error *err);

/** Whether two texts of @size bytes are the same, in a time that depends on @size alone. */
bool icm_same_bytes(const void *a, const void *b, size_t size);

#endif
