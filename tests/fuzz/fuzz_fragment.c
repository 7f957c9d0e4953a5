/* Laws: what reads, written again, is the bytes it was read from, but for the reserved bits; of those bytes no shorter
 * front is a whole fragment; the header alone says the same; and what fails leaves the input where it was.
 * MS-PSRP 2.2.4. */
#include "psrp/fragment.h"

#include <stdlib.h>

static void must(bool law)
{
    if (!law)
        abort();
}

static bool is_same_header(const struct psrp_fragment *a, const struct psrp_fragment *b)
{
    return a->object_id == b->object_id && a->fragment_id == b->fragment_id && a->flags == b->flags &&
           a->blob.size == b->blob.size;
}

static void check_whole(struct icm_slice bytes, const struct psrp_fragment *f)
{
    struct icm_slice in = bytes;
    struct psrp_fragment header, cut;
    struct icm_buf again = {0};

    must(psrp_fragment_read_header(&in, &header, NULL) == ICM_OK && is_same_header(&header, f));
    must(in.data == bytes.data + PSRP_FRAGMENT_HEADER && !header.blob.data);
    psrp_fragment_write(&again, f);
    must(!again.failed && again.size == bytes.size);
    again.data[16] |= bytes.data[16] & (uint8_t) ~(PSRP_FRAGMENT_START | PSRP_FRAGMENT_END);
    must(icm_slice_equal(icm_buf_slice(&again), bytes));
    for (size_t size = 0; size < bytes.size && size < 40; size++) {
        in = icm_slice_of(bytes.data, size);
        must(psrp_fragment_read(&in, &cut, NULL) == ICM_AGAIN && in.size == size);
    }
    icm_buf_reset(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice rest = icm_slice_of(data, size);
    struct icm_error err = {0};
    enum icm_code code = ICM_OK;

    while (code == ICM_OK) {
        struct icm_slice before = rest;
        struct psrp_fragment f;

        code = psrp_fragment_read(&rest, &f, &err);
        if (code == ICM_OK)
            check_whole(icm_slice_of(before.data, before.size - rest.size), &f);
        else
            must(rest.data == before.data && rest.size == before.size);
    }
    must(code == ICM_AGAIN || ((code == ICM_SYNTAX || code == ICM_LIMIT) && err.code == code));
    icm_error_reset(&err);
    return 0;
}
