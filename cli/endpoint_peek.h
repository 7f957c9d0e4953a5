/* A look at a stream of fragments that passes by: where each message ends and which type it has, and nothing else. The bytes come
 * in any pieces. MS-PSRP 2.2.1, 2.2.4. */
#ifndef CLI_ENDPOINT_PEEK_H
#define CLI_ENDPOINT_PEEK_H

#include "psrp/fragment.h"

/** A zeroed one is at the start of a stream. */
struct endpoint_peek {
    uint8_t header[PSRP_FRAGMENT_HEADER];
    size_t header_size;
    uint8_t begin[8]; /* of the message: destination and type, which may be cut over fragments */
    size_t begin_size;
    uint32_t blob_left;
    bool is_lost; /* what passed was no fragment: nothing more is seen */
};

/** Move @bytes behind the end of the next message, whose type goes to @type (0: shorter than that). false: it does not end in
 *  @bytes, which are all behind us then. */
bool endpoint_peek_message(struct endpoint_peek *p, struct icm_slice *bytes, uint32_t *type);

#endif
