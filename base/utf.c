/* UTF-8 and UTF-16. Inside icm a text is UTF-8 in which a lone surrogate keeps its three-byte form (WTF-8), because a
 * PowerShell string is any row of UTF-16 units. */
#include "base/text.h"

static bool is_high(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDBFF;
}

static bool is_low(uint32_t c)
{
    return c >= 0xDC00 && c <= 0xDFFF;
}

/* how a first byte begins a character; RFC 3629 section 3 */
static const struct {
    uint8_t mask, mark, more;
    uint32_t min;
} leads[] = {{0x80, 0x00, 0, 0}, {0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};

int32_t icm_utf8_next(struct icm_slice *text)
{
    if (text->size == 0)
        return -1;

    uint8_t first = text->data[0];
    size_t row = 0;
    while (row < ICM_COUNT(leads) && (first & leads[row].mask) != leads[row].mark)
        row++;
    if (row == ICM_COUNT(leads) || text->size <= leads[row].more)
        return -1;

    uint32_t c = first & (uint8_t)~leads[row].mask;
    for (size_t i = 1; i <= leads[row].more; i++) {
        if ((text->data[i] & 0xc0) != 0x80)
            return -1;
        c = c << 6 | (text->data[i] & 0x3f);
    }
    if (c < leads[row].min || c > 0x10FFFF)
        return -1;
    *text = icm_slice_from(*text, (size_t)leads[row].more + 1);
    return (int32_t)c;
}

void icm_utf8_add(struct icm_buf *out, uint32_t c)
{
    if (c < 0x80) {
        icm_buf_add_u8(out, (uint8_t)c);
    } else if (c < 0x800) {
        icm_buf_add_u8(out, (uint8_t)(0xc0 | c >> 6));
        icm_buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        icm_buf_add_u8(out, (uint8_t)(0xe0 | c >> 12));
        icm_buf_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        icm_buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        icm_buf_add_u8(out, (uint8_t)(0xf0 | c >> 18));
        icm_buf_add_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        icm_buf_add_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        icm_buf_add_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

#define EACH_BYTE(c) (0x0101010101010101u * (uint8_t)(c))

/* not 0 when one of the eight bytes of @word is 0 (and only then, but for bytes behind it) */
static uint64_t has_zero(uint64_t word)
{
    return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

static bool is_plain(uint8_t c, char a, char b)
{
    return c >= 0x20 && c < 0x7f && c != (uint8_t)a && c != (uint8_t)b;
}

/* eight bytes at a time, as long as nothing else is among them: megabytes of output pass here */
size_t icm_ascii_plain_size(struct icm_slice text, char a, char b)
{
    const uint64_t del = EACH_BYTE(0x7f), first = EACH_BYTE(a), second = EACH_BYTE(b);
    size_t size = 0;

    for (; text.size - size >= sizeof(uint64_t); size += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text.data + size, sizeof word);
        uint64_t low = (word - EACH_BYTE(0x20)) & ~word;
        if (((word | low) & EACH_BYTE(0x80)) | has_zero(word ^ del) | has_zero(word ^ first) | has_zero(word ^ second))
            break;
    }
    while (size < text.size && is_plain(text.data[size], a, b))
        size++;
    return size;
}

size_t icm_utf8_valid_size(struct icm_slice text)
{
    struct icm_slice rest = text;

    while (rest.size > 0) {
        rest = icm_slice_from(rest, icm_ascii_plain_size(rest, 0, 0));
        if (rest.size == 0)
            break;
        struct icm_slice before = rest;
        int32_t c = icm_utf8_next(&rest);

        if (c < 0 || is_high((uint32_t)c) || is_low((uint32_t)c))
            return text.size - before.size;
    }
    return text.size;
}

static void add_unit(struct icm_buf *out, uint32_t unit)
{
    icm_buf_add_u8(out, (uint8_t)unit);
    icm_buf_add_u8(out, (uint8_t)(unit >> 8));
}

enum icm_code icm_utf16_from_utf8(struct icm_buf *out, struct icm_slice utf8, struct icm_error *err)
{
    const size_t size = utf8.size, start = out->size;

    while (utf8.size > 0) {
        int32_t c = icm_utf8_next(&utf8);

        if (c < 0) {
            out->size = start; /* what was added may be half of a secret */
            return icm_fail(err, ICM_SYNTAX, "RFC 3629", "no UTF-8 at byte %zu", size - utf8.size);
        }
        if (c < 0x10000) {
            add_unit(out, (uint32_t)c);
            continue;
        }
        add_unit(out, 0xD800 + (((uint32_t)c - 0x10000) >> 10));
        add_unit(out, 0xDC00 + (((uint32_t)c - 0x10000) & 0x3ff));
    }
    return icm_buf_check(out, err);
}

static uint32_t unit_at(struct icm_slice utf16, size_t i)
{
    return (uint32_t)utf16.data[2 * i] | (uint32_t)utf16.data[2 * i + 1] << 8;
}

enum icm_code icm_utf8_from_utf16(struct icm_buf *out, struct icm_slice utf16, struct icm_error *err)
{
    size_t units = utf16.size / 2;

    if (utf16.size % 2 != 0)
        return icm_fail(err, ICM_SYNTAX, "RFC 2781", "UTF-16 text of %zu bytes, an odd number", utf16.size);
    for (size_t i = 0; i < units; i++) {
        uint32_t c = unit_at(utf16, i);

        if (is_high(c) && i + 1 < units && is_low(unit_at(utf16, i + 1))) {
            c = 0x10000 + ((c - 0xD800) << 10) + (unit_at(utf16, i + 1) - 0xDC00);
            i++;
        }
        icm_utf8_add(out, c);
    }
    return icm_buf_check(out, err);
}
