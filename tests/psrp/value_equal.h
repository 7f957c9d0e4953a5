/* Whether two values are the same all the way down: kinds, texts, numbers bit by bit, types, members in their order, and what is
 * shared by which places. */
#ifndef TESTS_PSRP_VALUE_EQUAL_H
#define TESTS_PSRP_VALUE_EQUAL_H

#include "psrp/value.h"

/** Values nested deeper than CLIXML allows are never equal, so that a cycle that is not marked ends. */
bool value_equal(const struct psrp_value *a, const struct psrp_value *b);

#endif
