/* Memory that is taken piece by piece and given back all at once. A received message becomes one arena. */
#ifndef ICM_BASE_ARENA_H
#define ICM_BASE_ARENA_H

#include "base/bytes.h"

struct icm_arena_block;

/** A zeroed arena is a fresh one. */
struct icm_arena {
    struct icm_arena_block *blocks; /* newest first */
    size_t used;                    /* bytes taken, all blocks together: what limits are charged against */
};

/** @size zeroed bytes, aligned for any type; NULL when memory is short. */
void *icm_arena_take(struct icm_arena *a, size_t size);

/** A copy of @bytes with a zero behind them, which @out does not count. false when memory is short. */
bool icm_arena_copy(struct icm_arena *a, struct icm_slice bytes, struct icm_slice *out);

/** Wipe and free everything taken. */
void icm_arena_reset(struct icm_arena *a);

#endif
