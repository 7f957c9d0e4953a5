#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

/* not realloc: it would leave an unwiped copy behind */
static bool grow(struct icm_buf *b, size_t capacity)
{
    uint8_t *data = malloc(capacity);

    if (!data)
        return false;
    if (b->size > 0)
        memcpy(data, b->data, b->size);
    if (b->data) {
        explicit_bzero(b->data, b->capacity); /* what was dropped lies behind the end still */
        free(b->data);
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

uint8_t *icm_buf_room_slowly(struct icm_buf *b, size_t more)
{
    if (b->failed)
        return NULL;
    if (b->capacity - b->size >= more && b->data)
        return b->data + b->size;

    size_t need = b->size + more;
    size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
    while (capacity < need && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    if (need < more || capacity < need || !grow(b, capacity)) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->size;
}

void icm_buf_add_format(struct icm_buf *b, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    uint8_t *room = length < 0 ? NULL : icm_buf_room(b, (size_t)length + 1); /* vsnprintf ends its text */
    if (!room) {
        b->failed = true;
    } else {
        vsnprintf((char *)room, (size_t)length + 1, format, again);
        b->size += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

void icm_buf_add_be32(struct icm_buf *b, uint32_t value)
{
    uint8_t wire[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};

    icm_buf_add(b, icm_slice_of(wire, sizeof wire));
}

void icm_buf_add_be64(struct icm_buf *b, uint64_t value)
{
    icm_buf_add_be32(b, (uint32_t)(value >> 32));
    icm_buf_add_be32(b, (uint32_t)value);
}

static void add_le(struct icm_buf *b, uint64_t value, size_t size)
{
    uint8_t wire[8];

    for (size_t i = 0; i < size; i++)
        wire[i] = (uint8_t)(value >> 8 * i);
    icm_buf_add(b, icm_slice_of(wire, size));
}

void icm_buf_add_le16(struct icm_buf *b, uint16_t value)
{
    add_le(b, value, 2);
}

void icm_buf_add_le32(struct icm_buf *b, uint32_t value)
{
    add_le(b, value, 4);
}

void icm_buf_add_le64(struct icm_buf *b, uint64_t value)
{
    add_le(b, value, 8);
}

void icm_buf_drop(struct icm_buf *b, size_t count)
{
    if (count == 0)
        return;
    memmove(b->data, b->data + count, b->size - count);
    b->size -= count;
}

void icm_buf_reset(struct icm_buf *b)
{
    if (b->data) {
        explicit_bzero(b->data, b->capacity);
        free(b->data);
    }
    memset(b, 0, sizeof *b);
}

const char *icm_buf_text(struct icm_buf *b)
{
    uint8_t *end = icm_buf_room(b, 1);

    if (!end)
        return "";
    *end = '\0';
    return (const char *)b->data;
}

void icm_buf_move(struct icm_buf *to, struct icm_buf *from)
{
    if (to == from)
        return;
    icm_buf_reset(to);
    *to = *from;
    memset(from, 0, sizeof *from);
}

enum icm_code icm_buf_check(const struct icm_buf *b, struct icm_error *err)
{
    return b->failed ? icm_nomem(err) : ICM_OK;
}
