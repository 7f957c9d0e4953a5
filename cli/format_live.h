/* The properties of values that CLIXML brings as text and a client holds alive again: a TimeSpan's days, a Version's parts, a list's count. */
#ifndef CLI_FORMAT_LIVE_H
#define CLI_FORMAT_LIVE_H

#include "psrp/value.h"

/** Whether there are any that @value does not have already. */
bool cli_live_has(const struct psrp_value *value);

/** Give them to @value, whose object is its own and in @a. false when memory is short. */
bool cli_live_add(struct icm_arena *a, struct psrp_value *value);

#endif
