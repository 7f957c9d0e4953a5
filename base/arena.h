/* Memory that is taken piece by piece and given back all at once. A received message becomes one arena. */
#ifndef ICM_BASE_ARENA_H
#define ICM_BASE_ARENA_H

#include "base/buf.h"

struct icm_arena_block;
struct icm_arena_adopted;

/** A zeroed arena is a fresh one. */
struct icm_arena {
    struct icm_arena_block *blocks;    /* the one that is taken from first */
    struct icm_arena_adopted *adopted; /* bytes of somebody else's that became its own */
    uint8_t *at;                       /* the free room of the first block … */
    size_t left;                       /* … of which so much is there: whole units */
    size_t used;                       /* bytes taken and adopted, all together: what limits are charged against */
};

enum { ICM_ARENA_UNIT = 8 }; /* what every piece is aligned to: enough for pointers, 64-bit integers and doubles */

/** icm_arena_take where the first block has no room. */
void *icm_arena_take_slowly(struct icm_arena *a, size_t size);

/** @size bytes that the caller sets, every one of them; NULL when memory is short. */
static inline void *icm_arena_take_unset(struct icm_arena *a, size_t size)
{
    if (size - 1 >= a->left)
        return icm_arena_take_slowly(a, size);
    void *taken = a->at;
    size = (size + ICM_ARENA_UNIT - 1) / ICM_ARENA_UNIT * ICM_ARENA_UNIT;
    a->at += size;
    a->left -= size;
    a->used += size;
    return taken;
}

/** @size zeroed bytes; NULL when memory is short. */
static inline void *icm_arena_take(struct icm_arena *a, size_t size)
{
    void *taken = size <= SIZE_MAX / 2 ? icm_arena_take_unset(a, size) : NULL;

    return taken ? memset(taken, 0, size) : NULL;
}

/** A fresh arena's first block is of @size bytes (within bounds) instead of the usual: for callers who know about how
 * much they will take. Without effect on one that is in use, or when memory is short. */
void icm_arena_expect(struct icm_arena *a, size_t size);

/** A copy of @bytes with a zero behind them, which @out does not count. false when memory is short. */
bool icm_arena_copy(struct icm_arena *a, struct icm_slice bytes, struct icm_slice *out);

/** The bytes of @b become the arena's, where they lie; @b becomes empty. false when memory is short: they are still
 * @b's. */
bool icm_arena_adopt(struct icm_arena *a, struct icm_buf *b);

/** Wipe and free everything taken and adopted. */
void icm_arena_reset(struct icm_arena *a);

#endif
