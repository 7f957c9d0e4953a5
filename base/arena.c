#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

enum { FIRST_BLOCK = 1024, LARGEST_BLOCK = 64 * 1024 };

struct icm_arena_block {
    struct icm_arena_block *next;
    size_t size, used;
    alignas(max_align_t) uint8_t bytes[];
};

/* One made for a single large piece goes behind the newest, whose room is still good for small ones. */
static void link_block(struct icm_arena *a, struct icm_arena_block *block)
{
    bool is_large = block->size > LARGEST_BLOCK && a->blocks;
    struct icm_arena_block **place = is_large ? &a->blocks->next : &a->blocks;

    block->next = *place;
    *place = block;
}

static struct icm_arena_block *block_new(struct icm_arena *a, size_t size)
{
    size_t wanted = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;

    if (wanted > LARGEST_BLOCK)
        wanted = LARGEST_BLOCK;
    if (wanted < size)
        wanted = size;
    struct icm_arena_block *block = malloc(sizeof *block + wanted);
    if (!block)
        return NULL;
    block->size = wanted;
    block->used = 0;
    link_block(a, block);
    return block;
}

void *icm_arena_take(struct icm_arena *a, size_t size)
{
    const size_t unit = alignof(max_align_t);

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + unit - 1) / unit * unit;
    struct icm_arena_block *block = a->blocks;
    if (!block || block->size - block->used < size)
        block = block_new(a, size);
    if (!block)
        return NULL;

    void *taken = block->bytes + block->used;
    block->used += size;
    a->used += size;
    memset(taken, 0, size);
    return taken;
}

bool icm_arena_copy(struct icm_arena *a, struct icm_slice bytes, struct icm_slice *out)
{
    uint8_t *copy = icm_arena_take(a, bytes.size + 1);

    if (!copy)
        return false;
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    *out = icm_slice_of(copy, bytes.size);
    return true;
}

void icm_arena_reset(struct icm_arena *a)
{
    while (a->blocks) {
        struct icm_arena_block *block = a->blocks;

        a->blocks = block->next;
        explicit_bzero(block->bytes, block->used);
        free(block);
    }
    a->used = 0;
}
