/* Our own certificates, which a thumbprint picks out of a folder, as Windows picks them out of a store. */
#ifndef CLI_CERTIFICATE_H
#define CLI_CERTIFICATE_H

#include "base/buf.h"

enum { CLI_THUMBPRINT = 40 /* hexadecimal digits of a SHA-1 */, CLI_CERTIFICATES_MAX = 10000 };

/** Append the path of the file in @folder that holds the certificate of @thumbprint (40 hexadecimal digits in any case;
 * blanks and colons count nothing): a PEM file (.pem, .crt, .cer) whose first certificate has it, or any file with that
 * name (THUMBPRINT.p12). ICM_USAGE: no thumbprint, no folder, or no such certificate in it. */
enum icm_code cli_certificate_find(const char *folder, const char *thumbprint, struct icm_buf *path,
                                   struct icm_error *err);

#endif
