/* Compressed answers. RFC 1952. */
#ifndef CLI_ENDPOINT_GZIP_H
#define CLI_ENDPOINT_GZIP_H

#include "base/buf.h"

/** Replace @body by its gzip form. ICM_NOMEM: @body is as it was. */
enum icm_code endpoint_gzip(struct icm_buf *body, struct icm_error *err);

#endif
