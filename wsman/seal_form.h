/* What writing and reading of sealed bodies share. Not for others. MS-WSMV 2.2.9.1. */
#ifndef WSMAN_SEAL_FORM_H
#define WSMAN_SEAL_FORM_H

#include "base/bytes.h"

#define WSMAN_SEAL_BOUNDARY "Encrypted Boundary"

/** The value of @name in "a;name=value;name=\"value\"", without its quotes; any case of the name. No data: it is not
 * there. */
struct icm_slice wsman_seal_parameter(struct icm_slice parameters, const char *name);

#endif
