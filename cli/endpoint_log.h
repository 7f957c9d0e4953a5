/* The endpoint's log: one line on standard error for each event of note; never a credential, never what a message holds. */
#ifndef CLI_ENDPOINT_LOG_H
#define CLI_ENDPOINT_LOG_H

#include "base/error.h"

void endpoint_log(const char *format, ...) ICM_PRINTF(1, 2);

#endif
