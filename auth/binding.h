/* What ties an authentication to the TLS connection that it runs over: tls-server-end-point. RFC 5929 4. */
#ifndef AUTH_BINDING_H
#define AUTH_BINDING_H

#include "base/buf.h"

/** Append "tls-server-end-point:" and the hash of the server's certificate @der, by the hash of the certificate's own
 * signature: SHA-256 where that is MD5, SHA-1 or one that we do not know. Nothing is appended where the signature has
 * no single hash (Ed25519, Ed448): there is no such binding then, which is no error. ICM_SYNTAX: @der is no
 * certificate. */
enum icm_code auth_binding_of_certificate(struct icm_slice der, struct icm_buf *out, struct icm_error *err);

#endif
