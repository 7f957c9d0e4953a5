#include "cli/endpoint_gzip.h"

#include <zlib.h>

enum { WINDOW_BITS_GZIP = 15 + 16, MEMORY_LEVEL = 8 }; /* zlib's defaults; 16 more asks for gzip's header */

enum icm_code endpoint_gzip(struct icm_buf *body, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf packed = {0};
    z_stream z = {0};

    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS_GZIP, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return icm_nomem(err);
    uLong bound = deflateBound(&z, body->size);
    z.next_out = icm_buf_room(&packed, bound);
    z.avail_out = (uInt)bound;
    z.next_in = body->data;
    z.avail_in = (uInt)body->size;
    bool is_done = z.next_out && deflate(&z, Z_FINISH) == Z_STREAM_END;
    packed.size = is_done ? z.total_out : 0;
    deflateEnd(&z);
    if (!is_done)
        return icm_nomem(err);
    icm_buf_move(body, &packed);
    return ICM_OK;
}
