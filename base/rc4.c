#include "base/rc4.h"

void icm_rc4_init(struct icm_rc4 *rc4, struct icm_slice key)
{
    uint8_t j = 0;

    for (int i = 0; i < 256; i++)
        rc4->box[i] = (uint8_t)i;
    for (size_t i = 0; i < 256; i++) {
        uint8_t swapped = rc4->box[i];

        j = (uint8_t)(j + swapped + key.data[i % key.size]);
        rc4->box[i] = rc4->box[j];
        rc4->box[j] = swapped;
    }
    rc4->i = rc4->j = 0;
}

void icm_rc4_apply(struct icm_rc4 *rc4, const uint8_t *in, uint8_t *out, size_t size)
{
    uint8_t *box = rc4->box, i = rc4->i, j = rc4->j;

    for (size_t n = 0; n < size; n++) {
        uint8_t a = box[++i], b = box[j = (uint8_t)(j + a)];

        box[i] = b;
        box[j] = a;
        out[n] = in[n] ^ box[(uint8_t)(a + b)];
    }
    rc4->i = i;
    rc4->j = j;
}

void icm_rc4_wipe(struct icm_rc4 *rc4)
{
    explicit_bzero(rc4, sizeof *rc4);
}
