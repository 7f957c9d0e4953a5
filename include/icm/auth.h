/* Who we are: credentials and the mechanisms that prove them. */
#ifndef ICM_AUTH_H
#define ICM_AUTH_H

#include "auth/auth.h"

#endif
