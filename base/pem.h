/* The first certificate of a PEM text. RFC 7468 5. */
#ifndef ICM_BASE_PEM_H
#define ICM_BASE_PEM_H

#include "base/buf.h"

/** Append the DER bytes of the first certificate in @text; what stands around it does not count. ICM_SYNTAX: there is none, or it
 *  is no base64; nothing was appended. */
enum icm_code icm_pem_certificate(struct icm_slice text, struct icm_buf *der, struct icm_error *err);

#endif
