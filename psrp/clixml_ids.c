#include "psrp/clixml_ids.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 5, KEPT_BITS = 10 };

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
    struct psrp_clixml_ids more = {
        .bits = ids->slots ? ids->bits + 1 : FIRST_BITS, .count = ids->count, .seed = ids->seed};

    more.slots = calloc((size_t)1 << more.bits, sizeof *more.slots);
    if (!more.slots)
        return false;
    for (size_t i = 0; i < room(ids); i++)
        if (ids->slots[i].value)
            *slot_of(&more, ids->slots[i].id) = ids->slots[i];
    free(ids->slots);
    *ids = more;
    return true;
}

bool psrp_clixml_ids_set(struct psrp_clixml_ids *ids, uint32_t id, void *value)
{
    if ((ids->count + 1) * 2 > room(ids) && !grow(ids))
        return false;
    struct psrp_clixml_id *slot = slot_of(ids, id);
    if (!slot->value)
        ids->count++;
    *slot = (struct psrp_clixml_id){id, value};
    return true;
}

void *psrp_clixml_ids_get(const struct psrp_clixml_ids *ids, uint32_t id)
{
    return ids->slots ? slot_of(ids, id)->value : NULL;
}

void psrp_clixml_ids_clear(struct psrp_clixml_ids *ids)
{
    if (ids->slots && ids->bits > KEPT_BITS)
        psrp_clixml_ids_free(ids);
    else if (ids->count > 0)
        memset(ids->slots, 0, room(ids) * sizeof *ids->slots);
    ids->count = 0;
}

void psrp_clixml_ids_free(struct psrp_clixml_ids *ids)
{
    free(ids->slots);
    ids->slots = NULL;
    ids->bits = 0;
    ids->count = 0;
}
