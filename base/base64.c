/* base64, RFC 4648 section 4. Megabytes of output go through here, so whole groups take a path without branches. */
#include "base/text.h"

#include <endian.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* what a character is: a digit's value, or one of these */
enum { BAD = 0x80, SPACE = 0x81, PAD = 0x82 };

#define B4 BAD, BAD, BAD, BAD
#define B16 B4, B4, B4, B4
static const uint8_t values[256] = {
    BAD,  BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, SPACE, SPACE, SPACE, SPACE, SPACE, BAD, BAD, /* 00 */
    B16,                                                                                      /* 10 */
    SPACE, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 62, BAD, BAD, BAD, 63,           /* 20 */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, BAD, BAD, BAD, PAD, BAD, BAD,                     /* 30 */
    BAD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,                                    /* 40 */
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, BAD, BAD, BAD, BAD, BAD,                      /* 50 */
    BAD, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,                          /* 60 */
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, BAD, BAD, BAD, BAD, BAD,                      /* 70 */
    B16, B16, B16, B16, B16, B16, B16, B16,                                                   /* 80 to ff */
};

void icm_base64_write(struct icm_buf *out, struct icm_slice bytes)
{
    size_t size = (bytes.size + 2) / 3 * 4;
    uint8_t *to = icm_buf_room(out, size);
    const uint8_t *from = bytes.data;
    size_t left = bytes.size;

    if (!to)
        return;
    for (; left >= 3; left -= 3, from += 3, to += 4) {
        to[0] = (uint8_t)alphabet[from[0] >> 2];
        to[1] = (uint8_t)alphabet[(from[0] & 3) << 4 | from[1] >> 4];
        to[2] = (uint8_t)alphabet[(from[1] & 15) << 2 | from[2] >> 6];
        to[3] = (uint8_t)alphabet[from[2] & 63];
    }
    if (left > 0) {
        unsigned second = left == 2 ? from[1] : 0;
        to[0] = (uint8_t)alphabet[from[0] >> 2];
        to[1] = (uint8_t)alphabet[(from[0] & 3u) << 4 | second >> 4];
        to[2] = left == 2 ? (uint8_t)alphabet[(second & 15) << 2] : '=';
        to[3] = '=';
    }
    out->size += size;
}

/* Whole groups go by four tables, one for each place in a group: the digit's bits stand where they belong in the three bytes. What
 * is no digit has the bit that no sum of digits has. */
#define NO_DIGIT 1u
#define DIGIT(c) \
    ((c) >= 'A' && (c) <= 'Z' ? (c) - 'A' : (c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 26 : (c) >= '0' && (c) <= '9' ? (c) - '0' + 52 \
     : (c) == '+' ? 62 : (c) == '/' ? 63 : -1)
#define PLACED(c, shift) (DIGIT(c) < 0 ? NO_DIGIT : (uint32_t)DIGIT(c) << (shift))
#define FOUR(c, shift) PLACED(c, shift), PLACED((c) + 1, shift), PLACED((c) + 2, shift), PLACED((c) + 3, shift)
#define SIXTEEN(c, shift) FOUR(c, shift), FOUR((c) + 4, shift), FOUR((c) + 8, shift), FOUR((c) + 12, shift)
#define ALL(shift) \
    {SIXTEEN(0, shift), SIXTEEN(16, shift), SIXTEEN(32, shift), SIXTEEN(48, shift), SIXTEEN(64, shift), SIXTEEN(80, shift), \
     SIXTEEN(96, shift), SIXTEEN(112, shift), SIXTEEN(128, shift), SIXTEEN(144, shift), SIXTEEN(160, shift), \
     SIXTEEN(176, shift), SIXTEEN(192, shift), SIXTEEN(208, shift), SIXTEEN(224, shift), SIXTEEN(240, shift)}

static const uint32_t placed[4][256] = {ALL(26), ALL(20), ALL(14), ALL(8)};

/* Whole groups, as long as nothing but digits comes; gives back how many characters it took. Each group is stored as four bytes, of
 * which the next group overwrites the last: @to has room for one more. */
static size_t decode_groups(struct icm_slice text, uint8_t *to, size_t *written)
{
    size_t taken = 0;

    *written = 0;
    for (; text.size - taken >= 4; taken += 4, *written += 3) {
        const uint8_t *from = text.data + taken;
        uint32_t group = placed[0][from[0]] | placed[1][from[1]] | placed[2][from[2]] | placed[3][from[3]];

        if (group & NO_DIGIT)
            break;
        group = htobe32(group);
        memcpy(to + *written, &group, sizeof group);
    }
    return taken;
}

static enum icm_code bad_character(struct icm_error *err, uint8_t c)
{
    return icm_fail(err, ICM_SYNTAX, "RFC 4648 4", "byte 0x%02x in base64 text", c);
}

/* the group that is open is full: give its bytes out */
static void close_group(struct icm_base64 *state, struct icm_buf *out)
{
    static const uint8_t sizes[] = {3, 2, 1};
    uint8_t bytes[3] = {(uint8_t)(state->bits >> 16), (uint8_t)(state->bits >> 8), (uint8_t)state->bits};

    icm_buf_add(out, icm_slice_of(bytes, sizes[state->padding]));
    state->bits = 0;
    state->digits = 0;
}

static enum icm_code feed_one(struct icm_base64 *state, uint8_t c, struct icm_buf *out, struct icm_error *err)
{
    uint8_t value = values[c];

    if (value == SPACE)
        return ICM_OK;
    if (value == BAD || (value == PAD ? state->digits < 2 : state->padding > 0))
        return bad_character(err, c);
    if (value == PAD) {
        state->padding++;
        value = 0;
    }
    state->bits = state->bits << 6 | value;
    if (++state->digits == 4)
        close_group(state, out);
    return ICM_OK;
}

enum icm_code icm_base64_feed(struct icm_base64 *state, struct icm_slice text, struct icm_buf *out,
                              struct icm_error *err)
{
    while (text.size > 0) {
        if (state->digits == 0 && state->padding == 0 && text.size >= 4) {
            uint8_t *room = icm_buf_room(out, text.size / 4 * 3 + 1);
            size_t written;
            if (!room)
                return icm_nomem(err);
            text = icm_slice_from(text, decode_groups(text, room, &written));
            out->size += written;
            if (text.size == 0)
                break;
        }
        enum icm_code code = feed_one(state, text.data[0], out, err);
        if (code != ICM_OK)
            return code;
        text = icm_slice_from(text, 1);
    }
    return icm_buf_check(out, err);
}

enum icm_code icm_base64_end(struct icm_base64 *state, struct icm_error *err)
{
    bool whole = state->digits == 0;

    memset(state, 0, sizeof *state);
    return whole ? ICM_OK : icm_fail(err, ICM_SYNTAX, "RFC 4648 4", "base64 text ends inside a group of four");
}

enum icm_code icm_base64_read(struct icm_slice text, struct icm_buf *out, struct icm_error *err)
{
    struct icm_base64 state = {0};
    enum icm_code code = icm_base64_feed(&state, text, out, err);

    return code == ICM_OK ? icm_base64_end(&state, err) : code;
}
