#include "psrp/fragment.h"

enum icm_code psrp_fragment_read_header(struct icm_slice *in, struct psrp_fragment *out, struct icm_error *err)
{
    struct icm_reader r = icm_reader_on(*in);
    struct psrp_fragment f;

    f.object_id = icm_read_be64(&r);
    f.fragment_id = icm_read_be64(&r);
    f.flags = icm_read_u8(&r) & (PSRP_FRAGMENT_START | PSRP_FRAGMENT_END); /* six reserved bits, ignored on receipt */
    uint32_t size = icm_read_be32(&r);
    if (r.missing)
        return ICM_AGAIN;
    if (f.object_id == 0 || f.object_id > INT64_MAX) /* .NET reads it as a signed number that must be positive */
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.4", "object id %lld, at least 1", (long long)f.object_id);
    if (size > PSRP_BLOB_MAX)
        return icm_fail(err, ICM_LIMIT, "MS-PSRP 2.2.4", "blob of %u bytes, at most %d", size, PSRP_BLOB_MAX);
    f.blob = icm_slice_of(NULL, size);

    *in = r.rest;
    *out = f;
    return ICM_OK;
}

enum icm_code psrp_fragment_read(struct icm_slice *in, struct psrp_fragment *out, struct icm_error *err)
{
    struct icm_slice rest = *in;
    struct psrp_fragment f;

    enum icm_code code = psrp_fragment_read_header(&rest, &f, err);
    if (code != ICM_OK)
        return code;
    if (rest.size < f.blob.size)
        return ICM_AGAIN;

    f.blob = icm_slice_of(rest.data, f.blob.size);
    *in = icm_slice_from(rest, f.blob.size);
    *out = f;
    return ICM_OK;
}

void psrp_fragment_write(struct icm_buf *out, const struct psrp_fragment *fragment)
{
    icm_buf_add_be64(out, fragment->object_id);
    icm_buf_add_be64(out, fragment->fragment_id);
    icm_buf_add_u8(out, fragment->flags);
    icm_buf_add_be32(out, (uint32_t)fragment->blob.size);
    icm_buf_add(out, fragment->blob);
}
