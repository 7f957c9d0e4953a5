/* A pool's session key, and the SecureStrings under it. Both roles. MS-PSRP 2.2.2.3 to 2.2.2.5, 2.2.5.1.24, 3.1.1.1.3.
 */
#ifndef PSRP_SECRET_H
#define PSRP_SECRET_H

#include "base/buf.h"

/** The keys of one pool: in the client's role an RSA pair made when it is first asked for, in either role the AES-256
 * key. Wiped when freed. */
struct psrp_secret;
enum icm_code psrp_secret_new(struct psrp_secret **out, struct icm_error *err);
void psrp_secret_free(struct psrp_secret *s); /* NULL is fine */

/** The client's: append what PUBLIC_KEY carries, base64 of a CAPI PUBLICKEYBLOB of 2,048 bits:
 *
 *      06 02 00 00 00 A4 00 00 'R' 'S' 'A' '1' | bits, 4 bytes | exponent, 4 | modulus, 256      all little-endian
 */
enum icm_code psrp_secret_public_key(struct psrp_secret *s, struct icm_buf *out, struct icm_error *err);

/** The client's: take in what ENCRYPTED_SESSION_KEY carries, base64 of a SIMPLEBLOB (01 02 00 00 10 66 00 00 00 A4 00
 * 00 and the PKCS#1 v1.5 ciphertext, little-endian). ICM_SYNTAX: it is not one, or not for our key; one error for all
 * that the RSA layer can find. */
enum icm_code psrp_secret_take_session_key(struct psrp_secret *s, struct icm_slice text, struct icm_error *err);

/** The server's: @text is what PUBLIC_KEY carried (1,024 to 16,384 bits; an odd exponent of 3 or more); append what
 * ENCRYPTED_SESSION_KEY is to carry. The session key is made where there is none yet. */
enum icm_code psrp_secret_answer(struct psrp_secret *s, struct icm_slice text, struct icm_buf *out,
                                 struct icm_error *err);

/** Make the session key now, the server's: a server of 2.2 or later may encrypt before it is asked (engine.md 3). */
enum icm_code psrp_secret_make_session_key(struct psrp_secret *s, struct icm_error *err);

bool psrp_secret_has_session_key(const struct psrp_secret *s);

/** Append AES-256-CBC, zero vector, PKCS#7, of @text (UTF-8) as UTF-16LE; @s NULL: UTF-16LE alone, the form of 2.4,
 * here and in psrp_secret_open. ICM_STATE: there is no session key. */
enum icm_code psrp_secret_seal(const struct psrp_secret *s, struct icm_slice text, struct icm_buf *out,
                               struct icm_error *err);

/** The way back: @sealed as a PSRP_SECURESTRING holds it; UTF-8 is appended. ICM_SYNTAX: not whole blocks, bad padding,
 * an odd size. ICM_STATE: there is no session key. */
enum icm_code psrp_secret_open(const struct psrp_secret *s, struct icm_slice sealed, struct icm_buf *out,
                               struct icm_error *err);

/** For tests and tools that have the keys from elsewhere: 32 bytes; a pair in PKCS#1 DER. */
enum icm_code psrp_secret_set_session_key(struct psrp_secret *s, struct icm_slice key, struct icm_error *err);
enum icm_code psrp_secret_set_key_pair(struct psrp_secret *s, struct icm_slice der, struct icm_error *err);

#endif
