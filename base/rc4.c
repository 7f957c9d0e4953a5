#include "base/rc4.h"

#include <endian.h>

void icm_rc4_init(struct icm_rc4 *rc4, struct icm_slice key)
{
    uint32_t j = 0;

    for (uint32_t i = 0; i < 256; i++)
        rc4->box[i] = i;
    for (size_t i = 0; i < 256; i++) {
        uint32_t swapped = rc4->box[i];

        j = (j + swapped + key.data[i % key.size]) & 255;
        rc4->box[i] = rc4->box[j];
        rc4->box[j] = swapped;
    }
    rc4->i = rc4->j = 0;
}

/* One byte of the key stream: @a is what lies at @i. */
static inline uint64_t turn(uint32_t *box, size_t i, size_t *j, size_t a)
{
    *j = (*j + a) & 255;
    size_t b = box[*j];

    box[*j] = (uint32_t)a;
    box[i] = (uint32_t)b;
    return box[(a + b) & 255];
}

/* Eight bytes from @i on, which is a multiple of eight. What lies at the next place is read before the swap that may
 * change it: the processor need not wait for that to be written, which is most of what RC4 costs. */
static inline uint64_t turn_eight(uint32_t *box, size_t i, size_t *j)
{
    uint64_t stream = 0;
    size_t a = box[i];

#pragma GCC unroll 8
    for (size_t k = 0; k < 8; k++) {
        size_t next = k < 7 ? box[i + k + 1] : 0;

        stream |= turn(box, i + k, j, a) << 8 * k;
        a = *j == i + k + 1 ? a : next;
    }
    return stream;
}

void icm_rc4_apply(struct icm_rc4 *rc4, const uint8_t *in, uint8_t *out, size_t size)
{
    uint32_t *box = rc4->box;
    size_t i = (rc4->i + 1) & 255, j = rc4->j, n = 0;

    while (n < size) {
        for (; i % 8 == 0 && size - n >= 8; n += 8, i = (i + 8) & 255) {
            uint64_t eight;

            memcpy(&eight, in + n, sizeof eight);
            eight ^= htole64(turn_eight(box, i, &j));
            memcpy(out + n, &eight, sizeof eight);
        }
        if (n < size) {
            out[n] = (uint8_t)(in[n] ^ turn(box, i, &j, box[i]));
            n++;
            i = (i + 1) & 255;
        }
    }
    rc4->i = (uint32_t)(i - 1) & 255;
    rc4->j = (uint32_t)j;
}

void icm_rc4_wipe(struct icm_rc4 *rc4)
{
    explicit_bzero(rc4, sizeof *rc4);
}
