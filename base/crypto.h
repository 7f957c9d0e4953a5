/* RSA and AES, by OpenSSL, as far as a pool's session key needs them. */
#ifndef ICM_BASE_CRYPTO_H
#define ICM_BASE_CRYPTO_H

#include "base/buf.h"

enum {
    ICM_AES_BLOCK = 16,
    ICM_AES256_KEY = 32,
    ICM_RSA_BITS_MIN = 1024,
    ICM_RSA_BITS_MAX = 16384,
    ICM_RSA_BYTES_MAX = ICM_RSA_BITS_MAX / 8,
};

/** An RSA key: a pair of our own, or a peer's public one. */
struct icm_rsa;
void icm_rsa_free(struct icm_rsa *k); /* NULL is fine */

/** A new pair of @bits with the exponent 65537. Takes tens of milliseconds. */
enum icm_code icm_rsa_new(struct icm_rsa **out, unsigned bits, struct icm_error *err);

/** A pair from its PKCS#1 DER form (RFC 8017 A.1.2). ICM_SYNTAX: it is not one. */
enum icm_code icm_rsa_from_der(struct icm_rsa **out, struct icm_slice der, struct icm_error *err);

/** A public key from its numbers, big-endian. ICM_SYNTAX: fewer bits than ICM_RSA_BITS_MIN or more than ICM_RSA_BITS_MAX, an
 *  even modulus, an exponent that is even or under 3. */
enum icm_code icm_rsa_from_public(struct icm_rsa **out, struct icm_slice modulus, uint32_t exponent,
                                  struct icm_error *err);

/** Append the modulus, big-endian, as many bytes as it has; *@exponent is the exponent. */
enum icm_code icm_rsa_public(const struct icm_rsa *k, struct icm_buf *modulus, uint32_t *exponent, struct icm_error *err);

/** Append @text encrypted for the key, PKCS#1 v1.5 (RFC 8017 7.2.1), big-endian. */
enum icm_code icm_rsa_encrypt(const struct icm_rsa *k, struct icm_slice text, struct icm_buf *out, struct icm_error *err);

/** The way back, with our own pair: exactly @size bytes into @out. ICM_SYNTAX for everything that can be wrong with @sealed: which it was
 *  is nobody's business. @out is written only with ICM_OK. */
enum icm_code icm_rsa_decrypt(const struct icm_rsa *k, struct icm_slice sealed, uint8_t *out, size_t size,
                              struct icm_error *err);

/** Append @text in AES-256-CBC with a vector of zeroes and PKCS#7 padding. */
enum icm_code icm_aes_encrypt(const uint8_t key[ICM_AES256_KEY], struct icm_slice text, struct icm_buf *out,
                              struct icm_error *err);

/** The way back. ICM_SYNTAX: not whole blocks, or padding that is none. */
enum icm_code icm_aes_decrypt(const uint8_t key[ICM_AES256_KEY], struct icm_slice sealed, struct icm_buf *out,
                              struct icm_error *err);

#endif
