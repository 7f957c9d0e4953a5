#include "psrp/clixml_ids.h"

#include <stdlib.h>
#include <string.h>

enum { COUNTED_FIRST = 32, COUNTED_KEPT = 1024, FIRST_BITS = 5, KEPT_BITS = 10 };

/* ---- those that count from 0 ---- */

static bool grow_counted(struct psrp_clixml_ids *ids)
{
    size_t room = ids->counted_room ? ids->counted_room * 2 : COUNTED_FIRST;
    struct psrp_clixml_id *more = realloc(ids->counted, room * sizeof *more);

    if (!more)
        return false;
    ids->counted = more;
    ids->counted_room = room;
    return true;
}

/* ---- the others ---- */

static size_t room(const struct psrp_clixml_ids *ids)
{
    return ids->slots ? (size_t)1 << ids->bits : 0;
}

/* the slot of @id, or the free one where it belongs; there always is a free one */
static struct psrp_clixml_id *slot_of(const struct psrp_clixml_ids *ids, uint32_t id)
{
    size_t mask = room(ids) - 1;
    size_t at = (size_t)(((uint64_t)id + 1) * ids->seed >> (64 - ids->bits));

    while (ids->slots[at].value && ids->slots[at].id != id)
        at = (at + 1) & mask;
    return &ids->slots[at];
}

static bool grow(struct psrp_clixml_ids *ids)
{
    struct psrp_clixml_ids more = {.bits = ids->slots ? ids->bits + 1 : FIRST_BITS, .seed = ids->seed};

    more.slots = calloc((size_t)1 << more.bits, sizeof *more.slots);
    if (!more.slots)
        return false;
    for (size_t i = 0; i < room(ids); i++)
        if (ids->slots[i].value)
            *slot_of(&more, ids->slots[i].id) = ids->slots[i];
    free(ids->slots);
    ids->slots = more.slots;
    ids->bits = more.bits;
    return true;
}

static struct psrp_clixml_id *add_slot(struct psrp_clixml_ids *ids, uint32_t id)
{
    if ((ids->count + 1) * 2 > room(ids) && !grow(ids))
        return NULL;
    struct psrp_clixml_id *slot = slot_of(ids, id);
    if (!slot->value)
        ids->count++;
    return slot;
}

/* ---- both ---- */

/* An id that was in the hash table, and which the count then comes to, is found in the array from then on. */
bool psrp_clixml_ids_set(struct psrp_clixml_ids *ids, uint32_t id, void *value)
{
    struct psrp_clixml_id *slot;

    if (id == ids->counted_size) {
        if (ids->counted_size == ids->counted_room && !grow_counted(ids))
            return false;
        ids->counted_size++;
    }
    slot = id < ids->counted_size ? &ids->counted[id] : add_slot(ids, id);
    if (!slot)
        return false;
    *slot = (struct psrp_clixml_id){value, id, 0};
    return true;
}

struct psrp_clixml_id *psrp_clixml_ids_get(const struct psrp_clixml_ids *ids, uint32_t id)
{
    if (id < ids->counted_size)
        return &ids->counted[id];
    if (!ids->slots)
        return NULL;
    struct psrp_clixml_id *slot = slot_of(ids, id);
    return slot->value ? slot : NULL;
}

static void free_counted(struct psrp_clixml_ids *ids)
{
    free(ids->counted);
    ids->counted = NULL;
    ids->counted_room = 0;
}

static void free_slots(struct psrp_clixml_ids *ids)
{
    free(ids->slots);
    ids->slots = NULL;
    ids->bits = 0;
}

void psrp_clixml_ids_clear(struct psrp_clixml_ids *ids)
{
    if (ids->counted_room > COUNTED_KEPT)
        free_counted(ids);
    if (ids->slots && ids->bits > KEPT_BITS)
        free_slots(ids);
    else if (ids->count > 0)
        memset(ids->slots, 0, room(ids) * sizeof *ids->slots);
    ids->counted_size = ids->count = 0;
}

void psrp_clixml_ids_free(struct psrp_clixml_ids *ids)
{
    free_counted(ids);
    free_slots(ids);
    ids->counted_size = ids->count = 0;
}
