/* The names in one JSON object: one that was there before gets #2, #3 ... behind it, so that nothing is lost. */
#ifndef CLI_JSON_KEYS_H
#define CLI_JSON_KEYS_H

#include "base/json.h"
#include "psrp/value.h"

struct cli_json_key {
    struct icm_slice text; /* borrowed, or in the arena */
    uint32_t number;       /* 0: the name as it is; else what stands behind its # */
};

/** Zeroed at first; to be reset. */
struct cli_json_keys {
    struct cli_json_key *rows; /* in the order in which they were added */
    size_t count, capacity;
    struct icm_arena arena; /* texts of keys that are no strings */
    bool failed;            /* memory was short: @count is 0 */
};

void cli_json_keys_add(struct cli_json_keys *k, struct icm_slice name);

/** The name that a dictionary's key of any type is: its text. */
void cli_json_keys_add_value(struct cli_json_keys *k, const struct psrp_value *key);

/** All are there: number those that clash. Takes n log n comparisons, whatever the peer chose. */
void cli_json_keys_number(struct cli_json_keys *k);

void cli_json_keys_write(const struct cli_json_keys *k, size_t index, struct icm_json *json);
void cli_json_keys_reset(struct cli_json_keys *k);

#endif
