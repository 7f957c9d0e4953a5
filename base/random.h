/* Random bytes that nobody can foresee. */
#ifndef ICM_BASE_RANDOM_H
#define ICM_BASE_RANDOM_H

#include "base/error.h"

#include <stddef.h>

/** Fill @size bytes. ICM_IO: the system gives none. */
enum icm_code icm_random(void *out, size_t size, struct icm_error *err);

#endif
