/* What the RefIds of one document stand for. MS-PSRP 2.2.5.2.1. */
#ifndef PSRP_CLIXML_IDS_H
#define PSRP_CLIXML_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct psrp_clixml_id {
    void *value; /* NULL: the slot is free */
    uint32_t id;
    uint32_t weight; /* what a reference to it costs; 0: it is not known yet, because the element is open still */
};

/** The engine counts from 0, so that those ids are places in an array; the others are in a hash table whose order a
 * peer cannot foresee: @seed is random and odd. Zeroed but for the seed it is empty. */
struct psrp_clixml_ids {
    struct psrp_clixml_id *counted; /* 0, 1, 2 … */
    size_t counted_size, counted_room;
    struct psrp_clixml_id *slots;
    unsigned bits; /* 1 << bits slots, where there are any */
    size_t count;
    uint64_t seed;
};

/** @value is not NULL. An id that is there already stands for the new value from now on, as in the engine. false:
 * memory is short. */
bool psrp_clixml_ids_set(struct psrp_clixml_ids *ids, uint32_t id, void *value);

/** What @id stands for, valid until the next is set; NULL: it has not been seen. */
struct psrp_clixml_id *psrp_clixml_ids_get(const struct psrp_clixml_ids *ids, uint32_t id);

/** Forget all ids; the memory that a large document needed is given back. */
void psrp_clixml_ids_clear(struct psrp_clixml_ids *ids);
void psrp_clixml_ids_free(struct psrp_clixml_ids *ids);

#endif
