/* Bytes of our own that grow. Writers stick: after a failed allocation every call does nothing, and one check at the end
 * serves them all. What a buffer held is wiped when it is freed, so that secrets may live in one. */
#ifndef ICM_BASE_BUF_H
#define ICM_BASE_BUF_H

#include "base/bytes.h"
#include "base/error.h"

struct icm_buf {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed; /* an allocation failed: @data is not whole */
};

/** icm_buf_room where the buffer is full, or failed. */
uint8_t *icm_buf_room_slowly(struct icm_buf *b, size_t more);

/** Make room for @more bytes behind the end; the room may be written to and then claimed by adding to @size.
 *  NULL when memory is short (and @failed is set). */
static inline uint8_t *icm_buf_room(struct icm_buf *b, size_t more)
{
    return b->capacity - b->size > more && !b->failed ? b->data + b->size : icm_buf_room_slowly(b, more);
}

static inline void icm_buf_add(struct icm_buf *b, struct icm_slice bytes)
{
    uint8_t *room = icm_buf_room(b, bytes.size);

    if (!room || bytes.size == 0)
        return;
    memcpy(room, bytes.data, bytes.size);
    b->size += bytes.size;
}

static inline void icm_buf_add_text(struct icm_buf *b, const char *text)
{
    icm_buf_add(b, icm_slice_of(text, strlen(text)));
}

static inline void icm_buf_add_u8(struct icm_buf *b, uint8_t value)
{
    icm_buf_add(b, icm_slice_of(&value, 1));
}

void icm_buf_add_format(struct icm_buf *b, const char *format, ...) ICM_PRINTF(2, 3);
void icm_buf_add_be32(struct icm_buf *b, uint32_t value);
void icm_buf_add_be64(struct icm_buf *b, uint64_t value);
void icm_buf_add_le16(struct icm_buf *b, uint16_t value);
void icm_buf_add_le32(struct icm_buf *b, uint32_t value);
void icm_buf_add_le64(struct icm_buf *b, uint64_t value);

/** Drop the first @count bytes; the rest moves to the front. */
void icm_buf_drop(struct icm_buf *b, size_t count);

/** Empty it and keep its memory. The bytes are not wiped: for buffers that hold no secret. */
static inline void icm_buf_clear(struct icm_buf *b)
{
    b->size = 0;
    b->failed = false;
}

/** Wipe, free and make it a fresh empty buffer. */
void icm_buf_reset(struct icm_buf *b);

static inline struct icm_slice icm_buf_slice(const struct icm_buf *b)
{
    return icm_slice_of(b->data, b->size);
}

/** The bytes as a C text that stays valid until the next call with @b; "" when memory is short. */
const char *icm_buf_text(struct icm_buf *b);

/** Hand the bytes over to @to, which is freed first; @from becomes empty. */
void icm_buf_move(struct icm_buf *to, struct icm_buf *from);

/** ICM_OK, or ICM_NOMEM where a write failed. */
enum icm_code icm_buf_check(const struct icm_buf *b, struct icm_error *err);

#endif
