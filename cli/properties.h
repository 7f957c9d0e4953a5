/* The properties of an object, or the entries of a dictionary, found by their names without case however many the peer
 * has sent. */
#ifndef CLI_PROPERTIES_H
#define CLI_PROPERTIES_H

#include "psrp/value.h"

struct cli_property {
    struct icm_slice name; /* borrowed, or in the arena: a key's text */
    const struct psrp_value *value;
    size_t order;
    int64_t rank;
};

/** Zeroed at first; to be reset. */
struct cli_properties {
    struct cli_property *rows; /* sorted by name, and each name once, in the spelling that came first */
    size_t count, capacity;
    struct icm_arena arena;
    bool failed; /* memory was short: what is there is not whole */
};

/** Of equal names one value counts: a dictionary's first one; else the one that psrp_value_member gives. Takes n log n
 * comparisons. */
void cli_properties_of(struct cli_properties *p, const struct psrp_value *value);

/** NULL: there is none. */
const struct psrp_value *cli_properties_find(const struct cli_properties *p, struct icm_slice name);

/** Have @rows stand in the order in which their names came, extended members first; from then on nothing is found by
 * name. */
void cli_properties_in_order(struct cli_properties *p);

void cli_properties_reset(struct cli_properties *p);

#endif
