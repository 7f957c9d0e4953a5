/* Which of the values that stand in several places a writer has written, and under which RefId. MS-PSRP 2.2.5.2.1. */
#ifndef PSRP_CLIXML_SHARED_H
#define PSRP_CLIXML_SHARED_H

#include "psrp/value.h"

struct psrp_clixml_shared_slot {
    const struct psrp_value *value; /* NULL: the slot is free */
    uint32_t ref_id;
};

/** A hash table by address. Zeroed it is empty. */
struct psrp_clixml_shared {
    struct psrp_clixml_shared_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/** Whether @value was kept; then *@ref_id is what it was kept with. */
bool psrp_clixml_shared_find(const struct psrp_clixml_shared *s, const struct psrp_value *value, uint32_t *ref_id);

/** Keep a value that is not there yet. false: memory is short. */
bool psrp_clixml_shared_keep(struct psrp_clixml_shared *s, const struct psrp_value *value, uint32_t ref_id);

void psrp_clixml_shared_free(struct psrp_clixml_shared *s);

#endif
