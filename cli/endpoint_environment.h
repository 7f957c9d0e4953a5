/* The environment of the endpoint's children: what they need to know of their user and place, and nothing that could be a secret. */
#ifndef CLI_ENDPOINT_ENVIRONMENT_H
#define CLI_ENDPOINT_ENVIRONMENT_H

#include "wsman/message.h"

/** Our own variables that are passed on, and @variables (NULL: none) over them: a NULL-ended list of "NAME=VALUE" in one piece of
 *  memory, to be freed with free. NULL: out of memory. */
char **endpoint_environment_make(const struct wsman_pair *variables);

/** Whether @name can be a variable's. */
bool endpoint_environment_takes(struct icm_slice name);

#endif
