#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

enum { SMALLEST_BLOCK = 64, FIRST_BLOCK = 1024, LARGEST_FIRST_BLOCK = 16 * 1024, LARGEST_BLOCK = 64 * 1024 };

struct icm_arena_block {
    struct icm_arena_block *next;
    size_t size; /* whole units */
    alignas(ICM_ARENA_UNIT) uint8_t bytes[];
};

struct icm_arena_adopted {
    struct icm_arena_adopted *next;
    uint8_t *data;
    size_t capacity;
};

_Static_assert(alignof(void *) <= ICM_ARENA_UNIT && alignof(double) <= ICM_ARENA_UNIT, "what values are made of");

static size_t whole_units(size_t size)
{
    return (size + ICM_ARENA_UNIT - 1) / ICM_ARENA_UNIT * ICM_ARENA_UNIT;
}

static struct icm_arena_block *block_new(size_t size)
{
    struct icm_arena_block *block = malloc(sizeof *block + size);

    if (block)
        block->size = size;
    return block;
}

static void take_from(struct icm_arena *a, struct icm_arena_block *block)
{
    block->next = a->blocks;
    a->blocks = block;
    a->at = block->bytes;
    a->left = block->size;
}

/* It goes behind the first, whose room is still good for small pieces. */
static void *take_large(struct icm_arena *a, size_t size)
{
    struct icm_arena_block *block = block_new(size);

    if (!block)
        return NULL;
    block->next = a->blocks->next;
    a->blocks->next = block;
    a->used += size;
    return block->bytes;
}

/* Half as much as there is already: few blocks, of which at most a third stays empty. */
static size_t size_of_next(const struct icm_arena *a, size_t least)
{
    size_t size = a->blocks ? whole_units(a->used / 2) : FIRST_BLOCK;

    if (size < SMALLEST_BLOCK)
        size = SMALLEST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    return size < least ? least : size;
}

void *icm_arena_take_slowly(struct icm_arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = whole_units(size ? size : 1);
    if (a->blocks && size > LARGEST_BLOCK)
        return take_large(a, size);
    if (size > a->left) {
        struct icm_arena_block *block = block_new(size_of_next(a, size));

        if (!block)
            return NULL;
        take_from(a, block);
    }
    return icm_arena_take_unset(a, size);
}

void icm_arena_expect(struct icm_arena *a, size_t size)
{
    if (a->blocks)
        return;
    if (size < SMALLEST_BLOCK)
        size = SMALLEST_BLOCK;
    if (size > LARGEST_FIRST_BLOCK)
        size = LARGEST_FIRST_BLOCK;
    struct icm_arena_block *block = block_new(whole_units(size));
    if (block)
        take_from(a, block);
}

bool icm_arena_copy(struct icm_arena *a, struct icm_slice bytes, struct icm_slice *out)
{
    uint8_t *copy = icm_arena_take_unset(a, bytes.size + 1);

    if (!copy)
        return false;
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    *out = icm_slice_of(copy, bytes.size);
    return true;
}

bool icm_arena_adopt(struct icm_arena *a, struct icm_buf *b)
{
    struct icm_arena_adopted *adopted = icm_arena_take_unset(a, sizeof *adopted);

    if (!adopted)
        return false;
    *adopted = (struct icm_arena_adopted){a->adopted, b->data, b->capacity};
    a->adopted = adopted;
    a->used += b->capacity;
    *b = (struct icm_buf){0};
    return true;
}

void icm_arena_reset(struct icm_arena *a)
{
    for (struct icm_arena_adopted *adopted = a->adopted; adopted; adopted = adopted->next) {
        struct icm_buf bytes = {.data = adopted->data, .capacity = adopted->capacity};

        icm_buf_reset(&bytes);
    }
    for (struct icm_arena_block *block = a->blocks, *next; block; block = next) {
        next = block->next;
        /* what is left of the first has never been written */
        explicit_bzero(block->bytes, block->size - (block == a->blocks ? a->left : 0));
        free(block);
    }
    memset(a, 0, sizeof *a);
}
