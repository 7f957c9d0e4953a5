#include "base/bytes.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool icm_slice_equal_nocase(struct icm_slice a, struct icm_slice b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return true;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct icm_slice icm_slice_trim(struct icm_slice a)
{
    while (a.size > 0 && is_space(a.data[0]))
        a = icm_slice_from(a, 1);
    while (a.size > 0 && is_space(a.data[a.size - 1]))
        a.size--;
    return a;
}

struct icm_slice icm_read_slice(struct icm_reader *r, size_t size)
{
    if (r->missing || size > r->rest.size) {
        r->missing = true;
        return (struct icm_slice){NULL, 0};
    }
    struct icm_slice taken = icm_slice_of(r->rest.data, size);
    r->rest = icm_slice_from(r->rest, size);
    return taken;
}

static uint64_t read_be(struct icm_reader *r, size_t size)
{
    struct icm_slice bytes = icm_read_slice(r, size);
    uint64_t value = 0;

    for (size_t i = 0; i < bytes.size; i++)
        value = value << 8 | bytes.data[i];
    return value;
}

uint8_t icm_read_u8(struct icm_reader *r)
{
    return (uint8_t)read_be(r, 1);
}

uint32_t icm_read_be32(struct icm_reader *r)
{
    return (uint32_t)read_be(r, 4);
}

uint64_t icm_read_be64(struct icm_reader *r)
{
    return read_be(r, 8);
}

static uint64_t read_le(struct icm_reader *r, size_t size)
{
    struct icm_slice bytes = icm_read_slice(r, size);
    uint64_t value = 0;

    for (size_t i = bytes.size; i > 0; i--)
        value = value << 8 | bytes.data[i - 1];
    return value;
}

uint16_t icm_read_le16(struct icm_reader *r)
{
    return (uint16_t)read_le(r, 2);
}

uint32_t icm_read_le32(struct icm_reader *r)
{
    return (uint32_t)read_le(r, 4);
}

uint64_t icm_read_le64(struct icm_reader *r)
{
    return read_le(r, 8);
}
