/* Values as JSON. design.md, Output. */
#ifndef CLI_VALUE_JSON_H
#define CLI_VALUE_JSON_H

#include "base/json.h"
#include "psrp/value.h"

/* One value may hold another in many places: what one line may cost is bounded. */
enum { CLI_VALUE_DEPTH_MAX = 64, CLI_VALUE_BYTES_MAX = 512 * 1024 * 1024 };

/** Write @value (NULL is null) as one JSON value. Where it holds itself, or passes a limit, stands the string "...".
 *  The notes that Invoke-Command puts on an object (PSComputerName, PSShowComputerName, RunspaceId) are left out at the top. */
void cli_value_write_json(struct icm_json *json, const struct psrp_value *value);

/** The same in about @bytes_max bytes instead of CLI_VALUE_BYTES_MAX. */
void cli_value_write_json_within(struct icm_json *json, const struct psrp_value *value, size_t bytes_max);

/** Whether @value is an enum: a number that has a text. */
bool cli_value_is_enum(const struct psrp_value *value);

#endif
