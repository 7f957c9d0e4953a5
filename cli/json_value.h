/* JSON values as PowerShell's: what its ConvertFrom-Json makes of them, but for dates, which stay the strings that they are. */
#ifndef CLI_JSON_VALUE_H
#define CLI_JSON_VALUE_H

#include "base/json.h"
#include "psrp/value.h"

enum { CLI_JSON_DEPTH_MAX = 48 /* objects and arrays in one another: PSRP_CLIXML_DEPTH_MAX, with room for the innermost value */ };

/** A value that is being built. A zeroed one with @arena set is ready, and so is one that gave a whole value; the arena may be another
 *  for the next. */
struct cli_json_builder {
    struct icm_arena *arena;
    size_t depth;
    struct psrp_value *open[CLI_JSON_DEPTH_MAX];
};

/** Add what the reader tells. ICM_OK: *@whole is complete. ICM_AGAIN: it goes on. ICM_LIMIT: deeper than CLI_JSON_DEPTH_MAX. ICM_SYNTAX: a
 *  member without a name, which no PowerShell object can have. */
enum icm_code cli_json_value_take(struct cli_json_builder *b, const struct icm_json_event *event,
                                  struct psrp_value **whole, struct icm_error *err);

#endif
