#include "psrp/clixml_shared.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64 };

/* Fibonacci hashing: the low bits of addresses are all alike. The addresses are ours, not a peer's. */
static struct psrp_clixml_shared_slot *slot_of(const struct psrp_clixml_shared *s, const struct psrp_value *value)
{
    size_t at = (size_t)((uint64_t)(uintptr_t)value * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (s->room - 1);

    while (s->slots[at].value && s->slots[at].value != value)
        at = (at + 1) & (s->room - 1);
    return &s->slots[at];
}

bool psrp_clixml_shared_find(const struct psrp_clixml_shared *s, const struct psrp_value *value, uint32_t *ref_id)
{
    const struct psrp_clixml_shared_slot *slot = s->room > 0 ? slot_of(s, value) : NULL;

    if (!slot || !slot->value)
        return false;
    *ref_id = slot->ref_id;
    return true;
}

static bool grow(struct psrp_clixml_shared *s)
{
    struct psrp_clixml_shared larger = {.room = s->room > 0 ? s->room * 2 : FIRST_ROOM, .count = s->count};

    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < s->room; i++)
        if (s->slots[i].value)
            *slot_of(&larger, s->slots[i].value) = s->slots[i];
    free(s->slots);
    *s = larger;
    return true;
}

bool psrp_clixml_shared_keep(struct psrp_clixml_shared *s, const struct psrp_value *value, uint32_t ref_id)
{
    if (s->count * 2 >= s->room && !grow(s))
        return false;
    *slot_of(s, value) = (struct psrp_clixml_shared_slot){value, ref_id};
    s->count++;
    return true;
}

void psrp_clixml_shared_free(struct psrp_clixml_shared *s)
{
    free(s->slots);
    *s = (struct psrp_clixml_shared){0};
}
