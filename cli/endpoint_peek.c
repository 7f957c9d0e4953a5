#include "cli/endpoint_peek.h"

enum { FLAGS_AT = 16 };

/* @room bytes at the most */
static struct icm_slice take(struct icm_slice *bytes, size_t room)
{
    struct icm_slice taken = icm_slice_of(bytes->data, bytes->size < room ? bytes->size : room);

    *bytes = icm_slice_from(*bytes, taken.size);
    return taken;
}

static void take_header(struct endpoint_peek *p, struct icm_slice *bytes)
{
    struct icm_slice part = take(bytes, PSRP_FRAGMENT_HEADER - p->header_size);

    memcpy(p->header + p->header_size, part.data, part.size);
    p->header_size += part.size;
    if (p->header_size < PSRP_FRAGMENT_HEADER)
        return;
    struct icm_reader size = icm_reader_on(icm_slice_of(p->header + FLAGS_AT + 1, 4));
    p->blob_left = icm_read_be32(&size);
    p->is_lost = p->blob_left > PSRP_BLOB_MAX;
    if (p->header[FLAGS_AT] & PSRP_FRAGMENT_START)
        p->begin_size = 0;
}

static void take_blob(struct endpoint_peek *p, struct icm_slice *bytes)
{
    struct icm_slice part = take(bytes, p->blob_left);
    size_t wanted = sizeof p->begin - p->begin_size;
    size_t size = part.size < wanted ? part.size : wanted;

    if (size > 0)
        memcpy(p->begin + p->begin_size, part.data, size);
    p->begin_size += size;
    p->blob_left -= (uint32_t)part.size;
}

static uint32_t message_type(const struct endpoint_peek *p)
{
    struct icm_reader r = icm_reader_on(icm_slice_of(p->begin, p->begin_size));

    icm_read_le32(&r); /* the destination */
    uint32_t type = icm_read_le32(&r);
    return r.missing ? 0 : type;
}

bool endpoint_peek_message(struct endpoint_peek *p, struct icm_slice *bytes, uint32_t *type)
{
    while (bytes->size > 0 && !p->is_lost) {
        if (p->header_size < PSRP_FRAGMENT_HEADER)
            take_header(p, bytes);
        else
            take_blob(p, bytes);
        if (p->header_size < PSRP_FRAGMENT_HEADER || p->blob_left > 0)
            continue;
        p->header_size = 0;
        if (!(p->header[FLAGS_AT] & PSRP_FRAGMENT_END))
            continue;
        *type = message_type(p);
        return true;
    }
    *bytes = icm_slice_from(*bytes, bytes->size);
    return false;
}
