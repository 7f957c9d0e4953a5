/* A fragment: the 21-byte header and its blob. MS-PSRP 2.2.4. */
#ifndef PSRP_FRAGMENT_H
#define PSRP_FRAGMENT_H

#include "base/buf.h"

enum {
    PSRP_FRAGMENT_START = 1,
    PSRP_FRAGMENT_END = 2,
    PSRP_FRAGMENT_HEADER = 21,
    PSRP_FRAGMENT_MIN = PSRP_FRAGMENT_HEADER + 1, /* a header and one byte: less carries nothing */
    PSRP_BLOB_MAX = 4 * 1024 * 1024, /* eight times the largest envelope; peers send at most one envelope's worth */
};

struct psrp_fragment {
    uint64_t object_id;   /* from 1 */
    uint64_t fragment_id; /* from 0 within the object */
    uint8_t flags;
    struct icm_slice blob; /* borrowed */
};

/** Take one fragment off the front of @in, which moves past it on ICM_OK and stays put otherwise.
 *
 *      offset 0           8             16         17            21
 *             | object id | fragment id | 000000ES | blob length | blob …      big-endian; lengths in bytes
 *
 *  @out->blob borrows from @in. ICM_AGAIN: @in ends inside the fragment. ICM_SYNTAX: object id 0 or over INT64_MAX.
 *  ICM_LIMIT: blob over PSRP_BLOB_MAX (found before the blob is there). Source: MS-PSRP 2.2.4. */
enum icm_code psrp_fragment_read(struct icm_slice *in, struct psrp_fragment *out, struct icm_error *err);

/** The header alone, for a blob that comes later: @out->blob is the room it will take, without its bytes (@data NULL).
 *  Errors as above; ICM_AGAIN: under PSRP_FRAGMENT_HEADER bytes. */
enum icm_code psrp_fragment_read_header(struct icm_slice *in, struct psrp_fragment *out, struct icm_error *err);

/** Append header and blob. */
void psrp_fragment_write(struct icm_buf *out, const struct psrp_fragment *fragment);

#endif
