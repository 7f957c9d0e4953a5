#include "base/md4.h"

enum { BLOCK = 64, LENGTH_AT = 56 };

static uint32_t rotate(uint32_t x, unsigned count)
{
    return x << count | x >> (32 - count);
}

/* the three rounds' functions and constants; RFC 1320 section 3.4 */
static uint32_t pick(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) | (~x & z);
}

static uint32_t majority(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) | (x & z) | (y & z);
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z)
{
    return x ^ y ^ z;
}

static const struct {
    uint32_t (*mix)(uint32_t x, uint32_t y, uint32_t z);
    uint32_t constant;
    uint8_t words[16];
    uint8_t shifts[4];
} rounds[] = {
    {pick, 0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {3, 7, 11, 19}},
    {majority, 0x5a827999, {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}, {3, 5, 9, 13}},
    {parity, 0x6ed9eba1, {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15}, {3, 9, 11, 15}},
};

static void load(uint32_t words[16], const uint8_t block[BLOCK])
{
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 | (uint32_t)block[4 * i + 2] << 16 |
                   (uint32_t)block[4 * i + 3] << 24;
}

static void digest_block(uint32_t state[4], const uint8_t block[BLOCK])
{
    uint32_t words[16], s[4];

    load(words, block);
    memcpy(s, state, sizeof s);
    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++)
        for (int i = 0; i < 16; i++) {
            uint32_t sum = s[0] + rounds[r].mix(s[1], s[2], s[3]) + words[rounds[r].words[i]] + rounds[r].constant;

            /* the four registers change places after each step */
            s[0] = s[3], s[3] = s[2], s[2] = s[1], s[1] = rotate(sum, rounds[r].shifts[i % 4]);
        }
    for (int i = 0; i < 4; i++)
        state[i] += s[i];
    explicit_bzero(words, sizeof words);
}

/* what is behind the last whole block: a one bit, zeroes, and the length in bits */
static void digest_end(uint32_t state[4], struct icm_slice rest, uint64_t size)
{
    uint8_t last[2 * BLOCK] = {0};
    size_t used = rest.size < LENGTH_AT ? BLOCK : 2 * BLOCK;

    if (rest.size > 0)
        memcpy(last, rest.data, rest.size);
    last[rest.size] = 0x80;
    for (int i = 0; i < 8; i++)
        last[used - 8 + (size_t)i] = (uint8_t)(size << 3 >> 8 * i);
    for (size_t at = 0; at < used; at += BLOCK)
        digest_block(state, last + at);
    explicit_bzero(last, sizeof last);
}

void icm_md4(struct icm_slice bytes, uint8_t out[ICM_MD4_SIZE])
{
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    uint64_t size = bytes.size;

    for (; bytes.size >= BLOCK; bytes = icm_slice_from(bytes, BLOCK))
        digest_block(state, bytes.data);
    digest_end(state, bytes, size);
    for (int i = 0; i < ICM_MD4_SIZE; i++)
        out[i] = (uint8_t)(state[i / 4] >> 8 * (i % 4));
    explicit_bzero(state, sizeof state);
}
