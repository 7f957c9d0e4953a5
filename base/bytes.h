/* Bytes that belong to somebody else, and a reader over them that sticks at the first short read. */
#ifndef ICM_BASE_BYTES_H
#define ICM_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Borrowed bytes; not terminated. @data may be NULL only when @size is 0. */
struct icm_slice {
    const uint8_t *data;
    size_t size;
};

static inline struct icm_slice icm_slice_of(const void *data, size_t size)
{
    return (struct icm_slice){data, size};
}

/** A literal or terminated text without its end. */
static inline struct icm_slice icm_slice_text(const char *text)
{
    return icm_slice_of(text, text ? strlen(text) : 0);
}

static inline bool icm_slice_equal(struct icm_slice a, struct icm_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool icm_slice_is(struct icm_slice a, const char *text)
{
    return icm_slice_equal(a, icm_slice_text(text));
}

/** @a without its first @count bytes; @count may not pass its size. */
static inline struct icm_slice icm_slice_from(struct icm_slice a, size_t count)
{
    return icm_slice_of(a.data ? a.data + count : a.data, a.size - count);
}

/** Equal but for the case of ASCII letters. */
bool icm_slice_equal_nocase(struct icm_slice a, struct icm_slice b);

/** Without ASCII white space on both ends. */
struct icm_slice icm_slice_trim(struct icm_slice a);

/** Reads numbers off the front of @rest. After the first read past the end every call gives zero and @missing stays set,
 *  so that one check serves a whole header. */
struct icm_reader {
    struct icm_slice rest;
    bool missing;
};

static inline struct icm_reader icm_reader_on(struct icm_slice bytes)
{
    return (struct icm_reader){bytes, false};
}

uint8_t icm_read_u8(struct icm_reader *r);
uint32_t icm_read_be32(struct icm_reader *r);
uint64_t icm_read_be64(struct icm_reader *r);
uint16_t icm_read_le16(struct icm_reader *r);
uint32_t icm_read_le32(struct icm_reader *r);
uint64_t icm_read_le64(struct icm_reader *r);

/** The next @size bytes, borrowed. */
struct icm_slice icm_read_slice(struct icm_reader *r, size_t size);

#endif
