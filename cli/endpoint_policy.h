/* Which mechanisms a listener offers. Pure. */
#ifndef CLI_ENDPOINT_POLICY_H
#define CLI_ENDPOINT_POLICY_H

#include "cli/endpoint_admission.h"
#include "cli/endpoint_options.h"

/** Fill in @policy->offered and @policy->accepts.needs_sealing for a listener: what shows a password, or leaves bodies
 * in clear, is not offered where others can listen, and what cannot be bound is not where it has to be. */
void endpoint_policy_offer(struct endpoint_policy *policy, const struct endpoint_options *options, bool is_tls,
                           bool is_loopback);

#endif
